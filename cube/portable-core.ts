/**
 * Here and in `portable-sql.ts` is every place where Chiasm reaches into Cube 1.7.43: no other file imports its packages.
 * Cube ships a part of itself as a native binary that an install script downloads; here Cube works without it, and with it
 * the same. When an upgrade of Cube moves a seam, `tests/cube/seams.test.ts` fails, or `tests/serve/sql/semantic.test.ts`.
 */
import { createRequire } from 'node:module';
import { ApiGateway, type ApiGatewayOptions, type SQLServer, UserError } from '@cubejs-backend/api-gateway';
import { CubejsHandlerError } from '@cubejs-backend/api-gateway/dist/src/cubejs-handler-error.js';
import type { NormalizedQuery } from '@cubejs-backend/api-gateway/dist/src/types/query.js';
import type { RequestContext } from '@cubejs-backend/api-gateway/dist/src/types/request.js';
import type { QueryType } from '@cubejs-backend/api-gateway/dist/src/types/strings.js';
import { DuckDBDriver } from '@cubejs-backend/duckdb-driver';
import {
  buildTransform,
  convertDuckDBParams,
  transformChunk,
} from '@cubejs-backend/duckdb-driver/dist/src/Transform.js';
import { loadNative, NativeInstance } from '@cubejs-backend/native';
import type {
  CreateOptions,
  CompilerApi as CubeCompilerApi,
  OrchestratorApi,
} from '@cubejs-backend/server-core';
import { type CacheMode, getEnv } from '@cubejs-backend/shared';
import type { Express, Request, Response } from 'express';
import { type ModelAccess, withAccessPolicies } from './access-policy.ts';
import { boundCache, type CacheDriver } from './bounded-cache.ts';
import { type ModelFile, modelRepository } from './model-repository.ts';
import { portableError, type QueryErrorCode } from './portable-error.ts';
import { finalResult, isDataResult } from './portable-result.ts';
import { problemOf } from './query-check.ts';
import { comparedMembers, type MemberType, type MemberTypes } from './query-fit.ts';
import { membersOf, queryOf } from './query-members.ts';
import { parseQueries } from './query-shape.ts';
import { ROLLUPS_SCHEMA, type Rollup } from './rollup.ts';
import { TranspiledModel, type Transpiler } from './transpiled-model.ts';

/** Cube's driver and how it reads DuckDB's rows, for the driver that is bound to a snapshot. */
export { buildTransform, convertDuckDBParams, DuckDBDriver, transformChunk };

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

interface PlanOptions {
  readonly timezone?: string;
  readonly disableExternalPreAggregations?: boolean;
}

type DuckDBQuery = InstanceType<ReturnType<typeof DuckDBDriver.dialectClass>>;

/**
 * Cube's JavaScript planner: the native one (Tesseract) is the default of 1.7. Rollups are made in UTC, so a question in
 * another time zone reads the tables; so does one to a snapshot whose rollups are not there.
 */
class PortableDuckDBQuery extends DuckDBDriver.dialectClass() {
  constructor(compilers: unknown, options: object) {
    super(compilers, { ...options, useNativeSqlPlanner: false });
  }

