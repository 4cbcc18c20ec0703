import { sqlName } from '../../base/sql-text.ts';
import type { ServedSnapshots } from '../../cube/served-snapshots.ts';
import type { SqlCompiler } from '../../cube/sql-compiler.ts';
import type { EventLog } from '../event-log.ts';
import type { Field } from '../wire/backend.ts';
import { type Bind, type Format, formatAt } from '../wire/frontend.ts';
import { SQLSTATE, SqlError } from '../wire/sql-error.ts';
import { type Ast, unsupported } from './ast.ts';
import { auditRefusedQuery, auditStream, type SqlSubject } from './audit-query.ts';
import type { Catalog, CatalogReader, MirroredTables } from './catalog/catalog.ts';
import { openDataStream } from './data-stream.ts';
import { parameterConstant } from './parameter.ts';
import { isKnownType } from './pg-type.ts';
import { placed, type QueryText, withoutPlace } from './query-text.ts';
import type { SessionFacts } from './rewrite/rewrite-function.ts';
import { type RewriteContext, rewriteQuery } from './rewrite/rewrite-query.ts';
import { grantRefusal, type QueryRoute, routeQuery } from './route-query.ts';
import { type RowStream, streamOf } from './row-stream.ts';
import type { SemanticPlan } from './semantic/semantic-plan.ts';
import {
  isSemantic,
  planSemanticQuery,
  spliceSemanticQuery,
  withMeasureHint,
} from './semantic/semantic-query.ts';
import { checkSemantic } from './semantic/splice-semantic.ts';
import type { Transaction } from './transaction.ts';

/** A SELECT that has been understood: who answers it, what it takes and what it returns. */
export interface Query {
  readonly select: Ast;
  readonly text: QueryText;
  readonly route: QueryRoute;
  /** As the client gave them; 0 where it left the type open. */
  readonly givenOids: readonly number[];
  readonly parameterOids: readonly number[];
  readonly fields: readonly Field[];
  /** Of the tables that it was typed against. */
  readonly generation: number;
}

/** What a query is understood and run in. */
export interface QueryContext {
  readonly catalog: Catalog;
  readonly semantic: SqlCompiler;
  readonly snapshots: ServedSnapshots;
  readonly transaction: Transaction;
  readonly reader: CatalogReader;
  readonly searchPath: readonly string[];
  readonly facts: SessionFacts;
  /** Stops the statement that runs now. */
  readonly signal: () => AbortSignal;
  readonly events: EventLog;
  readonly who: SqlSubject;
}

/** Parameters and formats of one execution; none for a simple query. */
export type QueryInput = Pick<Bind, 'values' | 'valueFormats' | 'resultFormats' | 'tail'>;

export const NO_INPUT: QueryInput = {
  values: [],
  valueFormats: [],
  resultFormats: [],
  tail: Buffer.alloc(6),
};

/** Understands a SELECT: the tables it may read, and PostgreSQL's types. */
export async function understand(
  select: Ast,
  text: QueryText,
  givenOids: readonly number[],
  context: QueryContext,
): Promise<Query> {
  const tables = await mirrorOf(context);
  const route = routeQuery(select, { tables, searchPath: context.searchPath });
  refuseUngranted(route, tables, context);
  const { parameterOids, fields } = await described(text, givenOids, context).catch((error: unknown) => {
    throw isSemantic(route) ? withMeasureHint(error) : error;
  });
  if (route.refusal !== undefined) throw placed(route.refusal.error, route.refusal.node, text);
  if (route.kind === 'data') refuseUnknownTypes(fields ?? []);
  const query: Query = {
    select,
    text,
    route,
    givenOids,
    parameterOids,
    fields: fields ?? [],
    generation: tables.generation,
  };
  // What DuckDB cannot be told is refused before anything is run.
  if (route.kind === 'data') {
    const nothing = parameterOids.map(() => null);
    const rewriting = rewriteContext(query, { ...NO_INPUT, values: nothing }, tables, context);
    if (isSemantic(route)) checkSemantic(await semanticPlan(query, tables, context), rewriting);
    else rewriteQuery(select, rewriting);
  }
  return query;
}

async function described(
  { sql, hasPlaces }: QueryText,
  givenOids: readonly number[],
  { catalog, reader }: QueryContext,
): ReturnType<Catalog['describe']> {
  try {
    return await catalog.describe(reader, sql, givenOids);
  } catch (error) {
    throw hasPlaces ? error : withoutPlace(error);
  }
}

/** Rows, ranges and other types that DuckDB has no value for. */
function refuseUnknownTypes(fields: readonly Field[]): void {
  const unknown = fields.find(({ oid }) => !isKnownType(oid));
  if (unknown !== undefined) throw unsupported(`the type of column "${unknown.name}"`);
}

