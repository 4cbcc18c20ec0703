import type { Express, Request, RequestHandler } from 'express';
import { type ModelAccess, policyGroup } from './access-policy.ts';
import { modelPath } from './model-repository.ts';
import { PortableCore, type QueryFailure } from './portable-core.ts';
import type { QueryErrorCode } from './portable-error.ts';
import { createSqlCompiler } from './portable-sql.ts';
import { excessOf } from './query-bounds.ts';
import { queryOf } from './query-members.ts';
import type { Rollup } from './rollup.ts';
import type { SecurityContext } from './security-context.ts';
import type { ServedSnapshots } from './served-snapshots.ts';
import { SnapshotDriver } from './snapshot-driver.ts';
import type { SqlCompiler } from './sql-compiler.ts';

export interface SemanticLayerOptions {
  readonly snapshots: ServedSnapshots;
  /** The verified caller of a request; undefined when nobody signed in. */
  readonly callerOf: (request: Request) => SecurityContext | undefined;
  /** The snapshot that a request holds. */
  readonly snapshotOf: (request: Request) => number | undefined;
  /** Queries that run at a time. */
  readonly concurrency: number;
  /** Told of a query that failed through no fault of the caller. */
  readonly onQueryFailed: (failure: QueryFailure) => void;
  /** What groups may read; without it everybody reads every view. */
  readonly access?: ModelAccess | undefined;
  /** Folder of `cubes/` and `views/`; the shipped model by default. */
  readonly modelPath?: string;
}

export interface SemanticLayer {
  /** Adds `/cubejs-api/v1/…` to an application whose earlier handlers know caller and snapshot. */
  mount(app: Express): void;
  /** Compiles the model; throws what Cube says about a broken one. */
  compile(): Promise<void>;
  /** What the PostgreSQL endpoint asks Cube. */
  readonly sql: SqlCompiler;
  /** What the model counts beforehand, as Cube plans it now. */
  planRollups(): Promise<readonly Rollup[]>;
  /** Drops what is cached for a snapshot that nobody reads any more. */
  forgetSnapshot(number: number): void;
  close(): Promise<void>;
}

/** Cached results per snapshot; the rest of the memory belongs to DuckDB. */
const CACHE_BYTES = 128 * 1024 * 1024;

/**
 * Cube over the served snapshots. Queue, result cache and driver are keyed by the snapshot that a request holds,
 * so no answer mixes two of them; the compiled model knows table names only and is shared.
 */
export function createSemanticLayer(options: SemanticLayerOptions): SemanticLayer {
  const core = PortableCore.create({
    modelPath: options.modelPath ?? modelPath,
    access: options.access,
    concurrency: options.concurrency,
    cacheBytes: CACHE_BYTES,
    onQueryFailed: options.onQueryFailed,
    checkAuth: (request: unknown) => {
      const caller = options.callerOf(request as Request);
      if (caller === undefined) throw new Error('the request carries no verified token');
      return { security_context: caller };
    },
    // Decided once per request: rollups may be found while it is planned.
    extendContext: (request: unknown) => {
      const snapshot = options.snapshotOf(request as Request);
      const hasRollups = snapshot !== undefined && options.snapshots.hasRollups(snapshot);
      return { snapshot, hasRollups } as never;
    },
    contextToOrchestratorId: (context) => orchestratorId(snapshotIn(context)),
    contextToGroups: (context) => groupsIn(context).flatMap(groupNames),
    hasRollups: (context) => (context as { hasRollups?: boolean }).hasRollups ?? true,
    driverFactory: (context) => new SnapshotDriver(options.snapshots, snapshotIn(context)) as never,
  });
  return {
    planRollups: () => core.readRollups(),
    mount: (app) => {
      app.use(refuseExcess);
      core.mount(app);
    },
    compile: () => core.compileModel(),
    sql: createSqlCompiler((context) => core.getCompilerApi(context as never)),
    forgetSnapshot: (number) => core.forgetOrchestrator(orchestratorId(number)),
    close: () => core.shutdown().then(() => undefined),
  };
}

/** The shipped model, compiled to be described and planned with; nothing can be asked of it. */
export function openModel(): Pick<PortableCore, 'readMeta' | 'readRollups'> {
  return PortableCore.planOnly(modelPath);
}

/** Before Cube, which walks a query several times, and recursively, while it takes the request in. */
const refuseExcess: RequestHandler = (request, response, next) => {
  const excess = excessOf(queryOf(request));
  if (excess === undefined) next();
  else response.status(400).json({ error: excess, code: 'query-invalid' satisfies QueryErrorCode });
};

function orchestratorId(snapshot: number): string {
  return `snapshot-${snapshot}`;
}

function snapshotIn(context: unknown): number {
  const { snapshot } = context as { snapshot?: unknown };
  if (typeof snapshot !== 'number') throw new Error('the request holds no snapshot');
  return snapshot;
}

function groupsIn(context: unknown): string[] {
  const { securityContext } = context as { securityContext?: Partial<SecurityContext> };
  return securityContext?.group === undefined ? [] : [securityContext.group];
}

/** A group by its own name, for policies that a view has itself, and as the policies made of grants name it. */
function groupNames(group: string): readonly string[] {
  const made = policyGroup(group);
  return group.startsWith('group_') ? [made] : [group, made];
}
