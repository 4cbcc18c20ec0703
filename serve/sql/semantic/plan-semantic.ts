import { type Ast, type AstValue, bodyOf, isAst, list, nodeOf } from '../ast.ts';
import { mapAst } from '../map-ast.ts';
import { aggregateOf } from './aggregate.ts';
import { inlinePassthrough } from './inline-passthrough.ts';
import { namesMeasures } from './measure-search.ts';
import { eachOwn } from './own-level.ts';
import { PlanContext } from './plan-context.ts';
import { planGroups } from './plan-groups.ts';
import { planRows, refuseMultiplied } from './plan-rows.ts';
import { prepareAst } from './prepare-ast.ts';
import type { SemanticPlan } from './semantic-plan.ts';
import {
  type CubeTable,
  columnsOf,
  cubeTable,
  onlyCubeTable,
  refused,
  type SemanticScope,
} from './semantic-scope.ts';
import { spellOut } from './spell-out.ts';

/**
 * Divides a query over cube views between Cube and DuckDB. Throws 0A000, with what to write instead, for what cannot be
 * honoured, and 42501 for members that the access rules hide.
 */
export function planSemantic(select: Ast, scope: SemanticScope): SemanticPlan {
  const context = new PlanContext(scope);
  const inlined = inlinePassthrough(prepareAst(select, scope), scope);
  const planned = mapAst({ SelectStmt: inlined }, (kind, body) => ({
    [kind]: kind === 'SelectStmt' ? planSelect(body, context) : body,
  }));
  return { steps: context.steps, select: nodeOf(planned)?.[1] ?? inlined };
}

function planSelect(select: Ast, context: PlanContext): Ast {
  const [table, ...others] = cubeTablesIn(select['fromClause'], context.scope);
  const subqueries = rowsInSubqueries(select['fromClause'], context);
  if (subqueries > 0) refuseMultiplied(select);
  if (table === undefined && subqueries < 2) return select;
  if (table === undefined || others.length + subqueries > 0)
    throw refused(
      'a join of two cube views',
      'Aggregate each view in a subquery with GROUP BY, and join the results.',
    );
  const only = onlyCubeTable(select, context.scope);
  if (only === undefined) {
    if (namesMeasures(select, table))
      throw refused(
        'a measure of a view that is joined with other tables',
        'Aggregate the view in a subquery with GROUP BY, and join its result.',
      );
    return planRows(select, table, context);
  }
  const spelt = spellOut(select, table.alias, columnsOf(table.view, context.scope));
  return isAggregated(spelt) ? planGroups(spelt, table, context) : planRows(spelt, table, context);
}

/** How many subqueries of a FROM give nothing but rows of a view. */
function rowsInSubqueries(from: AstValue, { steps }: PlanContext): number {
  let count = 0;
  eachOwn(from, (kind, body) => {
    const select = kind === 'RangeSubselect' ? bodyOf(body['subquery'], 'SelectStmt') : undefined;
    const [item, ...others] = list(select?.['fromClause']);
    const name = bodyOf(item, 'RangeVar')?.['relname'];
    const step = others.length === 0 ? steps.find((each) => each.name === name) : undefined;
    const isCut = ['distinctClause', 'limitCount', 'groupClause'].some(
      (field) => select?.[field] !== undefined,
    );
    if (step?.kind === 'members' && step.isUngrouped && !isCut) count += 1;
  });
  return count;
}

function isAggregated(select: Ast): boolean {
  if (list(select['groupClause']).length > 0 || select['havingClause'] !== undefined) return true;
  let isFound = false;
  const {
    whereClause: _,
    fromClause: _from,
    ...rest
  } = select as { whereClause?: AstValue; fromClause?: AstValue } & Ast;
  eachOwn(Object.values(rest), (kind, body) => {
    if (aggregateOf(kind, body) !== undefined) isFound = true;
  });
  return isFound;
}

function cubeTablesIn(from: AstValue, scope: SemanticScope): readonly CubeTable[] {
  const found: CubeTable[] = [];
  eachOwn(from, (kind, body) => {
    const table = kind === 'RangeVar' && isAst(body) ? cubeTable(body, scope) : undefined;
    if (table !== undefined) found.push(table);
  });
  return found;
}
