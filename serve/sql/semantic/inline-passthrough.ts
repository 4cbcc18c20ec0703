import { type Ast, type AstValue, bodyOf, isAst, list, nodeOf, textOf } from '../ast.ts';
import { eachNode, mapAst } from '../map-ast.ts';
import { aggregateOf } from './aggregate.ts';
import { allOf, columnNameOf, eachOwn, mapOwn } from './own-level.ts';
import { targetName } from './prepare-ast.ts';
import { columnsOf, onlyCubeTable, type SemanticScope } from './semantic-scope.ts';
import { spellOut, targetValue } from './spell-out.ts';

/**
 * Merges subqueries and common table expressions that only choose and rename columns of a view into the SELECT around
 * them, as BI tools write them, so that measures are aggregated once, outside.
 */
export function inlinePassthrough(select: Ast, scope: SemanticScope): Ast {
  const eachSelect = (value: AstValue, change: (body: Ast) => Ast): AstValue =>
    mapAst(value, (kind, body) => ({ [kind]: kind === 'SelectStmt' ? change(body) : body }));
  const inlined = eachSelect({ SelectStmt: select }, (body) => inlineCtes(body, scope));
  return nodeOf(eachSelect(inlined, (body) => merged(body, scope)))?.[1] ?? select;
}

/** A statement whose common table expressions over views that are no more than a passthrough stand where they are used. */
function inlineCtes(select: Ast, scope: SemanticScope): Ast {
  const { withClause } = select as { readonly withClause?: Ast };
  if (withClause === undefined || withClause['recursive'] === true) return select;
  const kept: AstValue[] = [];
  let { withClause: _, ...rest } = select as { readonly withClause?: Ast } & Ast;
  const pending = [...list(withClause['ctes'])];
  for (let cte = pending.shift(); cte !== undefined; cte = pending.shift()) {
    const body = bodyOf(cte, 'CommonTableExpr') ?? {};
    const name = String(body['ctename']);
    const query = bodyOf(body['ctequery'], 'SelectStmt');
    const inner = query && inlinePassthrough(query, scope);
    if (inner === undefined || !isPassthrough(inner, scope) || isNamedAgain(rest, name)) {
      kept.push(cte);
      continue;
    }
    const place = (value: AstValue): AstValue =>
      replaceRange(value, name, inner, list(body['aliascolnames']));
    rest = nodeOf(place({ SelectStmt: rest }))?.[1] ?? rest;
    pending.splice(0, pending.length, ...pending.map(place));
  }
  return kept.length === 0 ? rest : { ...rest, withClause: { ...withClause, ctes: kept } };
}

/** Whether a WITH further in gives the name another meaning. */
function isNamedAgain(select: Ast, name: string): boolean {
  let isNamed = false;
  eachNode({ SelectStmt: select }, (kind, body) => {
    if (kind === 'CommonTableExpr' && body['ctename'] === name) isNamed = true;
  });
  return isNamed;
}

function replaceRange(value: AstValue, name: string, query: Ast, colnames: readonly AstValue[]): AstValue {
  return mapAst(value, (kind, body) => {
    if (kind !== 'RangeVar' || body['relname'] !== name || typeof body['schemaname'] === 'string')
      return { [kind]: body };
    const alias = isAst(body['alias']) ? body['alias'] : { aliasname: name };
    const renamed =
      list(alias['colnames']).length > 0 || colnames.length === 0 ? alias : { ...alias, colnames };
    return { RangeSubselect: { subquery: { SelectStmt: query }, alias: renamed } };
  });
}

const MORE_THAN_PASSTHROUGH = [
  ...['groupClause', 'havingClause', 'distinctClause', 'limitCount', 'limitOffset'],
  ...['windowClause', 'withClause', 'valuesLists', 'larg'],
];

function isPassthrough(select: Ast, scope: SemanticScope): boolean {
  if (onlyCubeTable(select, scope) === undefined || list(select['targetList']).length === 0) return false;
  if (MORE_THAN_PASSTHROUGH.some((field) => select[field] !== undefined)) return false;
  let isPlain = true;
  eachOwn(select['targetList'], (kind, body) => {
    if (kind === 'SubLink' || aggregateOf(kind, body) !== undefined || isAst(body['over'])) isPlain = false;
  });
  return isPlain;
}

/** A SELECT from a passthrough subquery as a SELECT from its view. */
function merged(outer: Ast, scope: SemanticScope): Ast {
  const [item, ...others] = list(outer['fromClause']);
  const range = bodyOf(item, 'RangeSubselect');
  const inner = bodyOf(range?.['subquery'], 'SelectStmt');
  if (range === undefined || inner === undefined || others.length > 0) return outer;
  if (!isPassthrough(inner, scope)) return outer;
  const alias = isAst(range['alias']) ? range['alias'] : {};
  const name = String(alias['aliasname'] ?? '');
  const table = onlyCubeTable(inner, scope);
  if (table === undefined) return outer;
  const targets = list(spellOut(inner, table.alias, columnsOf(table.view, scope))['targetList']);
  const renamed = list(alias['colnames']).map(textOf);
  const columns = targets.map((target, index) => renamed[index] ?? targetName(target));
  const meanings = new Map(columns.map((column, index) => [column, targetValue(targets[index])]));
  if (isNamedFurtherIn(outer, name, meanings)) return outer;
  const { fromClause: _, ...spelt } = spellOut(outer, name, columns) as {
    readonly fromClause?: AstValue;
  } & Ast;
  const placed = mapOwn(spelt, (kind, body) => {
    if (kind !== 'ColumnRef') return undefined;
    const column = columnNameOf(body);
    const isOurs = column.table === undefined || column.table === name;
    return isOurs ? meanings.get(column.name ?? '') : undefined;
  }) as Ast;
  const conditions = [inner['whereClause'], placed['whereClause']].filter((each) => each !== undefined);
  return {
    ...placed,
    fromClause: inner['fromClause'],
    ...(conditions.length === 0 ? {} : { whereClause: allOf(conditions) }),
  };
}

/** Whether a SELECT inside says a column by the name of the subquery, or perhaps by one that it does not have in the view. */
function isNamedFurtherIn(select: Ast, alias: string, meanings: ReadonlyMap<string, AstValue>): boolean {
  const isRenamed = (name: string): boolean => {
    const ref = bodyOf(meanings.get(name), 'ColumnRef');
    return meanings.has(name) && (ref === undefined || columnNameOf(ref).name !== name);
  };
  const inside: AstValue[] = [];
  eachOwn(
    Object.entries(select).flatMap(([field, part]) => (field === 'fromClause' ? [] : [part])),
    (kind, body) => {
      if (kind === 'SubLink') inside.push(body['subselect']);
    },
  );
  let isNamed = false;
  eachNode(inside, (kind, body) => {
    if (kind !== 'ColumnRef') return;
    const { table, name } = columnNameOf(body);
    if (table === alias || (table === undefined && isRenamed(name ?? ''))) isNamed = true;
  });
  return isNamed;
}
