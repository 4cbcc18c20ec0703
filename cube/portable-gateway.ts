import { ApiGateway, type SQLServer, UserError } from '@cubejs-backend/api-gateway';
import { CubejsHandlerError } from '@cubejs-backend/api-gateway/dist/src/cubejs-handler-error.js';
import type { NormalizedQuery } from '@cubejs-backend/api-gateway/dist/src/types/query.js';
import type { RequestContext } from '@cubejs-backend/api-gateway/dist/src/types/request.js';
import type { QueryType } from '@cubejs-backend/api-gateway/dist/src/types/strings.js';
import type { CacheMode } from '@cubejs-backend/shared';
import type { Request, Response } from 'express';
import { portableError, type QueryErrorCode } from './portable-error.ts';
import { hiddenMember, problemOf, publicMembers } from './query-check.ts';
import { comparedMembers } from './query-fit.ts';
import { queryOf } from './query-members.ts';
import {
  type DriverRow,
  type ResultQuery,
  type TransformRequest,
  toPivotQuery,
  toResultData,
} from './query-result.ts';
import { parseQueries } from './query-shape.ts';

/** Chiasm answers SQL by its own endpoint; Cube's loads the native binary when it is constructed. */
const absentSqlServer = {
  init: refuseSqlServer,
  execSql: refuseSqlServer,
  sql4sql: refuseSqlServer,
  rest4sql: refuseSqlServer,
  close: async () => undefined,
  shutdown: async () => undefined,
};

async function refuseSqlServer(): Promise<never> {
  throw new UserError("Cube's SQL API is not part of Chiasm: use the REST API");
}

interface DataResult extends Iterable<DriverRow> {
  readonly isWrapper: true;
  getResults(): readonly DataResult[];
  getTransformData(): readonly TransformRequest[];
  getRootResultObject(): readonly Readonly<Record<string, unknown>>[];
}

/** A query that failed through no fault of the caller. */
export interface QueryFailure {
  readonly request: Request;
  readonly code: QueryErrorCode;
  /** The class of the error, without values. */
  readonly kind: string;
}

/**
 * Builds results in JavaScript, answers errors without what the database said about rows, takes no more than the
 * query language of the REST API, and keeps private cubes private: Cube hides their members from results but lets
 * a filter or an order probe them.
 */
export class PortableGateway extends ApiGateway {
  onQueryFailed: ((failure: QueryFailure) => void) | undefined;

  protected override async getNormalizedQueries(
    query: Record<string, unknown> | Record<string, unknown>[],
    context: RequestContext,
    ...rest: [persistent?: boolean, memberExpressions?: boolean, cacheMode?: CacheMode]
  ): Promise<[QueryType, NormalizedQuery[], NormalizedQuery[]]> {
    const input: unknown = this.parseQueryParam(query as never);
    const compilerApi = await this.getCompilerApi(context);
    const problem = problemOf(input, await publicMembers(compilerApi));
    if (problem !== undefined) throw new UserError(problem);
    // Cube would answer with no rows, which read like a finding.
    const hidden = await hiddenMember(input, compilerApi, context);
    if (hidden !== undefined) {
      throw new CubejsHandlerError(403, 'Forbidden', `your group may not read ${hidden}`);
    }
    return super.getNormalizedQueries(query, context, ...rest);
  }

  protected override createSQLServerInstance(): SQLServer {
    return absentSqlServer as unknown as SQLServer;
  }

  protected override resToResultFn(
    response: Response,
  ): (message: unknown, options?: { status?: number }) => Promise<void> {
    return async (message, { status = 200 } = {}) => {
      const answer = isDataResult(message) ? finalResult(message) : message;
      const error = portableError(answer, status, () => comparedIn(response.req));
      if (error === undefined) {
        response.status(status).json(answer);
        return;
      }
      const { kind, body } = error;
      if (kind !== undefined && body.code !== undefined)
        this.onQueryFailed?.({ request: response.req, code: body.code, kind });
      response.status(error.status).json(body);
    };
  }
}

function comparedIn(request: Request): readonly string[] {
  const parsed = parseQueries(queryOf(request));
  return parsed.kind === 'queries' ? parsed.queries.flatMap(comparedMembers) : [];
}

function isDataResult(message: unknown): message is DataResult {
  return (
    typeof message === 'object' && message !== null && 'isWrapper' in message && message.isWrapper === true
  );
}

function finalResult(message: DataResult): unknown {
  try {
    const format = formatOf(message);
    const results = message.getResults().map((result) => singleResult(result, format));
    if (results.length === 1 && message.getResults()[0] === message) return results[0];
    const { queryType, slowQuery } = (message as unknown as MultiRoot).rootResultObject;
    const queries = results.map((result) => result['query'] as ResultQuery);
    return { queryType, results, pivotQuery: toPivotQuery(queryType, queries), slowQuery };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error), type: 'UserError' };
  }
}

interface MultiRoot {
  readonly rootResultObject: { readonly queryType: string; readonly slowQuery: boolean };
}

/** Clients read all results of a request in the format of the first query; Cube forgets it where there are several. */
function formatOf(message: DataResult): string | undefined {
  const [request] = message.getResults()[0]?.getTransformData() ?? [];
  return request?.query.responseFormat ?? request?.resType;
}

function singleResult(result: DataResult, format: string | undefined): Readonly<Record<string, unknown>> {
  const [request] = result.getTransformData();
  const [root] = result.getRootResultObject();
  if (request === undefined || root === undefined) throw new Error('Cube handed over no result');
  const { total, ...rest } = root;
  return { ...rest, ...(total === null ? {} : { total }), data: toResultData(request, [...result], format) };
}
