import type { RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { SqlCompiler } from '../../cube/sql-compiler.ts';
import { holdOf } from '../held-snapshot.ts';
import { answerError } from '../http-error.ts';
import { callerOf } from '../sign-in.ts';
import type { Catalog } from '../sql/catalog/catalog.ts';
import { dataError } from '../sql/data-error.ts';
import { connectionSettings } from '../sql/data-stream.ts';
import { parseStatements } from '../sql/parse-statements.ts';
import { compileQuery, type QueryContext, type QueryInput, understand } from '../sql/query.ts';
import { statementText } from '../sql/query-text.ts';
import { DATABASE, SERVER_VERSION } from '../sql/sql-names.ts';
import { Transaction } from '../sql/transaction.ts';
import { SQLSTATE, SqlError } from '../wire/sql-error.ts';
import { auditData } from './audit-data.ts';
import { DATA_FORMATS, formatOf } from './data-format.ts';
import { sendData } from './send-data.ts';
import type { DataRoutes } from './table-route.ts';

const body = z.strictObject({
  sql: z.string().min(1).max(1_000_000),
  /** `$1`, `$2` … */
  parameters: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).default([]),
  format: z.enum(DATA_FORMATS).optional(),
});

const TIME_ZONE = 'UTC';

/**
 * `POST /sql` with `{ sql, parameters, format }`, or the SQL itself as text: the rows of one SELECT, in the language and
 * under the rules of the PostgreSQL endpoint.
 */
export function answerSql(
  routes: DataRoutes,
  sql:
    | { readonly catalog: Catalog; readonly semantic: SqlCompiler; readonly statementTimeoutMs: number }
    | undefined,
): RequestHandler {
  return (request, response, next) => {
    const answer = async (): Promise<void> => {
      if (sql === undefined)
        return answerError(response, 404, 'sql-off', 'SQL is off here: set `sql: {}` in chiasm.yaml');
      const asked = body.safeParse(typeof request.body === 'string' ? { sql: request.body } : request.body);
      if (!asked.success)
        return answerError(
          response,
          400,
          'request-invalid',
          'send JSON: { "sql": "select …", "parameters": [], "format": "csv" }, or SQL as text/plain',
        );
      const format = formatOf(request, asked.data.format ?? request.query['format']);
      if (format === undefined)
        return answerError(response, 400, 'request-invalid', `format is one of ${DATA_FORMATS.join(', ')}`);
      const caller = callerOf(request);
      const transaction = new Transaction(routes.snapshots, holdOf(request));
      const timeout = AbortSignal.timeout(sql.statementTimeoutMs);
      const context = contextOf(routes, sql, transaction, caller, request.socket.remoteAddress, timeout);
      try {
        const input = inputOf(asked.data.parameters);
        const { compiled, tables } = await compile(asked.data.sql, input, context);
        await auditData(routes.events, request, tables, (gone) => {
          const signal = AbortSignal.any([gone, timeout]);
          const data = {
            sql: compiled,
            settings: connectionSettings(TIME_ZONE),
            format,
            signal,
            name: 'result',
          };
          return sendData(request, response, data, routes).catch((error: unknown) => {
            throw timeout.aborted ? timedOut() : gone.aborted ? error : dataError(error);
          });
        });
      } catch (error) {
        if (!(error instanceof SqlError) || response.headersSent) throw error;
        answerSqlError(response, error);
      }
    };
    answer().catch(next);
  };
}

async function compile(sql: string, input: QueryInput, context: QueryContext) {
  const [statement, ...others] = parseStatements(sql);
  if (statement?.kind !== 'SelectStmt' || others.length > 0)
    throw new SqlError(SQLSTATE.featureNotSupported, 'POST /sql takes one SELECT');
  const query = await understand(statement.body, statementText(statement), [], context);
  if (query.route.kind === 'catalog')
    throw new SqlError(SQLSTATE.featureNotSupported, 'POST /sql reads data, not the catalog of PostgreSQL', {
      hint: 'GET /catalog describes the tables; the PostgreSQL endpoint answers catalog queries.',
    });
  const compiled = await compileQuery(query, input, context);
  return { compiled, tables: query.route.tables.map(({ schema, name }) => `${schema}.${name}`).sort() };
}

function contextOf(
  { snapshots, events }: DataRoutes,
  { catalog, semantic }: { readonly catalog: Catalog; readonly semantic: SqlCompiler },
  transaction: Transaction,
  caller: { readonly subject: string; readonly group: string } | undefined,
  from: string | undefined,
  signal: AbortSignal,
): QueryContext {
  const [user, group] = [caller?.subject ?? '', caller?.group ?? ''];
  return {
    catalog,
    semantic,
    snapshots,
    transaction,
    events,
    who: { subject: user, group, from },
    searchPath: ['marts'],
    reader: { user, group, searchPath: '"marts"', timeZone: TIME_ZONE },
    facts: { user, database: DATABASE, schema: 'marts', version: `PostgreSQL ${SERVER_VERSION}` },
    signal: () => signal,
  };
}

/** Parameters go as text, as the extended protocol's do. */
function inputOf(parameters: readonly (string | number | boolean | null)[]): QueryInput {
  return {
    values: parameters.map((value) => (value === null ? null : Buffer.from(String(value)))),
    valueFormats: [],
    resultFormats: [],
    tail: Buffer.alloc(0),
  };
}

function timedOut(): SqlError {
  return new SqlError(SQLSTATE.queryCanceled, 'canceling statement due to statement timeout');
}

function answerSqlError(response: Response, error: SqlError): void {
  const { sqlState, message, fields } = error;
  const status =
    sqlState === SQLSTATE.insufficientPrivilege ? 403 : sqlState === SQLSTATE.queryCanceled ? 408 : 400;
  response.status(status).json({ code: 'sql-refused', error: message, sqlState, ...fields });
}
