import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { startServer } from '../../serve/http-server.ts';
import { signToken } from '../../serve/token.ts';
import { directoriesBelow, ndjson, refreshOnce, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const SECRET = 's'.repeat(32);
const REFRESHES = 20;

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

test('while 20 refreshes publish, no reader ever joins two snapshots: server and outside readers', async () => {
  const directory = temporaryDirectory();
  const sources: readonly Source[] = [{ name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') }];
  writeFiles(directory, {
    'chiasm.yaml': 'data: data\nsources: [{ name: ehr, kind: fhir-folder, path: fhir }]\n',
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
  const readers = [readServer(), readServer(), readOutside()];
  for (let generation = 1; generation <= REFRESHES; generation++) {
    writeGeneration(directory, generation);
    // the grace is what protects readers from outside, who hold no lease
    const outcome = await refreshOnce(directory, sources, { retention: { keep: 1, graceMs: 30_000 } });
    expect(outcome.status).toBe('published');
  }
  isDone = true;
  await Promise.all(readers);
  await server.close();
  expect(generations.size).toBeGreaterThan(5);
});
