import { sqlName, sqlString } from '../../base/sql-text.ts';
import type { ViewPlan } from './plan.ts';
import { RECORD } from './rows.ts';
import type { Shape, ShapeFields } from './shape.ts';

type Scalar = Shape & { readonly kind: 'scalar' };

/** Begins the message of the error that stops a checked query; a path of element names follows. */
export const SUSPECT = 'suspect element ';

/**
 * Whether a typed reading can be checked while it goes on. It cannot where elements are taken as JSON and read
 * further: their content is converted where no check looks.
 */
export function isCheckable(plan: ViewPlan): boolean {
  const isOpen = (shape: Shape): boolean =>
    shape.kind === 'scalar' || (shape.kind === 'json' ? isEmpty(shape.fields) : areOpen(shape.fields));
  const areOpen = (fields: ShapeFields): boolean => Object.values(fields).every(isOpen);
  return Object.keys(plan.islands).length === 0 && areOpen(plan.shape);
}

function isEmpty(fields: ShapeFields): boolean {
  return Object.keys(fields).length === 0;
}

/**
 * The shape in which a checked query reads: what DuckDB would silently convert (a string or a fraction for a
 * number, anything for a boolean) is held as JSON text, which costs little for the few numbers of a resource.
 * Strings are read as such but for the paths in `held`: whose texts look like numbers, so that only their quotes
 * tell them from numbers.
 */
export function checkedShape(fields: ShapeFields, held: ReadonlySet<string>, prefix = ''): ShapeFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, shape]): [string, Shape] => {
      const path = `${prefix}${name}`;
      if (shape.kind === 'scalar') {
        return [name, shape.json !== 'string' || held.has(path) ? { ...shape, isHeld: true } : shape];
      }
      return [name, { ...shape, fields: checkedShape(shape.fields, held, `${path}.`) }];
    }),
  );
}

/**
 * `condition`, but the query stops at a record that is none or of which an element may have been converted, naming
 * that element. One expression, for DuckDB is free to put another filter first.
 */
export function printCheck(fields: ShapeFields, condition: string): string {
  const noRecord = { path: 'resourceType', sql: `${RECORD}."resourceType" is null` };
  const all = [noRecord, ...suspicions(fields, RECORD, '', { count: 0 })];
  const named = all.map(({ path, sql }) => `when ${sql} then ${sqlString(`${SUSPECT}${path};`)}`);
  const isSuspect = [noRecord.sql, ...conditionsOf(fields, RECORD, { count: 0 })].join('\n  or ');
  return `(case when ${isSuspect}\n  then error(case ${named.join('\n  ')} end)::boolean else ${condition} end)`;
}

interface Suspicion {
  readonly path: string;
  readonly sql: string;
}

function suspicions(
  fields: ShapeFields,
  parent: string,
  prefix: string,
  names: { count: number },
): readonly Suspicion[] {
  return Object.entries(fields).flatMap(([name, shape]): readonly Suspicion[] => {
    const [path, access] = [`${prefix}${name}`, `${parent}.${sqlName(name)}`];
    const element = shape.isList ? `x${++names.count}` : access;
    const inner =
      shape.kind === 'scalar'
        ? [{ path, sql: isSuspect(shape, element) }]
        : shape.kind === 'json'
          ? [{ path, sql: `not starts_with(${element}, '{')` }]
          : suspicions(shape.fields, element, `${path}.`, names);
    if (!shape.isList) return inner;
    return inner.map((each) => ({
      path: each.path,
      sql: `len(list_filter(${access}, lambda ${element}: ${each.sql})) > 0`,
    }));
  });
}

/** The same conditions with one look at each list. */
function conditionsOf(fields: ShapeFields, parent: string, names: { count: number }): readonly string[] {
  return Object.entries(fields).flatMap(([name, shape]): readonly string[] => {
    const access = `${parent}.${sqlName(name)}`;
    if (shape.kind !== 'struct')
      return suspicions({ [name]: shape }, parent, '', names).map(({ sql }) => sql);
    if (!shape.isList) return conditionsOf(shape.fields, access, names);
    const element = `y${++names.count}`;
    const inner = conditionsOf(shape.fields, element, names);
    // In a CASE the tests that cost most are only made where the others leave it open.
    return [
      `len(list_filter(${access}, lambda ${element}: case when ${inner.join(' or ')} then true end)) > 0`,
    ];
  });
}

function isSuspect(shape: Scalar, x: string): string {
  if (!shape.isHeld) return looksLikeOther(x);
  switch (shape.json) {
    case 'string':
      return `not starts_with(${x}, '"')`;
    case 'boolean':
      return `${x}::varchar not in ('true', 'false')`;
    case 'number':
      // NaN and Infinity, which DuckDB's reader takes, are greater.
      return `not (${x}::varchar >= '-' and ${x}::varchar < ':' and not starts_with(${x}, '-I') and not starts_with(${x}, '-i'))`;
    case 'integer':
      return `not regexp_full_match(${x}::varchar, '-?[0-9]{1,18}')`;
    default:
      return shape.json satisfies never;
  }
}

/** Text that a number, a boolean, an object or an array would have become. Comparisons cost least, so they go first. */
function looksLikeOther(x: string): string {
  // DuckDB writes an exponent with its sign; only a number beyond the doubles stays as it was written.
  const isNumber =
    `(${x} < ':' and ${x} >= '-' and not contains(${x}, 'T') ` +
    `and (${x} < '.' or not contains(${x}, '-') or contains(${x}, 'e-') or contains(${x}, 'E-')) ` +
    `and regexp_full_match(${x}, '-?(?:[0-9]+(?:\\.[0-9]+)?(?:[eE][+-][0-9]+)?|[0-9.]+[eE][0-9]{3,}|Infinity)'))`;
  const others = `${x} = 'NaN' or ${x} = 'Infinity' or ${x} >= '['`;
  return `((${x} < '\\' and (${isNumber} or ${others})) or ${x} >= '{' or ${x} = 'true' or ${x} = 'false')`;
}

/** The value of a checked JSON text. `x` must be cheap to repeat. */
export function printHeld(shape: Scalar, x: string): string {
  const text = `${x}::varchar`;
  switch (shape.json) {
    case 'string':
      return `(case when contains(${text}, '\\') then json_extract_string(${x}, '$') else substring(${text}, 2, length(${text}) - 2) end)`;
    case 'boolean':
      return `(${text} = 'true')`;
    case 'number':
    case 'integer':
      return shape.sqlType === 'VARCHAR' ? text : `try_cast(${text} as ${shape.sqlType})`;
    default:
      return shape.json satisfies never;
  }
}