  override newPreAggregations(): ReturnType<DuckDBQuery['newPreAggregations']> {
    const rollups = super.newPreAggregations();
    const { timezone = 'UTC', disableExternalPreAggregations } = this.options as PlanOptions;
    if (timezone !== 'UTC' || disableExternalPreAggregations === true)
      rollups.findPreAggregationForQuery = () => undefined;
    return rollups;
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

/** What is known of model files in this process: whoever compiles the same model, such as a second server, finds it. */
export const transpiledModel: TranspiledModel = TranspiledModel.shipped(CUBE_VERSION);

class PortableCompilerApi extends serverCore.CompilerApi {
  override async compileSchema(): ReturnType<CubeCompilerApi['compileSchema']> {
    const compilers = this.createCompilerInstances();
    const compiler = compilers.compiler as unknown as {
      compile(): Promise<void>;
      workerPool: Transpiler | null;
    };
    let pool: Transpiler | null = null;
    Object.defineProperty(compiler, 'workerPool', {
      get: () => pool,
      set: (made: Transpiler | null) => {
        pool = made && transpiledModel.over(made);
      },
    });
    await compiler.compile();
    this.queryFactory = await this.createQueryFactory(compilers);
    return compilers;
  }

  override createNativeInstance(): NativeInstance {
    return hasNativeCube() ? super.createNativeInstance() : new AbsentNativeInstance();
  }
}

/** A query that failed through no fault of the caller. */
export interface QueryFailure {
  readonly request: Request;
  readonly code: QueryErrorCode;
  /** The class of the error, without values. */
  readonly kind: string;
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

/**
 * Builds results in JavaScript, answers errors without what the database said about rows, takes no more than the
 * query language of the REST API, and keeps private cubes private: Cube hides their members from results but lets
 * a filter or an order probe them.
 */
export class PortableGateway extends ApiGateway {
  onQueryFailed: ((failure: QueryFailure) => void) | undefined;
  hasRollups: (context: unknown) => boolean = () => false;

  protected override coerceForSqlQuery(query: object, context: RequestContext): object {
    const coerced: object = super.coerceForSqlQuery(query, context);
    return this.hasRollups(context) ? coerced : { ...coerced, disableExternalPreAggregations: true };
  }

  protected override async getNormalizedQueries(
    query: Record<string, unknown> | Record<string, unknown>[],
    context: RequestContext,
    ...rest: [persistent?: boolean, memberExpressions?: boolean, cacheMode?: CacheMode]
  ): Promise<[QueryType, NormalizedQuery[], NormalizedQuery[]]> {
    const input: unknown = this.parseQueryParam(query as never);
    const types = await publicMembers(await this.getCompilerApi(context));
    const problem = problemOf(input, types, getEnv('dbQueryLimit'));
    if (problem !== undefined) throw new UserError(problem);
    await this.refuseHidden(membersOf(input), context);
    return super.getNormalizedQueries(query, context, ...rest);
  }

  /** Cube answers as if there were no rows, so that a group would read zeros for figures that it may not see. */
  private async refuseHidden(members: readonly string[], context: RequestContext): Promise<void> {
    const api = await this.getCompilerApi(context);
    const { cubeEvaluator } = (await api.getCompilers()) as unknown as CompiledModel;
    if (!cubeEvaluator.isRbacEnabled()) return;
    const cubes = (await api.metaConfig(context, { requestId: context.requestId })) as { config: MetaCube }[];
    const visible = new Set(
      cubes
        .flatMap(({ config }) => [...config.measures, ...config.dimensions, ...config.segments])
        .filter((member) => member.isVisible)
        .map((member) => member.name),
    );
    const hidden = members.find((member) => !visible.has(member.split('.').slice(0, 2).join('.')));
    if (hidden !== undefined)
      throw new CubejsHandlerError(403, 'Forbidden', `your group may not read '${hidden}'`);
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

interface CompiledModel {
  readonly cubeEvaluator: { isRbacEnabled(): boolean };
  readonly metaTransformer: { readonly cubes: readonly { readonly config: CompiledCube }[] };
}

interface CompiledCube {
  readonly name: string;
  readonly isVisible?: boolean;
  readonly measures: readonly CompiledMember[];
  readonly dimensions: readonly CompiledMember[];
}

interface CompiledMember {
  readonly name: string;
  readonly type: string;
}

const membersOfModel = new WeakMap<object, MemberTypes>();

/** Members of the public views of a compiled model. */
async function publicMembers(compilerApi: CubeCompilerApi): Promise<MemberTypes> {
  const model = (await compilerApi.getCompilers()) as unknown as CompiledModel;
  const known = membersOfModel.get(model);
  if (known !== undefined) return known;
  const views = model.metaTransformer.cubes
    .map(({ config }) => config)
    .filter((cube) => cube.isVisible === true);
  const members = views.flatMap(({ measures, dimensions }) => [...measures, ...dimensions]);
  const types = new Map(members.map(({ name, type }) => [name, type as MemberType]));
  membersOfModel.set(model, types);
  return types;
}

export interface PortableCoreOptions
  extends Required<
    Pick<CreateOptions, 'driverFactory' | 'contextToOrchestratorId' | 'checkAuth' | 'extendContext'>
  > {
  /** Folder of `cubes/` and `views/`. */
  readonly modelPath: string;
  readonly contextToGroups: NonNullable<CreateOptions['contextToGroups']>;
  /** Whether the rollups of the snapshot that a request holds are there. */
  readonly hasRollups: (context: unknown) => boolean;
  /** What groups may read; without it everybody reads every view. */
  readonly access?: ModelAccess | undefined;
  /** Queries that Cube hands to the driver at a time. */
  readonly concurrency: number;
  /** Most bytes of query results kept per orchestrator. */
  readonly cacheBytes: number;
  /** Told of a query that failed inside Cube, the model or the database. */
  readonly onQueryFailed: (failure: QueryFailure) => void;
}

/** Cube's server core in production mode: no telemetry, no playground, no scheduled refresh, memory only. */
export class PortableCore extends serverCore.CubejsServerCore {
  private readonly own: Pick<PortableCoreOptions, 'cacheBytes' | 'onQueryFailed' | 'hasRollups'>;

  private constructor(
    options: CreateOptions,
    own: Pick<PortableCoreOptions, 'cacheBytes' | 'onQueryFailed' | 'hasRollups'>,
  ) {
    super(options, { isCubeConfigEmpty: false });
    this.own = own;
    this.contextToDbType = async () => 'duckdb';
  }

  static create(options: PortableCoreOptions): PortableCore {
    const { modelPath, concurrency, cacheBytes, onQueryFailed, hasRollups, access, ...hooks } = options;
    const revise = (files: readonly ModelFile[]): readonly ModelFile[] =>
      access === undefined ? files : withAccessPolicies(files, access);
    return inProduction(
      () =>
        new PortableCore(
          {
            ...hooks,
            schemaPath: modelPath,
            repositoryFactory: () => modelRepository(modelPath, revise),
            preAggregationsSchema: ROLLUPS_SCHEMA,
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
          { cacheBytes, onQueryFailed, hasRollups },
        ),
    );
  }

  /** A core that plans and describes, and has no database. */
  static planOnly(modelPath: string): PortableCore {
    return PortableCore.create({
      modelPath,
      concurrency: 1,
      cacheBytes: 0,
      onQueryFailed: () => {},
      hasRollups: () => true,
      checkAuth: () => ({ security_context: {} }),
      extendContext: () => ({}) as never,
      contextToOrchestratorId: () => 'none',
      contextToGroups: () => [],
      driverFactory: () => {
        throw new Error('nothing is asked of a core that only plans');
      },
    });
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
    const api = await this.getCompilerApi(AT_START);
    await api.getCompilers(AT_START);
  }

  /** What `/meta` answers to a group, private cubes included. */
  async readMeta(group: string): Promise<readonly MetaCube[]> {
    const context = { ...AT_START, securityContext: { subject: 'model', group } };
    const api = await this.getCompilerApi(context);
    return (await api.metaConfig(context, AT_START)).map(({ config }: { config: MetaCube }) => config);
  }

  /** The pre-aggregations of the model, as Cube's own refresh worker would make them. */
  async readRollups(): Promise<readonly Rollup[]> {
    const api = await this.getCompilerApi(AT_START);
    const definitions = (await api.preAggregations()) as readonly PreAggregation[];
    const rollups: Rollup[] = [];
    for (const { id, references } of definitions) {
      const query = { ...references, preAggregationId: id, timezone: 'UTC', requestId: AT_START.requestId };
      const { preAggregations } = await api.getSql(query as unknown as NormalizedQuery);
      const made = (preAggregations as readonly PreAggregationSql[]).find(
        (each) => each.preAggregationId === id,
      );
      if (made === undefined) throw new Error(`Cube plans no table for ${id}`);
      const [sql, parameters] = made.sql;
      rollups.push({ table: made.tableName, sql, parameters });
    }
    return rollups;
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
    gateway.onQueryFailed = this.own.onQueryFailed;
    gateway.hasRollups = this.own.hasRollups;
    return gateway;
  }

  protected override createOrchestratorApi(
    ...args: Parameters<CubeCoreInternals['createOrchestratorApi']>
  ): OrchestratorApi {
    const api = super.createOrchestratorApi(...args);
    const cache = api.getQueryOrchestrator().getQueryCache().getCacheDriver();
    boundCache(cache as unknown as CacheDriver, this.own.cacheBytes);
    const { preAggregations } = api.getQueryOrchestrator() as unknown as { preAggregations: RollupLoader };
    preAggregations.loadAllPreAggregationsIfNeeded = useRollups;
    return api;
  }
}

const AT_START = { securityContext: {}, requestId: 'start' };

interface PreAggregation {
  readonly id: string;
  readonly references: object;
}

interface PreAggregationSql {
  readonly preAggregationId: string;
  readonly tableName: string;
  readonly sql: readonly [sql: string, parameters: Rollup['parameters']];
}

/** A cube or view as `/meta` describes it. */
export interface MetaCube {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  readonly type: 'cube' | 'view';
  readonly isVisible: boolean;
  readonly measures: readonly MetaMember[];
  readonly dimensions: readonly MetaMember[];
  readonly segments: readonly MetaMember[];
  readonly hierarchies: readonly {
    readonly name: string;
    readonly title: string;
    readonly levels: string[];
  }[];
}

export interface MetaMember {
  readonly name: string;
  readonly shortTitle: string;
  readonly description?: string;
  readonly type: string;
  readonly aggType?: string;
  readonly format?: unknown;
  readonly meta?: { readonly unit?: string; readonly unit_in?: string };
  readonly isVisible: boolean;
}

interface RollupLoader {
  loadAllPreAggregationsIfNeeded: (query: {
    readonly preAggregations?: readonly { preAggregationId: string; tableName: string; type: string }[];
  }) => Promise<unknown>;
}

/**
 * Cube's loader looks for tables whose names carry versions and times, and builds the missing ones in Cube Store or in a
 * database that it may write to. Here every rollup of a snapshot was made before anybody asks, under its plain name.
 */
const useRollups: RollupLoader['loadAllPreAggregationsIfNeeded'] = async ({ preAggregations = [] }) => ({
  preAggregationsTablesToTempTables: preAggregations.map(({ preAggregationId, tableName, type }) => [
    tableName,
    { targetTableName: tableName, refreshKeyValues: [], preAggregationId, type, lastUpdatedAt: undefined },
  ]),
  values: null,
});

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
