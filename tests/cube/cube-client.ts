import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import express from 'express';
import type { ModelAccess } from '../../cube/access-policy.ts';
import { createAdmission } from '../../cube/admission.ts';
import { buildRollups } from '../../cube/build-rollups.ts';
import { createSemanticLayer, type SemanticLayer } from '../../cube/semantic-layer.ts';
import { type ServedSnapshots, type SnapshotHold, serveSnapshots } from '../../cube/served-snapshots.ts';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { type FixtureRows, publishFixture } from './publish-fixture.ts';

export interface CubeUnderTest {
  readonly warehouse: string;
  /** Base of Cube's API. */
  readonly url: string;
  readonly snapshots: ServedSnapshots;
  readonly layer: SemanticLayer;
  readonly queryErrors: string[];
  get(
    path: string,
    parameters?: Readonly<Record<string, unknown>>,
    group?: string,
  ): Promise<{ status: number; body: never }>;
  post(path: string, body: unknown): Promise<{ status: number; body: never }>;
  /** The rows of a `/load`, asked again while Cube says "Continue wait". */
  load(query: unknown): Promise<readonly Readonly<Record<string, string | boolean | null>>[]>;
  /** Hand-written SQL over the same snapshot. */
  sql(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  publish(rows: FixtureRows): Promise<number>;
  close(): Promise<void>;
}

export interface StartOptions {
  readonly modelPath?: string;
  readonly access?: ModelAccess;
  /** Whether the first snapshot has its rollups. */
  readonly rollups?: boolean;
}

/** Cube over a fresh warehouse, with a plain HTTP server in front that signs everybody in. */
export async function startCube(rows: FixtureRows, options: StartOptions = {}): Promise<CubeUnderTest> {
  const warehouse = mkdtempSync(join(tmpdir(), 'chiasm-cube-'));
  const { number } = await publishFixture(warehouse, rows);
  const instance = await openDuckDB({ threads: 2 });
  const admission = createAdmission(3);
  const queryErrors: string[] = [];
  const snapshots = serveSnapshots({
    warehouse,
    instance,
    admission,
    onClosed: (number) => layer.forgetSnapshot(number),
    onOpenFailed: (error) => queryErrors.push(String(error)),
  });
  const holds = new WeakMap<object, SnapshotHold>();
  const layer = createSemanticLayer({
    snapshots,
    callerOf: (request) => ({ subject: 'tester', group: request.header('x-group') ?? 'analyst' }),
    snapshotOf: (request) => holds.get(request)?.snapshot.number,
    concurrency: 8,
    onQueryFailed: ({ kind }) => queryErrors.push(kind),
    access: options.access,
    ...(options.modelPath === undefined ? {} : { modelPath: options.modelPath }),
  });
  await layer.compile();
  if (options.rollups === true) await buildRollups(warehouse, number, { threads: 2 });
  const app = express();
  app.use(async (request, response, next) => {
    const hold = await snapshots.hold();
    holds.set(request, hold);
    response.on('close', hold.release);
    next();
  });
  layer.mount(app);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const get: CubeUnderTest['get'] = async (path, parameters = {}, group = 'analyst') => {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
      search.set(name, typeof value === 'string' ? value : JSON.stringify(value));
    }
    const response = await fetch(`http://127.0.0.1:${port}/cubejs-api/v1/${path}?${search}`, {
      headers: { 'x-group': group },
    });
    return { status: response.status, body: (await response.json()) as never };
  };
  return {
    warehouse,
    url: `http://127.0.0.1:${port}/cubejs-api/v1`,
    snapshots,
    layer,
    queryErrors,
    get,
    post: async (path, sent) => {
      const response = await fetch(`http://127.0.0.1:${port}/cubejs-api/v1/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(sent),
      });
      return { status: response.status, body: (await response.json()) as never };
    },
    load: async (query) => {
      for (;;) {
        const { status, body } = await get('load', { query });
        const answer = body as { data?: never; error?: string };
        if (answer.error === 'Continue wait') continue;
        if (answer.data === undefined) throw new Error(`${status}: ${answer.error} (${queryErrors.at(-1)})`);
        return answer.data;
      }
    },
    sql: async (text) => {
      const hold = await snapshots.hold();
      try {
        return await hold.query((connection) => rowsOf(connection, text));
      } finally {
        hold.release();
      }
    },
    publish: async (next) => (await publishFixture(warehouse, next)).number,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await layer.close();
      await snapshots.close();
      instance.closeSync();
      rmSync(warehouse, { recursive: true, force: true });
    },
  };
}

async function rowsOf(connection: DuckDBConnection, text: string): Promise<Record<string, unknown>[]> {
  const reader = await connection.runAndReadAll(text);
  return reader.getRowObjectsJson();
}
