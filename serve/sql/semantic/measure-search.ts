import type { SemanticMember } from '../../../cube/sql-compiler.ts';
import type { Ast, AstValue } from '../ast.ts';
import { waysToAsk } from './aggregate.ts';
import { columnNameOf, eachOwn } from './own-level.ts';
import type { PlanContext } from './plan-context.ts';
import { type CubeTable, refused, visibleMember } from './semantic-scope.ts';

/** The measures in an expression of one SELECT. */
export function measuresIn(
  value: AstValue,
  table: CubeTable,
  context: PlanContext,
): readonly SemanticMember[] {
  const found: SemanticMember[] = [];
  eachOwn(value, (kind, body) => {
    if (kind !== 'ColumnRef') return;
    const { table: owner, name } = columnNameOf(body);
    if (owner !== undefined && owner !== table.alias) return;
    const member = table.view.members.get(name ?? '');
    if (member?.kind === 'measure') found.push(visibleMember(table.view, member.name, context.scope));
  });
  return found;
}

/** Whether a SELECT names a measure outside the SELECTs inside it. */
export function namesMeasures(select: Ast, table: CubeTable): boolean {
  let isNamed = false;
  eachOwn(Object.values(select), (kind, body) => {
    const { table: owner, name } = kind === 'ColumnRef' ? columnNameOf(body) : {};
    if (owner !== undefined && owner !== table.alias) return;
    if (table.view.members.get(name ?? '')?.kind === 'measure') isNamed = true;
  });
  return isNamed;
}

/** The refusal of a measure in rows. */
export function bareMeasure({ name, aggregation }: SemanticMember): Error {
  return refused(
    `the measure ${name} without aggregation`,
    `Write ${waysToAsk(name, aggregation)} and GROUP BY the dimensions; rows have dimensions only.`,
  );
}

/** The measures of a view that its reader may see. */
export function measuresOf({ view }: CubeTable, { scope }: PlanContext): readonly string[] {
  const members = [...(scope.visible.get(view.name)?.members.values() ?? [])];
  return members.filter(({ kind }) => kind === 'measure').map(({ name }) => name);
}

/** How the counts of a view are asked for. */
export function countsOf(table: CubeTable, context: PlanContext): string {
  return measuresOf(table, context)
    .filter((name) => table.view.members.get(name)?.aggregation?.startsWith('count') === true)
    .map((name) => `MEASURE(${name})`)
    .join(', ');
}
