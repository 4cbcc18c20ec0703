import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { adoptFile, publishSnapshot, sweepUnpublished } from '../../etl/warehouse/publish.ts';
import { retireSnapshots } from '../../etl/warehouse/retire.ts';
import { attachSnapshot, openSnapshot } from '../../etl/warehouse/snapshot.ts';
import type { SnapshotManifest } from '../../etl/warehouse/snapshot-manifest.ts';
import { snapshotNumbers } from '../../etl/warehouse/snapshot-paths.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const instance = await openDuckDB();

/** Publishes two tables whose every row carries the same generation. */
async function publish(warehouse: string, generation: number): Promise<SnapshotManifest> {
  const connection = await instance.connect();
  await mkdir(warehouse, { recursive: true });
  const tables = [];
  for (const name of ['patients', 'outcomes']) {
    const file = join(warehouse, `${name}.tmp`);
    await connection.run(
      `copy (select ${generation} as generation, i from range(1000) t(i)) to '${file}' (format parquet)`,
    );
    const adopted = await adoptFile(warehouse, 'marts', name, file, 1000);
    tables.push({ schema: 'marts' as const, name, definition: '', rows: 1000, files: [adopted] });
  }
  connection.closeSync();
  return publishSnapshot(warehouse, {
    createdAt: new Date(generation).toISOString(),
    profile: 'research',
    keyEpoch: '',
    modelHash: '',
    inputHash: String(generation),
    runs: [],
    tables,
  });
}

test('readers that open two tables while 20 publishes pass never see two generations', async () => {
  const warehouse = temporaryDirectory();
  await publish(warehouse, 0);
  let isDone = false;
  const seen = new Set<number>();
  const read = async (reader: number): Promise<void> => {
    const connection = await instance.connect();
    for (let turn = 0; !isDone; turn++) {
      const handle = await openSnapshot(warehouse);
      const catalog = `r${reader}_${turn}`;
      await attachSnapshot(connection, handle, catalog);
      const rows = await queryJson(
        connection,
        `select distinct p.generation as a, o.generation as b
         from ${catalog}.marts.patients p join ${catalog}.marts.outcomes o using (i)`,
      );
      expect(rows).toHaveLength(1);
      expect(rows[0]?.['a']).toBe(rows[0]?.['b']);
      seen.add(Number(rows[0]?.['a']));
      await connection.run(`detach ${catalog}`);
      await handle.release();
    }
    connection.closeSync();
  };
  const readers = [0, 1, 2, 3].map(read);
  for (let generation = 1; generation <= 20; generation++) {
    await publish(warehouse, generation);
    await retireSnapshots(warehouse, `${warehouse}/private`, { keep: 1, graceMs: 0 }, Date.now());
  }
  isDone = true;
  await Promise.all(readers);
  expect(seen.size).toBeGreaterThan(2);
});

test('a lease keeps a snapshot that retention would take; without it snapshot and files go', async () => {
  const warehouse = temporaryDirectory();
  await publish(warehouse, 1);
  const handle = await openSnapshot(warehouse, 1);
  await publish(warehouse, 2);
  expect(
    await retireSnapshots(warehouse, `${warehouse}/private`, { keep: 1, graceMs: 0 }, Date.now()),
  ).toEqual([]);
  expect(handle.tables.every((table) => table.files.every((file) => existsSync(file)))).toBe(true);
  await handle.release();
  expect(
    await retireSnapshots(warehouse, `${warehouse}/private`, { keep: 1, graceMs: 3_600_000 }, Date.now()),
  ).toEqual([]);
  expect(
    await retireSnapshots(warehouse, `${warehouse}/private`, { keep: 1, graceMs: 0 }, Date.now()),
  ).toEqual([1]);
  expect(handle.tables.some((table) => table.files.some((file) => existsSync(file)))).toBe(false);
  await expect(openSnapshot(warehouse, 1)).rejects.toMatchObject({ code: 'snapshot-not-found' });
  expect((await openSnapshot(warehouse)).number).toBe(2);
});

test('a publish killed before its commit is invisible and is swept away', async () => {
  const warehouse = temporaryDirectory();
  await publish(warehouse, 1);
  await publish(warehouse, 2);
  // the kill: everything of snapshot 2 is there, only the link was not swapped yet
  await rm(join(warehouse, 'current'));
  await symlink(join('snapshots', '1'), join(warehouse, 'current'));
  expect((await openSnapshot(warehouse)).number).toBe(1);
  await sweepUnpublished(warehouse);
  expect(await snapshotNumbers(warehouse)).toEqual([1]);
  expect((await publish(warehouse, 3)).number).toBe(2);
  expect(await readdir(join(warehouse, 'snapshots', '2', 'marts'))).toEqual(['outcomes', 'patients']);
});
