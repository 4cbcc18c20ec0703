import { DuckDBTypeId } from '@duckdb/node-api';
import type { SecurityContext } from '../../../cube/security-context.ts';
import type { SqlCompiler } from '../../../cube/sql-compiler.ts';
import { SqlError } from '../../wire/sql-error.ts';
import { type Ast, list, nameParts } from '../ast.ts';
import type { MirroredTables } from '../catalog/catalog.ts';
import { CUBE_SCHEMA } from '../grants.ts';
import { eachNode } from '../map-ast.ts';
import { OID } from '../pg-type.ts';
import type { RewriteContext } from '../rewrite/rewrite-query.ts';
import type { QueryRoute } from '../route-query.ts';
import { planSemantic } from './plan-semantic.ts';
import type { SemanticPlan } from './semantic-plan.ts';
import { refused } from './semantic-scope.ts';
import { spliceSemantic } from './splice-semantic.ts';

/** Who asks, and of what. */
export interface SemanticAsker {
  readonly semantic: SqlCompiler;
  readonly who: SecurityContext;
  readonly searchPath: readonly string[];
  readonly reader: { readonly timeZone: string };
}

/** Whether a query reads views of the semantic layer. */
export function isSemantic({ tables }: QueryRoute): boolean {
  return tables.some(({ schema }) => schema === CUBE_SCHEMA);
}

/** What Cube and what DuckDB computes of a query over cube views, as its author may ask. */
export async function planSemanticQuery(
  select: Ast,
  oids: readonly number[],
  route: QueryRoute,
  tables: MirroredTables,
  { semantic, who: { subject, group }, searchPath, reader }: SemanticAsker,
): Promise<SemanticPlan> {
  if (!isUtc(reader.timeZone) && dependsOnZone(select, oids, route))
    throw refused(
      `a moment in the time zone of the session`,
      `Views hold dates and times in UTC: send set timezone = 'UTC', or compare with date or timestamp.`,
    );
  const [views, visible] = await Promise.all([semantic.views(), semantic.views({ subject, group })]);
  return planSemantic(select, { tables, searchPath, views, visible });
}

/** The statement of DuckDB for a plan. */
export function spliceSemanticQuery(
  plan: SemanticPlan,
  rewriting: RewriteContext,
  { semantic, who: { subject, group } }: SemanticAsker,
): Promise<string> {
  return spliceSemantic(plan, rewriting, semantic, { subject, group });
}

/** PostgreSQL's error about a query over cube views, with what may be meant. */
export function withMeasureHint(error: unknown): unknown {
  const isUngrouped = error instanceof SqlError && error.sqlState === '42803';
  if (!isUngrouped || error.fields.hint !== undefined) return error;
  return new SqlError(error.sqlState, error.message, {
    ...error.fields,
    hint: 'Write MEASURE(m) for a measure m; the dimensions belong into GROUP BY.',
  });
}

function isUtc(zone: string): boolean {
  return /^(utc|etc\/utc|gmt|etc\/gmt|z|zulu|uct|universal)$/i.test(zone);
}

const NOW = new Set([
  'now',
  'clock_timestamp',
  'statement_timestamp',
  'transaction_timestamp',
  'timezone',
  'age',
]);

/** Whether the answer changes with the time zone of the session: Cube's SQL is computed in UTC. */
function dependsOnZone(select: Ast, oids: readonly number[], { tables }: QueryRoute): boolean {
  const isMoment = oids.includes(OID.timestamptz);
  const readsMoments = tables
    .filter(({ schema }) => schema !== CUBE_SCHEMA)
    .some(({ columns }) => columns.some(({ type }) => type.typeId === DuckDBTypeId.TIMESTAMP_TZ));
  let saysMoment = false;
  eachNode({ SelectStmt: select }, (kind, body) => {
    const name = nameParts(kind === 'TypeName' ? body['names'] : list(body['funcname'])).at(-1) ?? '';
    if (kind === 'SQLValueFunction' && !/USER|ROLE|CATALOG|SCHEMA/.test(String(body['op'])))
      saysMoment = true;
    if (kind === 'TypeName' && /^(timestamptz|timetz)$/.test(name)) saysMoment = true;
    if (kind === 'FuncCall' && (NOW.has(name) || name === 'to_timestamp')) saysMoment = true;
  });
  return isMoment || readsMoments || saysMoment;
}
