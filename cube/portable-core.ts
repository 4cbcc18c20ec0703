/**
 * Here, in `portable-gateway.ts` and in `portable-sql.ts` is every place where Chiasm reaches into Cube 1.7.43. Cube ships
 * a part of itself as a native binary that an install script downloads; here Cube works without it. When an upgrade of Cube
 * moves a seam, `tests/cube/portable-core.test.ts` fails, or `tests/serve/sql/semantic.test.ts`.
 */
import { createRequire } from 'node:module';
import type { ApiGateway, ApiGatewayOptions } from '@cubejs-backend/api-gateway';
import { DuckDBDriver } from '@cubejs-backend/duckdb-driver';
import { loadNative, NativeInstance } from '@cubejs-backend/native';
import type {
  CreateOptions,
  CompilerApi as CubeCompilerApi,
  OrchestratorApi,
} from '@cubejs-backend/server-core';
import type { Express } from 'express';
import { boundCache, type CacheDriver } from './bounded-cache.ts';
import { modelRepository } from './model-repository.ts';
import { PortableGateway, type QueryFailure } from './portable-gateway.ts';

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
  /** Told of a query that failed inside Cube, the model or the database. */
  readonly onQueryFailed: (failure: QueryFailure) => void;
}

/** Cube's server core in production mode: no telemetry, no playground, no scheduled refresh, memory only. */
export class PortableCore extends serverCore.CubejsServerCore {
  private readonly cacheBytes: number;
  private readonly onQueryFailed: (failure: QueryFailure) => void;

  private constructor(
    options: CreateOptions,
    cacheBytes: number,
    onQueryFailed: (failure: QueryFailure) => void,
  ) {
    super(options, { isCubeConfigEmpty: false });
    this.cacheBytes = cacheBytes;
    this.onQueryFailed = onQueryFailed;
    this.contextToDbType = async () => 'duckdb';
  }

  static create(options: PortableCoreOptions): PortableCore {
    const { modelPath, concurrency, cacheBytes, onQueryFailed, ...hooks } = options;
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
            // Cube's own log lines carry SQL parameters and tokens.
            logger: () => {},
          },
          cacheBytes,
          onQueryFailed,
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
    const gateway = new PortableGateway(apiSecret, getCompilerApi, getOrchestratorApi, logger, options);
    gateway.onQueryFailed = this.onQueryFailed;
    return gateway;
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