/** Runs a query that was understood, perhaps in an earlier transaction. */
export async function runQuery(query: Query, input: QueryInput, context: QueryContext): Promise<RowStream> {
  const current = await currentQuery(query, context);
  if (current.route.kind === 'catalog') {
    const answer = await unlessAborted(
      context.signal(),
      context.catalog.run(context.reader, current.text.sql, current.parameterOids, input.tail),
    );
    return streamOf(answer.filter(({ type }) => type === 'D').map(({ whole }) => whole));
  }
  const data = {
    sql: await printData(current, input, context),
    fields: current.fields,
    formatOf: (index: number) => formatAt(input.resultFormats, index),
    // Cube computes in UTC; what would depend on the zone was refused.
    timeZone: isSemantic(current.route) ? 'UTC' : context.reader.timeZone,
  };
  const hold = await context.transaction.hold();
  return auditStream(context.events, context.who, current.route, hold.snapshot.number, () =>
    openDataStream(hold, data, context.signal),
  );
}

/** DuckDB's SQL for a query of data that was just understood; its columns are named and typed as PostgreSQL's are. */
export async function compileQuery(query: Query, input: QueryInput, context: QueryContext): Promise<string> {
  const names = query.fields.map((_, index) => `c${index}`);
  const columns = query.fields.map(({ name, oid }, index) => {
    const type = INTEGER_TYPES.get(oid);
    return `${type === undefined ? `c${index}` : `cast(c${index} as ${type})`} as ${sqlName(name)}`;
  });
  const sql = await printData(query, input, context);
  return `select ${columns.join(', ')} from (${sql}) as q(${names.join(', ')})`;
}

/** DuckDB counts and sums wider than PostgreSQL. */
const INTEGER_TYPES: ReadonlyMap<number, string> = new Map([
  [20, 'bigint'],
  [21, 'smallint'],
  [23, 'integer'],
]);

async function printData(query: Query, input: QueryInput, context: QueryContext): Promise<string> {
  if (input.values.length !== query.parameterOids.length) {
    throw new SqlError(
      SQLSTATE.protocolViolation,
      `the statement takes ${query.parameterOids.length} parameters, ${input.values.length} were sent`,
    );
  }
  const tables = await mirrorOf(context);
  const rewriting = rewriteContext(query, input, tables, context);
  if (!isSemantic(query.route)) return rewriteQuery(query.select, rewriting);
  return spliceSemanticQuery(await semanticPlan(query, tables, context), rewriting, context);
}

function semanticPlan(query: Query, tables: MirroredTables, context: QueryContext): Promise<SemanticPlan> {
  const oids = [...query.parameterOids, ...query.fields.map(({ oid }) => oid)];
  return planSemanticQuery(query.select, oids, query.route, tables, context).catch((error: unknown) => {
    if (error instanceof SqlError && error.sqlState === SQLSTATE.insufficientPrivilege)
      auditRefusedQuery(context.events, context.who, query.route, error);
    throw error;
  });
}

/** The catalog cannot be interrupted, but nobody has to wait for it. */
function unlessAborted<T>(signal: AbortSignal, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function refuseUngranted(route: QueryRoute, tables: MirroredTables, context: QueryContext): void {
  const refusal = grantRefusal(route, tables, context.reader.group);
  if (refusal === undefined) return;
  auditRefusedQuery(context.events, context.who, route, refusal);
  throw refusal;
}

export function resultFormat(input: QueryInput): (index: number) => Format {
  return (index) => formatAt(input.resultFormats, index);
}

async function mirrorOf({ catalog, transaction, reader }: QueryContext): Promise<MirroredTables> {
  return catalog.mirror(await transaction.snapshot(), reader.group);
}

/** The same query over the tables as they are now; throws when it would return something else. */
async function currentQuery(query: Query, context: QueryContext): Promise<Query> {
  const tables = await mirrorOf(context);
  refuseUngranted(query.route, tables, context);
  if (query.generation === tables.generation) return query;
  const renewed = await understand(query.select, query.text, query.givenOids, context);
  if (renewed.fields.map(({ oid }) => oid).join() !== query.fields.map(({ oid }) => oid).join())
    throw new SqlError(SQLSTATE.featureNotSupported, 'cached plan must not change result type');
  return renewed;
}

function rewriteContext(
  query: Query,
  input: QueryInput,
  tables: MirroredTables,
  { searchPath, facts }: QueryContext,
): RewriteContext {
  return {
    tables,
    searchPath,
    facts,
    text: query.text,
    parameter: (number) => {
      const value = input.values[number - 1];
      const oid = query.parameterOids[number - 1];
      if (value === undefined || oid === undefined)
        throw new SqlError('42P02', `there is no parameter $${number}`);
      return parameterConstant(value, input.valueFormats[number - 1] ?? 0, oid);
    },
  };
}
