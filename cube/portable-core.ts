/**
 * Every place where Chiasm reaches into Cube 1.7.43. Cube ships a part of itself as a native binary that an
 * install script downloads; here Cube works without it. When an upgrade of Cube moves a seam,
 * `tests/cube/portable-core.test.ts` fails.
 */
import { createRequire } from 'node:module';
import { ApiGateway, type ApiGatewayOptions, type SQLServer, UserError } from '@cubejs-backend/api-gateway';
import type { NormalizedQuery } from '@cubejs-backend/api-gateway/dist/src/types/query.js';
import type { RequestContext } from '@cubejs-backend/api-gateway/dist/src/types/request.js';
import type { QueryType } from '@cubejs-backend/api-gateway/dist/src/types/strings.js';
import { DuckDBDriver } from '@cubejs-backend/duckdb-driver';
import { loadNative, NativeInstance } from '@cubejs-backend/native';
import type {
  CreateOptions,
  CompilerApi as CubeCompilerApi,
  OrchestratorApi,
} from '@cubejs-backend/server-core';
import type { CacheMode } from '@cubejs-backend/shared';
import type { Express, Response } from 'express';
import { boundCache, type CacheDriver } from './bounded-cache.ts';
import { modelRepository } from './model-repository.ts';
import { portableError } from './portable-error.ts';
import { membersOf } from './query-members.ts';
import {
  type DriverRow,
  type ResultQuery,
  type TransformRequest,
  toPivotQuery,
  toResultData,
} from './query-result.ts';

// The package assigns its exports in a loop, which Node's import of CommonJS cannot see.
const serverCore = createRequire(import.meta.url)(
  '@cubejs-backend/server-core',
) as typeof import('@cubejs-backend/server-core');

export const CUBE_VERSION: string = serverCore.CubejsServerCore.version();

/** Whether Cube's native binary is installed. */
export function hasNativeCube(): boolean {
  try {
    loadNative();
    return true;
  } catch {
    return false;
  }
}

/** Cube's JavaScript planner: the native one (Tesseract) is the default of 1.7. */
class PortableDuckDBQuery extends DuckDBDriver.dialectClass() {
  constructor(compilers: unknown, options: object) {
    super(compilers, { ...options, useNativeSqlPlanner: false });
  }
}

/** YAML and JavaScript models need nothing native; Jinja and Python do. Cube asks for an engine in any case. */
class AbsentNativeInstance extends NativeInstance {
  override newJinjaEngine(): ReturnType<NativeInstance['newJinjaEngine']> {
    return { loadTemplate: refuseTemplates, renderTemplate: refuseTemplates } as never;
  }

  override loadPythonContext(): never {
    return refuseTemplates();
  }
}

function refuseTemplates(): never {
  throw new Error("a model file uses Jinja or Python, which need Cube's native binary");
}

class PortableCompilerApi extends serverCore.CompilerApi {
  override createNativeInstance(): NativeInstance {
    return hasNativeCube() ? super.createNativeInstance() : new AbsentNativeInstance();
  }
}

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

/**
 * Builds results in JavaScript, answers errors without what the database said about rows, and keeps private
 * cubes private: Cube hides their members from results but lets a filter or an order probe them.
 */
class PortableGateway extends ApiGateway {
  protected override async getNormalizedQueries(
    query: Record<string, unknown> | Record<string, unknown>[],
    context: RequestContext,
    ...rest: [persistent?: boolean, memberExpressions?: boolean, cacheMode?: CacheMode]
  ): Promise<[QueryType, NormalizedQuery[], NormalizedQuery[]]> {
    const views = await publicViews(await this.getCompilerApi(context));
    const stranger = membersOf(this.parseQueryParam(query as never)).find(
      (member) => !views.has(member.split('.', 1)[0] ?? ''),
    );
    if (stranger !== undefined) throw new UserError(`there is no public member '${stranger}'`);
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
      const error = portableError(answer, status);
      if (error === undefined) response.status(status).json(answer);
      else response.status(error.status).json(error.body);
    };
  }
}

interface CompiledModel {
  readonly metaTransformer: {
    readonly cubes: readonly { readonly config: { readonly name: string; readonly isVisible?: boolean } }[];
  };
}

const viewsOfModel = new WeakMap<object, ReadonlySet<string>>();

async function publicViews(compilerApi: CubeCompilerApi): Promise<ReadonlySet<string>> {
  const model = (await compilerApi.getCompilers()) as unknown as CompiledModel;
  const known = viewsOfModel.get(model);
  if (known !== undefined) return known;
  const visible = model.metaTransformer.cubes.filter(({ config }) => config.isVisible === true);
  const views = new Set(visible.map(({ config }) => config.name));
  viewsOfModel.set(model, views);
  return views;
}

function isDataResult(message: unknown): message is DataResult {
  return (
    typeof message === 'object' && message !== null && 'isWrapper' in message && message.isWrapper === true
  );
}

