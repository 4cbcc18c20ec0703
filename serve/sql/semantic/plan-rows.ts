import { type Ast, type AstValue, bodyOf, isAst, list, nodeOf } from '../ast.ts';
import { CUBE_SCHEMA } from '../grants.ts';
import { aggregateOf, ignoresDuplicates } from './aggregate.ts';
import { bareMeasure } from './measure-search.ts';
import { columnNameOf, eachOwn, mapOwn } from './own-level.ts';
import type { PlanContext } from './plan-context.ts';
import { type CubeTable, refused, visibleMember } from './semantic-scope.ts';

/**
 * A SELECT over the rows of a view, perhaps joined with tables: Cube gives the rows with the dimensions that are used,
 * and DuckDB does the rest.
 */
export function planRows(select: Ast, table: CubeTable, context: PlanContext): Ast {
  const { view, alias } = table;
  const used = new Set<string>();
  const isEmpty = returnsNothing(select);
  const use = (name: string): AstValue => {
    const member = visibleMember(view, name, context.scope);
    if (member.kind !== 'measure') used.add(name);
    else if (isEmpty) return { A_Const: { isnull: true } };
    else throw bareMeasure(member);
    return undefined;
  };
  refuseMultiplied(select);
  const placed = mapOwn(Object.entries(select), (kind, body) => {
    if (kind === 'JoinExpr') {
      if (body['isNatural'] === true) throw refused('NATURAL JOIN', 'Write JOIN … ON.');
      for (const column of list(body['usingClause'])) use(String(bodyOf(column, 'String')?.['sval'] ?? ''));
    }
    if (kind !== 'ColumnRef') return undefined;
    const { table: owner, name } = columnNameOf(body);
    if (name === undefined) {
      if (owner === undefined || owner === alias)
        throw refused('* of a view in a join', 'Name the dimensions that are wanted.');
      return undefined;
    }
    const isOurs = owner === alias || (owner === undefined && view.members.has(name));
    return isOurs ? use(name) : undefined;
  });
  for (const inside of selectsInside(select))
    for (const ref of context.correlated(table, inside))
      if (use(columnNameOf(ref).name ?? '') !== undefined)
        throw refused('a measure in a subquery', 'Aggregate the measure in a subquery of its own.');
  if (used.size === 0) used.add(anyDimension(table, context));
  const columnNames = [...used];
  const step = context.add({
    kind: 'members',
    view,
    columnNames,
    columns: columnNames.map((name) =>
      context.marked(table, { ColumnRef: { fields: [{ String: { sval: name } }] } }),
    ),
    measures: [],
    conditions: [],
    isUngrouped: true,
  });
  const rest = Object.fromEntries(placed as readonly (readonly [string, AstValue])[]);
  return {
    ...rest,
    fromClause: mapOwn(rest['fromClause'], (kind, body) =>
      kind === 'RangeVar' && body['schemaname'] === CUBE_SCHEMA
        ? { RangeVar: { relname: step, alias: { aliasname: alias }, inh: true, relpersistence: 'p' } }
        : undefined,
    ),
  };
}

/** Rows of a view repeat where it joins to many, so an aggregate over them may count something twice. */
export function refuseMultiplied(select: Ast): void {
  eachOwn(Object.values(select), (kind, body) => {
    const name = aggregateOf(kind, body);
    if (name !== undefined && !ignoresDuplicates(name, body))
      throw refused(
        `${name}() over rows of a view`,
        'Rows may repeat. Aggregate the view itself, in a subquery where it is to be joined.',
      );
  });
}

function selectsInside(select: Ast): readonly Ast[] {
  const found: Ast[] = [];
  eachOwn(Object.values(select), (_, body) => {
    const inside = bodyOf(body['subselect'] ?? body['subquery'], 'SelectStmt');
    if (inside !== undefined) found.push(inside);
  });
  return found;
}

/** Whether a SELECT is only asked for its columns: LIMIT 0, or a condition that is never true. */
function returnsNothing(select: Ast): boolean {
  return isConstant(select['limitCount'], 'ival', 0) || isNever(select['whereClause']);
}

function isNever(where: AstValue): boolean {
  if (isConstant(where, 'boolval', false)) return true;
  const comparison = bodyOf(where, 'A_Expr');
  const sides = [comparison?.['lexpr'], comparison?.['rexpr']].map(
    (side) => bodyOf(side, 'A_Const')?.['ival'],
  );
  const [left, right] = sides.map((side) => (isAst(side) ? Number(side['ival'] ?? 0) : undefined));
  const operator = bodyOf(list(comparison?.['name'])[0], 'String')?.['sval'];
  return operator === '=' && left !== undefined && right !== undefined && left !== right;
}

function isConstant(value: AstValue, kind: 'ival' | 'boolval', wanted: number | boolean): boolean {
  const constant = nodeOf(value)?.[0] === 'A_Const' ? bodyOf(value, 'A_Const')?.[kind] : undefined;
  return isAst(constant) && (constant[kind] ?? (kind === 'ival' ? 0 : false)) === wanted;
}

/** A dimension to ask for where only the number of rows matters: of the cube that the view begins with. */
function anyDimension({ view }: CubeTable, { scope }: PlanContext): string {
  const members = [...(scope.visible.get(view.name)?.members.values() ?? [])];
  const root = view.rowCount === undefined ? undefined : view.members.get(view.rowCount)?.cube;
  const dimensions = members.filter(({ kind }) => kind === 'dimension');
  const dimension = dimensions.find(({ cube }) => cube === root) ?? dimensions[0];
  if (dimension === undefined)
    throw refused('a SELECT of no dimension', 'Name the dimensions that are wanted.');
  return dimension.name;
}
