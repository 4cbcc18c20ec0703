import { type Ast, type AstValue, bodyOf, cast, isAst, list, nameParts, nodeOf } from '../ast.ts';
import { aggregateOf } from './aggregate.ts';
import { bareMeasure, measuresIn } from './measure-search.ts';
import { columnNameOf, columnRef, conjunctsOf, mapOwn, shapeOf } from './own-level.ts';
import { aggregated, isWhole } from './plan-aggregate.ts';
import type { PlanContext } from './plan-context.ts';
import type { MarkedExpression } from './semantic-plan.ts';
import { type CubeTable, refused } from './semantic-scope.ts';

/**
 * A SELECT that aggregates a view: Cube computes the groups and their measures, under the conditions of WHERE. HAVING,
 * windows, order and limits are left to DuckDB, over one row per group.
 */
export function planGroups(given: Ast, table: CubeTable, context: PlanContext): Ast {
  const select = withoutAlias(given, table);
  const keys = groupKeys(select, table, context);
  const measures = new Map<string, { readonly name: string; readonly measure: string | MarkedExpression }>();
  const measureColumn = (shape: string, measure: () => string | MarkedExpression): AstValue => {
    const known = measures.get(shape) ?? { name: `chiasm_m${measures.size}`, measure: measure() };
    measures.set(shape, known);
    if (isWhole(known.measure, table, context)) wholes.add(known.name);
    return columnRef(known.name);
  };
  const wholes = new Set<string>();
  // PostgreSQL's sum of large whole numbers is numeric, which divides with a remainder.
  const wholeAsNumeric = (value: AstValue): AstValue => {
    const ref = bodyOf(value, 'ColumnRef');
    return ref !== undefined && wholes.has(columnNameOf(ref).name ?? '')
      ? cast(value, 'numeric', [38, 0])
      : value;
  };
  const overGroups = (expression: AstValue): AstValue =>
    mapOwn(expression, (kind, body) => {
      const key = keys.get(shapeOf({ [kind]: body }));
      if (key !== undefined) return columnRef(key.name);
      const aggregate = aggregateOf(kind, body);
      if (aggregate !== undefined) return aggregated(aggregate, body, table, context, measureColumn);
      if (isSumOverWindow(kind, body)) {
        const parts = overGroups(Object.entries(body)) as readonly (readonly [string, AstValue])[];
        const call = Object.fromEntries(parts) as Ast;
        return { FuncCall: { ...call, args: list(call['args']).map(wholeAsNumeric) } };
      }
      if (kind === 'ColumnRef') refuseBare(body, table, context);
      const inside = bodyOf(body['subselect'], 'SelectStmt');
      if (inside !== undefined) context.refuseCorrelated(table, inside);
      return undefined;
    });
  const { targetList, havingClause, sortClause, distinctClause, windowClause } = select;
  const changed = Object.fromEntries(
    Object.entries({ targetList, whereClause: havingClause, sortClause, distinctClause, windowClause })
      .filter(([, part]) => part !== undefined)
      .map(([field, part]) => [field, overGroups(part)]),
  );
  const conditions = conjunctsOf(select['whereClause']).map((condition) => {
    refuseMeasures(
      condition,
      table,
      context,
      'a measure in WHERE',
      'Conditions on measures belong into HAVING.',
    );
    return context.marked(table, condition);
  });
  const step = context.add({
    kind: 'members',
    view: table.view,
    columnNames: [
      ...[...keys.values()].map(({ name }) => name),
      ...[...measures.values()].map(({ name }) => name),
    ],
    columns: [...keys.values()].map(({ column }) => column),
    measures: [...measures.values()].map(({ measure }) => measure),
    conditions,
    isUngrouped: false,
  });
  const {
    whereClause: _,
    groupClause: _group,
    havingClause: _having,
    ...rest
  } = select as {
    readonly [name in 'whereClause' | 'groupClause' | 'havingClause']?: AstValue;
  } & Ast;
  return {
    ...rest,
    ...changed,
    fromClause: [{ RangeVar: { relname: step, inh: true, relpersistence: 'p' } }],
  };
}

/** `cohort.sex` and `sex` are the same expression. */
function withoutAlias(select: Ast, { alias }: CubeTable): Ast {
  const named = mapOwn(Object.entries(select), (kind, body) => {
    const { table, name } = kind === 'ColumnRef' ? columnNameOf(body) : {};
    return table === alias && name !== undefined ? columnRef(name) : undefined;
  });
  return Object.fromEntries(named as readonly (readonly [string, AstValue])[]);
}

interface GroupKey {
  readonly name: string;
  readonly column: MarkedExpression;
}

/** The expressions that a SELECT groups by, by their shape. */
function groupKeys(select: Ast, table: CubeTable, context: PlanContext): ReadonlyMap<string, GroupKey> {
  const keys = new Map<string, GroupKey>();
  for (const item of list(select['groupClause'])) {
    if (nodeOf(item)?.[0] === 'GroupingSet')
      throw refused(
        'GROUPING SETS, ROLLUP and CUBE',
        'Write one SELECT per grouping and join them by UNION ALL.',
      );
    refuseMeasures(item, table, context, 'a measure in GROUP BY', 'Group by dimensions.');
    const column = context.marked(table, item);
    if (column.members.length === 0)
      throw refused('GROUP BY of a constant', 'Leave the constant out of GROUP BY.');
    keys.set(shapeOf(item), { name: `chiasm_k${keys.size}`, column });
  }
  return keys;
}

function refuseMeasures(
  value: AstValue,
  table: CubeTable,
  context: PlanContext,
  what: string,
  hint: string,
): void {
  if (measuresIn(value, table, context).length > 0) throw refused(what, hint);
}

/** What a column that is neither a key nor aggregated is refused with. */
function refuseBare(ref: Ast, table: CubeTable, context: PlanContext): never {
  const name = context.memberOf(table, ref);
  const member = table.view.members.get(name);
  if (member?.kind === 'measure') throw bareMeasure(member);
  throw refused(`the column ${name} outside GROUP BY`, `Add ${name} to GROUP BY.`);
}

function isSumOverWindow(kind: string, body: Ast): boolean {
  return kind === 'FuncCall' && isAst(body['over']) && nameParts(body['funcname']).at(-1) === 'sum';
}