function finalResult(message: DataResult): unknown {
  try {
    const results = message.getResults().map(singleResult);
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

function singleResult(result: DataResult): Readonly<Record<string, unknown>> {
  const [request] = result.getTransformData();
  const [root] = result.getRootResultObject();
  if (request === undefined || root === undefined) throw new Error('Cube handed over no result');
  const { total, ...rest } = root;
  return { ...rest, ...(total === null ? {} : { total }), data: toResultData(request, [...result]) };
}

export interface PortableCoreOptions
  extends Required<
    Pick<CreateOptions, 'driverFactory' | 'contextToOrchestratorId' | 'checkAuth' | 'extendContext'>
  > {
  /** Folder of `cubes/` and `views/`. */
  readonly modelPath: string;
  readonly contextToGroups: NonNullable<CreateOptions['contextToGroups']>;
  /** Queries that Cube hands to the driver at a time. */
  readonly concurrency: number;
  /** Most bytes of query results kept per orchestrator. */
  readonly cacheBytes: number;
  /** Told of an error inside Cube or the model, in one line. */
  readonly onInternalError: (message: string) => void;
}

/** Cube's server core in production mode: no telemetry, no playground, no scheduled refresh, memory only. */
export class PortableCore extends serverCore.CubejsServerCore {
  private readonly cacheBytes: number;

  private constructor(options: CreateOptions, cacheBytes: number) {
    super(options, { isCubeConfigEmpty: false });
    this.cacheBytes = cacheBytes;
    this.contextToDbType = async () => 'duckdb';
  }

  static create(options: PortableCoreOptions): PortableCore {
    const { modelPath, concurrency, cacheBytes, onInternalError, ...hooks } = options;
    return inProduction(
      () =>
        new PortableCore(
          {
            ...hooks,
            schemaPath: modelPath,
            repositoryFactory: () => modelRepository(modelPath),
            dialectFactory: () => PortableDuckDBQuery as never,
            basePath: '/cubejs-api',
            // Never used: `checkAuth` decides. Cube insists on one.
            apiSecret: 'unused',
            contextToAppId: () => 'chiasm',
            contextToApiScopes: async () => ['meta', 'data', 'sql'],
            scheduledRefreshContexts: async () => [],
            cacheAndQueueDriver: 'memory',
            devServer: false,
            telemetry: false,
            scheduledRefreshTimer: false,
            orchestratorOptions: {
              queryCacheOptions: { queueOptions: { concurrency } },
              preAggregationsOptions: { queueOptions: { concurrency }, externalRefresh: false },
            },
            // Cube's own log lines carry SQL parameters and tokens: only its bugs are worth a line.
            logger: (event, params) => {
              if (event === 'Internal Server Error') onInternalError(firstLine(params['error']));
            },
          },
          cacheBytes,
        ),
    );
  }

  /** Adds Cube's routes under `/cubejs-api`. */
  mount(app: Express): void {
    // Cube was built against newer typings of Express than this project uses.
    inProduction(() => this.apiGateway()).initApp(app as never);
  }

  /** Forgets queue, caches and driver of an orchestrator that gets no more requests. */
  forgetOrchestrator(id: string): void {
    const { storage } = this.orchestratorStorage as unknown as { storage: Map<string, OrchestratorApi> };
    storage.delete(id);
  }

  /** Compiles the model, so that a broken one shows before the first request. */
  async compileModel(): Promise<void> {
    const api = await this.getCompilerApi({ securityContext: {}, requestId: 'start' });
    await api.getCompilers({ requestId: 'start' });
  }

  protected override createCompilerApi(
    repository: never,
    options: Record<string, unknown> = {},
  ): CubeCompilerApi {
    return new PortableCompilerApi(
      repository,
      options['dbType'] as never,
      this.createCompilerApiOptions(options),
    );
  }

  protected override createApiGatewayInstance(
    apiSecret: string,
    getCompilerApi: never,
    getOrchestratorApi: never,
    logger: never,
    options: ApiGatewayOptions,
  ): ApiGateway {
    return new PortableGateway(apiSecret, getCompilerApi, getOrchestratorApi, logger, options);
  }

  protected override createOrchestratorApi(
    ...args: Parameters<CubeCoreInternals['createOrchestratorApi']>
  ): OrchestratorApi {
    const api = super.createOrchestratorApi(...args);
    const cache = api.getQueryOrchestrator().getQueryCache().getCacheDriver();
    boundCache(cache as unknown as CacheDriver, this.cacheBytes);
    return api;
  }
}

function firstLine(error: unknown): string {
  return String(error).split('\n', 1)[0] ?? '';
}

interface CubeCoreInternals {
  createOrchestratorApi(
    getDriver: never,
    options: ConstructorParameters<typeof serverCore.OrchestratorApi>[2],
  ): OrchestratorApi;
}

/**
 * Cube reads the environment while it is constructed: outside production it opens its playground and warns, and
 * it asks for Cube Store unless told that pre-aggregations stay in the database.
 */
function inProduction<T>(construct: () => T): T {
  const wanted = { NODE_ENV: 'production', CUBEJS_EXTERNAL_DEFAULT: 'false' };
  const before = Object.keys(wanted).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, wanted);
  try {
    return construct();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
