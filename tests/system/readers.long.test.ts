import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { attachSnapshot, openSnapshot } from '../../etl/warehouse/snapshot.ts';
import { startServer } from '../../serve/http-server.ts';
import { signToken } from '../../serve/token.ts';
import { chiasm } from '../cli/run-chiasm.ts';
import { directoriesBelow, ndjson, refreshOnce, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const SECRET = 's'.repeat(32);
const REFRESHES = 20;
const CATALOG_READERS = 20;
const CUBE_READERS = 20;
const LEASED_READERS = 8;
const OUTSIDE_READERS = 2;

/** A centre in which every patient and every encounter was last written in the same generation. */
function writeGeneration(directory: string, generation: number): void {
  const meta = { lastUpdated: new Date(Date.UTC(2024, 0, 1) + generation * 864e5).toISOString() };
  const patients = Array.from({ length: generation + 1 }, (_, id) => ({
    resourceType: 'Patient',
    id: String(id),
    meta,
  }));
  const encounters = patients.map(({ id }) => ({
    resourceType: 'Encounter',
    id,
    meta,
    status: 'finished',
    class: { code: 'AMB' },
    subject: { reference: `Patient/${id}` },
    period: { start: '2024-01-01' },
  }));
  writeFiles(directory, { 'fhir/all.ndjson': ndjson(...patients, ...encounters) });
}

test('while 20 refreshes publish, none of 50 readers meets an error or joins two snapshots: REST, catalog, leased and outside ones', async () => {
  const directory = temporaryDirectory();
  const sources: readonly Source[] = [{ name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') }];
  writeFiles(directory, {
    'chiasm.yaml': [
      'data: data',
      // the grace is what protects readers from outside, who hold no lease
      'snapshots: { keep: 1, grace: 60s }',
      'sources: [{ name: ehr, kind: fhir-folder, path: fhir }]',
    ].join('\n'),
  });
  writeGeneration(directory, 0);
  await refreshOnce(directory, sources);
  const server = await startServer({
    warehouse: directoriesBelow(directory).warehouse,
    host: '127.0.0.1',
    port: 0,
    secret: SECRET,
    demo: false,
    log: () => {},
  });
  const authorization = `Bearer ${signToken({ subject: 't', group: 'analysts', secret: SECRET, expiresIn: '1h' })}`;
  let isDone = false;
  const generations = new Set<number>();

  const readServer = async (): Promise<void> => {
    while (!isDone) {
      const response = await fetch(`${server.url}/catalog`, { headers: { authorization } });
      expect(response.status).toBe(200);
      const { datasets } = (await response.json()) as {
        datasets: { schema: string; table: string; rows: number }[];
      };
      const rows = (name: string): number =>
        datasets.find((each) => each.schema === 'marts' && each.table === name)?.rows ?? -1;
      expect(rows('encounters')).toBe(rows('patients'));
      generations.add(rows('patients'));
    }
  };
  /** Asks two questions of one snapshot: the second names the one that the first was answered from. */
  const readCube = async (): Promise<void> => {
    const ask = async (measure: string, snapshot?: string): Promise<[number, string]> => {
      for (;;) {
        const query = encodeURIComponent(JSON.stringify({ measures: [measure] }));
        const headers = { authorization, ...(snapshot && { 'X-Chiasm-Snapshot': snapshot }) };
        const response = await fetch(`${server.url}/cubejs-api/v1/load?query=${query}`, { headers });
        expect(response.status).toBe(200);
        const body = (await response.json()) as { data?: readonly Record<string, string>[]; error?: string };
        if (body.error === 'Continue wait') continue;
        return [Number(body.data?.[0]?.[measure]), response.headers.get('x-chiasm-snapshot') ?? ''];
      }
    };
    while (!isDone) {
      const [patients, snapshot] = await ask('population.patients');
      expect(await ask('visits.encounters', snapshot)).toEqual([patients, snapshot]);
      generations.add(patients);
    }
  };
  const readLeased = async (reader: number): Promise<void> => {
    const instance = await openDuckDB();
    const connection = await instance.connect();
    for (let turn = 0; !isDone; turn++) {
      const handle = await openSnapshot(directoriesBelow(directory).warehouse);
      const catalog = `r${reader}_${turn}`;
      await attachSnapshot(connection, handle, catalog);
      const [row] = await queryJson(
        connection,
        `select (select count(*) from ${catalog}.marts.patients) as p, (select count(*) from ${catalog}.marts.encounters) as e`,
      );
      expect(row?.['e']).toBe(row?.['p']);
      await connection.run(`detach ${catalog}`);
      await handle.release();
    }
    connection.closeSync();
    instance.closeSync();
  };
  const readOutside = async (): Promise<void> => {
    const instance = await openDuckDB();
    const connection = await instance.connect();
    const program = join(packageRoot, 'dist/cli/chiasm.js');
    while (!isDone) {
      const parameters = [program, 'snapshots', 'path', '-c', join(directory, 'chiasm.yaml')];
      const path = (await promisify(execFile)(process.execPath, parameters)).stdout.trim();
      const rows = await queryJson(
        connection,
        `select (select count(*) from '${path}/marts/patients/*.parquet') as p,
           (select count(*) from '${path}/marts/encounters/*.parquet') as e`,
      );
      expect(rows[0]?.['e']).toBe(rows[0]?.['p']);
    }
    connection.closeSync();
    instance.closeSync();
  };
  const start = (count: number, read: (reader: number) => Promise<void>): readonly Promise<void>[] =>
    Array.from({ length: count }, (_, reader) => read(reader));
  // Awaited at once: a reader's error must not wait for the last refresh.
  const readers = Promise.all([
    ...start(CATALOG_READERS, readServer),
    ...start(CUBE_READERS, readCube),
    ...start(LEASED_READERS, readLeased),
    ...start(OUTSIDE_READERS, readOutside),
  ]);
  for (let generation = 1; generation <= REFRESHES; generation++) {
    writeGeneration(directory, generation);
    const { code, out } = await chiasm(['refresh', '--json', '-c', join(directory, 'chiasm.yaml')]);
    expect(code).toBe(0);
    expect(JSON.parse(out.toString())).toMatchObject({ status: 'published' });
  }
  isDone = true;
  await readers;
  await server.close();
  expect(generations.size).toBeGreaterThan(5);
});
