import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import express, { type Express } from 'express';
import { ChiasmError } from '../base/error.ts';
import { createAdmission, queryLimit } from '../cube/admission.ts';
import { createSemanticLayer, type SemanticLayer } from '../cube/semantic-layer.ts';
import { type ServedSnapshots, serveSnapshots } from '../cube/served-snapshots.ts';
import { confineDuckDB, type DuckDBOptions, openDuckDB } from '../etl/warehouse/duckdb.ts';
import { rollupsDirectory } from '../etl/warehouse/rollup-files.ts';
import { auditRequests, describeCaller } from './audit.ts';
import { answerCatalog, createCatalogReader } from './catalog/catalog.ts';
import { answerColumnValues } from './catalog/column-values.ts';
import { onlyServedCubeRoutes } from './cube-routes.ts';
import { answerSql } from './data/sql-route.ts';
import { answerTable } from './data/table-route.ts';
import { createEventLog, type EventLog } from './event-log.ts';
import { makeExportsFolder } from './exports-folder.ts';
import { healthRoutes } from './health.ts';
import { holdSnapshot, snapshotNumberOf } from './held-snapshot.ts';
import { guardHost, isLoopback } from './host-guard.ts';
import { handleErrors, notFound } from './http-error.ts';
import { answerJourney } from './journey.ts';
import { answerOpening } from './opening/answer-opening.ts';
import type { RecordAccess } from './opening/record-access.ts';
import { type PinnedSnapshots, pinSnapshots } from './pinned-snapshots.ts';
import { auditRefusals } from './refusal.ts';
import { securityHeaders } from './security-headers.ts';
import { callerOf, requireCaller, signInRoutes } from './sign-in.ts';
import { answerSnapshots } from './snapshot-list.ts';
import type { Catalog as SqlCatalog } from './sql/catalog/catalog.ts';
import { tableGrants } from './sql/grants.ts';
import { type RunningSqlServer, type SqlOptions, startSqlServer } from './sql/sql-server.ts';
import { serveStaticFiles } from './static-files.ts';
import { checkSecret } from './token.ts';

export interface ServerOptions {
  /** The warehouse directory, with `current` and `snapshots/`. */
  readonly warehouse: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Signs and verifies tokens; at least 32 characters. */
  readonly secret: string;
  /** Signs every visitor in: for synthetic data, on the loopback address only. */
  readonly demo: boolean;
  /** The patient whose journey the demo page opens with. */
  readonly demoPatientKey?: string;
  /** Takes one line of JSON per data request, refusal and failure; never row values, nor a token. */
  readonly log: (line: string) => unknown;
  /** The one snapshot that is served, whatever is published. */
  readonly fixed?: number;
  /** `/readyz` is not ok when the newest snapshot is older; without it age does not matter. */
  readonly readyMaxAgeHours?: number;
  readonly database?: Pick<DuckDBOptions, 'memoryLimit' | 'threads' | 'temporaryDirectory'>;
  /** Who may open rows to records; without it nobody. */
  readonly records?: RecordAccess;
  /** The PostgreSQL endpoint; without it there is none. */
  readonly sql?: SqlOptions;
}

export interface RunningServer {
  readonly url: string;
  /** Where the PostgreSQL endpoint listens. */
  readonly sql?: Pick<RunningSqlServer, 'host' | 'port'>;
  /** Lets running requests finish for a few seconds, then gives back every lease. */
  close(): Promise<void>;
}

const TEND_EVERY_MS = 30_000;
const FINISH_WITHIN_MS = 5_000;
/** Longer than clients and load balancers keep an idle connection: else they send into one that is just being closed. */
const KEEP_ALIVE_MS = 75_000;

