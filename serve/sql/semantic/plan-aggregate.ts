import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import type { SemanticMember } from '../../../cube/sql-compiler.ts';
import { type Ast, type AstValue, bodyOf, cast, isAst, list, nameParts } from '../ast.ts';
import { CUBE_SCHEMA } from '../grants.ts';
import { OID, oidOf } from '../pg-type.ts';
import { aggregationOf, countsRows, fitsMeasure, ignoresDuplicates, waysToAsk } from './aggregate.ts';
import { countsOf, measuresIn, measuresOf } from './measure-search.ts';
import { shapeOf } from './own-level.ts';
import type { PlanContext } from './plan-context.ts';
import type { MarkedExpression } from './semantic-plan.ts';
import { type CubeTable, refused, visibleMember } from './semantic-scope.ts';

/** An aggregate as a column of the groups: of a measure, or of an expression over dimensions. */
export function aggregated(
  name: string,
  body: Ast,
  table: CubeTable,
  context: PlanContext,
  columnOf: (shape: string, measure: () => string | MarkedExpression) => AstValue,
): AstValue {
  const { view } = table;
  if (countsRows(name, body)) {
    if (view.rowCount === undefined)
      throw refused(`count(*) over ${view.name}`, `Say what is counted: ${countsOf(table, context)}.`);
    const measure = visibleMember(view, view.rowCount, context.scope).name;
    return columnOf(measure, () => measure);
  }
  const measures = measuresIn(body, table, context);
  if (measures.length === 0) {
    if (name === 'measure')
      throw refused(
        'MEASURE() of what is no measure',
        `The measures are ${measuresOf(table, context).join(', ')}.`,
      );
    const expression = { FuncCall: body };
    return columnOf(shapeOf(expression), () => overDimensions(name, body, table, context));
  }
  const [argument, ...others] = list(body['args']);
  const { ref, types } = withoutCasts(argument);
  const [measure] = measures;
  const isModified = ['agg_filter', 'agg_order', 'agg_within_group'].some(
    (field) => body[field] !== undefined,
  );
  if (measure === undefined || ref === undefined || others.length > 0 || isModified)
    throw refused(
      'an expression over a measure inside an aggregate',
      'Aggregate the measure alone and compute with the result; conditions belong into WHERE.',
    );
  const aggregation = aggregationOf(name, body);
  const isDistinct = body['agg_distinct'] === true;
  if (!fitsMeasure(aggregation, measure.aggregation) || (isDistinct && aggregation !== 'countDistinct'))
    throw refused(
      `${isDistinct ? `${name}(DISTINCT)` : `${name}()`} of the measure ${measure.name}`,
      `Write ${waysToAsk(measure.name, measure.aggregation)}.`,
    );
  const column = columnOf(measure.name, () => measure.name);
  if (types.includes('int8') && !isWhole(measure.name, table, context))
    throw refused(`the measure ${measure.name} cast to bigint`, 'Round the aggregate instead.');
  if (types.length > 0) return types.reduceRight<AstValue>((inner, type) => cast(inner, type), column);
  return isNumeric(aggregation, measure, table, context) ? cast(column, 'numeric', [38, 0]) : column;
}

/** An aggregate over dimensions, which Cube computes over each row of their cube once, whatever is joined. */
function overDimensions(name: string, body: Ast, table: CubeTable, context: PlanContext): MarkedExpression {
  const { args, agg_order: order } = body as { readonly args?: AstValue; readonly agg_order?: AstValue };
  const counted = context.marked(table, [...list(args), ...list(order)]);
  if (counted.members.length === 0)
    throw refused(
      `${name}() of no column`,
      'Write count(*), MEASURE(m) of a measure, or an aggregate of a dimension.',
    );
  const marked = context.marked(table, { FuncCall: body });
  const cubes = new Set(marked.members.map((member) => table.view.members.get(member)?.cube));
  if (cubes.size > 1 && !ignoresDuplicates(name, body))
    throw refused(
      `${name}() over dimensions of several cubes`,
      'Rows of one repeat those of the other: use a measure, or dimensions of one cube; conditions belong into WHERE.',
    );
  return marked;
}

/** Whether whole numbers are numeric in PostgreSQL, which divides them with a remainder: large ones, and sums. */
function isNumeric(
  aggregation: string,
  { name }: SemanticMember,
  table: CubeTable,
  context: PlanContext,
): boolean {
  const type = typeOf(name, table, context);
  return type?.typeId === DuckDBTypeId.HUGEINT || (aggregation === 'sum' && isWhole(name, table, context));
}

/** Whether a column of the groups is a bigint. */
export function isWhole(measure: string | MarkedExpression, table: CubeTable, context: PlanContext): boolean {
  if (typeof measure !== 'string')
    return nameParts(bodyOf(measure.sql, 'FuncCall')?.['funcname']).at(-1) === 'count';
  const type = typeOf(measure, table, context);
  return type !== undefined && oidOf(type) === OID.int8;
}

function typeOf(name: string, { view }: CubeTable, { scope }: PlanContext): DuckDBType | undefined {
  return scope.tables.find(CUBE_SCHEMA, view.name)?.columns.find((each) => each.name === name)?.type;
}

/** Types that a tool may cast a measure to before it aggregates it. */
const HARMLESS = new Set(['float8', 'numeric', 'int8']);

/** The column inside casts that change nothing in a measure. */
function withoutCasts(value: AstValue): { readonly ref: Ast | undefined; readonly types: readonly string[] } {
  const types: string[] = [];
  let inner = value;
  for (let body = bodyOf(inner, 'TypeCast'); body !== undefined; body = bodyOf(inner, 'TypeCast')) {
    const typeName = isAst(body['typeName']) ? body['typeName'] : {};
    const type = nameParts(typeName['names']).at(-1) ?? '';
    if (!HARMLESS.has(type) || list(typeName['typmods']).length > 0)
      throw refused(`a measure cast to ${type} inside an aggregate`, 'Cast the aggregate instead.');
    types.push(type);
    inner = body['arg'];
  }
  return { ref: bodyOf(inner, 'ColumnRef'), types };
}
