import { sqlString } from '../../base/sql-text.ts';
import type { ViewPlan } from './plan.ts';
import type { Shape, ShapeFields } from './shape.ts';

/** Marks a number that stands quoted, where JSON is shown whole and the quotes have to go again. */
const MARK = '~chiasm-exact-decimal~';

/**
 * The JSON names of decimals whose text a view shows. DuckDB's JSON reader makes a double of every number with a
 * fraction, so the numbers under these names are read as strings.
 */
export function exactNames(plan: ViewPlan): readonly string[] {
  const islands = Object.values(plan.islands).flatMap(({ node, walk }) => [node, walk]);
  return [...new Set([plan.shape, ...islands].flatMap(namesIn))].sort();
}

function namesIn(fields: ShapeFields): readonly string[] {
  return Object.entries(fields).flatMap(([name, shape]): readonly string[] => {
    if (shape.kind !== 'scalar') return namesIn(shape.fields);
    return shape.isExact ? [name] : [];
  });
}

/** Whether quoted numbers are marked: only where some element is read as JSON. */
export function marksNumbers(plan: ViewPlan): boolean {
  const hasJson = (shape: Shape): boolean =>
    shape.kind === 'json' || (shape.kind === 'struct' && Object.values(shape.fields).some(hasJson));
  return exactNames(plan).length > 0 && Object.values(plan.shape).some(hasJson);
}

/**
 * `json` (SQL of a JSON text) with the numbers under `names` in quotes. No content of a string is touched: the
 * quote after the name closes a string, for inside one it would follow a backslash, and a string that a colon
 * follows is a key. A key that merely ends in the name (`"x\"value"`) is no FHIR element, so nobody reads it.
 */
export function quoteNumbers(json: string, names: readonly string[], isMarked: boolean): string {
  const mark = isMarked ? MARK : '';
  return names.reduce(
    (sql, name) =>
      `regexp_replace(${sql}, '${name}"(\\s*:\\s*)(-?[0-9][0-9.eE+-]*)', '${name}"\\1"${mark}\\2"', 'g')`,
    json,
  );
}

/** The text of a number that was quoted with a mark. */
export function unmarkNumber(text: string): string {
  return `replace(${text}, ${sqlString(MARK)}, '')`;
}

/** JSON as it was before its numbers were quoted. */
export function unquoteNumbers(json: string): string {
  return `regexp_replace(${json}, '"${MARK}([^"]*)"', '\\1', 'g')`;
}