/**
 * Starts the HTTP server: the page at `/`, Cube at `/cubejs-api/v1`, `/catalog`, `/tables`, `/sql`, `/snapshots`,
 * `/api/journey/:patientKey`, `/api/open/:mart/:key`. With `sql`, the PostgreSQL endpoint, too.
 * Throws `secret-invalid`, `demo-not-loopback`, `port-in-use`, `sql-tls-invalid`, `sql-users-invalid`, and
 * `snapshot-not-found` when `fixed` is not there.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  checkSecret(options.secret);
  if (options.demo && !isLoopback(options.host)) {
    throw new ChiasmError(
      'demo-not-loopback',
      'the demo signs every visitor in and so must stay on this machine: use host 127.0.0.1',
      { params: { host: options.host } },
    );
  }
  const instance = await openDuckDB(options.database ?? {});
  const exports = await makeExportsFolder(options.database?.temporaryDirectory ?? tmpdir());
  const warehouse = resolve(options.warehouse);
  await confineDuckDB(instance, [join(warehouse, 'files'), rollupsDirectory(warehouse), exports]);
  const admission = createAdmission(queryLimit());
  const events = createEventLog(options.log);
  const snapshots = serveSnapshots({
    warehouse,
    instance,
    admission,
    ...(options.fixed === undefined ? {} : { fixed: options.fixed }),
    onClosed: (number) => layer.forgetSnapshot(number),
    onOpenFailed: (error) => events('snapshot-open-failed', { kind: kindOf(error) }),
  });
  const pins = pinSnapshots(snapshots);
  const layer = createSemanticLayer({
    snapshots,
    access: options.sql?.groups && tableGrants(options.sql.groups, []),
    callerOf,
    snapshotOf: snapshotNumberOf,
    // Cube's queue hands over more than the admission lets run, so that the admission is the one that waits.
    concurrency: admission.limit * 2,
    onQueryFailed: ({ request, code, kind }) =>
      events(code, { ...describeCaller(request), snapshot: snapshotNumberOf(request), kind }),
  });
  let sql: RunningSqlServer | undefined;
  const closeAll = async (): Promise<void> => {
    await sql?.close();
    await layer.close();
    pins.close();
    await snapshots.close();
    instance.closeSync();
    await rm(exports, { recursive: true, force: true });
  };
  try {
    await layer.compile();
    if (options.fixed !== undefined) (await snapshots.hold()).release();
    if (options.sql !== undefined) sql = await startSqlServer(options.sql, snapshots, layer.sql, events);
    const server = createServer(
      createApp(options, { snapshots, pins, layer, events, exports, sqlCatalog: sql?.catalog }),
    );
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    await listen(server, options);
    const tending = setInterval(() => {
      snapshots.tend().catch((error: unknown) => events('snapshot-open-failed', { kind: kindOf(error) }));
    }, TEND_EVERY_MS);
    tending.unref();
    return {
      url: urlOf(server, options.host),
      ...(sql === undefined ? {} : { sql: { host: sql.host, port: sql.port } }),
      close: async () => {
        clearInterval(tending);
        await closeServer(server);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface AppParts {
  readonly snapshots: ServedSnapshots;
  readonly pins: PinnedSnapshots;
  readonly layer: SemanticLayer;
  readonly events: EventLog;
  /** Where files are made before they are sent. */
  readonly exports: string;
  readonly sqlCatalog: SqlCatalog | undefined;
}

function createApp(options: ServerOptions, parts: AppParts): Express {
  const { snapshots, pins, layer, events, exports, sqlCatalog } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  const readyMaxAgeHours = options.fixed === undefined ? options.readyMaxAgeHours : undefined;
  // Before the guard of the host: probes name pods and addresses as they like.
  app.use(securityHeaders, healthRoutes(snapshots, readyMaxAgeHours && readyMaxAgeHours * 3_600_000));
  app.use(auditRefusals(events), guardHost(options.host), serveStaticFiles());
  app.use(
    express.json({ limit: '1mb' }),
    express.text({ type: ['text/plain', 'application/sql'], limit: '1mb' }),
  );
  app.use(signInRoutes({ ...options, pinSnapshot: pins.pin }));
  app.use(requireCaller(options.secret));
  const audit = auditRequests(events);
  const hold = holdSnapshot(snapshots, pins);
  const data = [audit, hold];
  app.get('/snapshots', audit, answerSnapshots(snapshots, options.warehouse));
  const readCatalog = createCatalogReader();
  app.get('/catalog', data, answerCatalog(readCatalog));
  app.get('/catalog/:schema/:table', data, answerColumnValues(readCatalog, options.sql?.groups));
  const routes = { snapshots, readCatalog, grants: options.sql?.groups, exports, events };
  app.get('/tables/:table', hold, answerTable(routes));
  const sql = options.sql && sqlCatalog && { ...options.sql, catalog: sqlCatalog, semantic: layer.sql };
  app.post('/sql', hold, answerSql(routes, sql));
  app.get('/api/journey/:patientKey', data, answerJourney(options.sql?.groups));
  app.get('/api/open/:mart/:key', data, answerOpening(options.records, options.warehouse, events));
  // An application of its own: Cube adds an error handler, which must see Cube's errors only.
  const cubeApp = express();
  layer.mount(cubeApp);
  app.use(onlyServedCubeRoutes, data, cubeApp);
  app.use(notFound);
  app.use(handleErrors(events, describeCaller));
  return app;
}

function kindOf(error: unknown): string {
  return error instanceof ChiasmError ? error.code : error instanceof Error ? error.name : 'unknown';
}

async function listen(server: Server, options: ServerOptions): Promise<void> {
  await new Promise<void>((done, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? portInUse(options, error) : error);
    });
    server.listen(options.port, options.host, done);
  });
}

function portInUse(options: ServerOptions, cause: unknown): ChiasmError {
  return new ChiasmError(
    'port-in-use',
    `port ${options.port} on ${options.host} is taken: stop the program that uses it, or choose another port`,
    { params: { port: options.port, host: options.host }, cause },
  );
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((done) => server.close(done));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), FINISH_WITHIN_MS);
  await closed;
  clearTimeout(late);
}
