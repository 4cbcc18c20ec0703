import { sqlName } from '../../../base/sql-text.ts';
import type { SecurityContext } from '../../../cube/security-context.ts';
import type { MemberExpression, SqlCompiler } from '../../../cube/sql-compiler.ts';
import { SQLSTATE, SqlError } from '../../wire/sql-error.ts';
import { type RewriteContext, rewriteExpression, rewriteQuery } from '../rewrite/rewrite-query.ts';
import { MARKS, type MarkedExpression, type SemanticPlan, type SemanticStep } from './semantic-plan.ts';
import { refused } from './semantic-scope.ts';

/** One statement of DuckDB for a plan: what Cube compiles of it, and around that what is left for DuckDB. */
export async function spliceSemantic(
  plan: SemanticPlan,
  context: RewriteContext,
  compiler: SqlCompiler,
  caller: SecurityContext,
): Promise<string> {
  const parts: string[] = [];
  for (const step of plan.steps) {
    const sql = await stepSql(step, context, compiler, caller);
    const columns = step.kind === 'members' ? `(${step.columnNames.map(sqlName).join(', ')})` : '';
    parts.push(`${sqlName(step.name)}${columns} as (${sql})`);
  }
  return withSteps(parts, rewriteQuery(plan.select, context));
}

/** Puts the steps in front of the common table expressions that a query has of its own. */
function withSteps(steps: readonly string[], sql: string): string {
  const [own = '', recursive = ''] = /^\s*WITH\s+(RECURSIVE\s+)?/i.exec(sql) ?? [];
  const rest = sql.slice(own.length);
  return `with ${recursive}${steps.join(', ')}${own === '' ? ' ' : ', '}${rest}`;
}

/** Rewrites all of a plan for DuckDB without compiling it: throws for what DuckDB cannot be told. */
export function checkSemantic(plan: SemanticPlan, context: RewriteContext): void {
  for (const step of plan.steps) {
    if (step.kind === 'rows') rewriteQuery(step.select, context);
    else for (const each of expressionsOf(step)) memberExpression(each, context);
  }
  rewriteQuery(plan.select, context);
}

async function stepSql(
  step: SemanticStep,
  context: RewriteContext,
  compiler: SqlCompiler,
  caller: SecurityContext,
): Promise<string> {
  if (step.kind === 'rows') return rewriteQuery(step.select, context);
  const { view, columns, measures, conditions, isUngrouped } = step;
  const query = {
    view: view.name,
    columns: columns.map((each) => memberExpression(each, context)),
    measures: measures.map((each) => (typeof each === 'string' ? each : memberExpression(each, context))),
    conditions: conditions.map((each) => memberExpression(each, context)),
    isUngrouped,
  };
  const compiled = await compiler.compile(query, caller).catch((error: unknown) => {
    throw uncompiled(error);
  });
  if (compiled === undefined)
    throw new SqlError(SQLSTATE.insufficientPrivilege, `permission denied for view cube.${view.name}`);
  return compiled;
}

function expressionsOf(step: SemanticStep & { readonly kind: 'members' }): readonly MarkedExpression[] {
  const measures = step.measures.filter((each) => typeof each !== 'string');
  return [...step.columns, ...measures, ...step.conditions];
}

function memberExpression({ sql, members }: MarkedExpression, context: RewriteContext): MemberExpression {
  const parts = rewriteExpression(sql, context).split(MARKS);
  return {
    texts: parts.filter((_, index) => index % 2 === 0),
    members: parts.filter((_, index) => index % 2 === 1).map((index) => members[Number(index)] ?? ''),
  };
}

function uncompiled(error: unknown): unknown {
  if (!(error instanceof Error) || error.constructor.name !== 'UserError') return error;
  return /row multiplication/.test(error.message)
    ? refused(
        'an aggregate over dimensions of several cubes whose rows repeat each other',
        'Use a measure, or aggregate the dimensions of one cube at a time.',
      )
    : refused(
        'this combination of members',
        'Ask for fewer members, or for members that are joined in the view.',
      );
}
