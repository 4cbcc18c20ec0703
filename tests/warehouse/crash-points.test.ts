import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveAsOf } from '../../etl/warehouse/as-of.ts';
import { adoptFile, publishSnapshot, sweepUnpublished } from '../../etl/warehouse/publish.ts';
import { releaseSnapshot } from '../../etl/warehouse/release.ts';
import { deleteUnnamedFiles, finishRetirements, retireSnapshots } from '../../etl/warehouse/retire.ts';
import { openSnapshot } from '../../etl/warehouse/snapshot.ts';
import { listRetired, publishedNumbers } from '../../etl/warehouse/snapshot-catalog.ts';
import type { SnapshotManifest } from '../../etl/warehouse/snapshot-manifest.ts';
import { renderingPath } from '../../etl/warehouse/snapshot-paths.ts';
import { systemError, type WatchedOperation, watchFileOperations } from '../support/file-operations.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Publishes two tables and a private one, whose files all say the generation. */
async function publish(data: string, generation: number): Promise<SnapshotManifest> {
  const [warehouse, own] = [join(data, 'warehouse'), join(data, 'private')];
  const tables = [];
  for (const [schema, name] of [
    ['marts', 'patients'],
    ['staging', 'patient'],
    ['private', 'record'],
  ] as const) {
    const spooled = join(own, 'spool', `${name}.parquet`);
    mkdirSync(dirname(spooled), { recursive: true });
    writeFileSync(spooled, `${generation}`);
    const file = await adoptFile(schema === 'private' ? own : warehouse, schema, name, spooled, 1);
    tables.push({ schema, name, definition: '', rows: 1, files: [file] });
  }
  return publishSnapshot(warehouse, {
    createdAt: new Date(generation * 864e5).toISOString(),
    profile: 'research',
    keyEpoch: '',
    modelHash: '',
    inputHash: String(generation),
    runs: [],
    tables,
  });
}

/** What a refresh does to the warehouse, from its first step to its last; every superseded snapshot may go. */
async function refreshWarehouse(data: string, generation: number): Promise<void> {
  const [warehouse, own] = [join(data, 'warehouse'), join(data, 'private')];
  await sweepUnpublished(warehouse);
  await finishRetirements(warehouse);
  await deleteUnnamedFiles(warehouse, own);
  await publish(data, generation);
  await retireSnapshots(warehouse, own, { keep: 1, graceMs: -1 }, Date.now());
}

/** The generation that all files of a snapshot say, private and rendered ones included. */
async function generationOf(data: string, number?: number): Promise<number> {
  const warehouse = join(data, 'warehouse');
  const handle = await openSnapshot(warehouse, number);
  await handle.release();
  const said = new Set<string>();
  for (const { schema, name, files } of handle.manifest.tables) {
    for (const { path } of files) {
      said.add(readFileSync(join(data, schema === 'private' ? 'private' : 'warehouse', path), 'utf8'));
      if (schema === 'private') continue;
      const rendered = join(renderingPath(warehouse, handle.number), schema, name);
      expect(readdirSync(rendered)).toEqual([basename(path)]);
      said.add(readFileSync(join(rendered, basename(path)), 'utf8'));
    }
  }
  expect(said.size).toBe(1);
  return Number([...said][0]);
}

/** Every file below a directory, relative to it. */
function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true })
    .map(String)
    .filter((name) => !name.startsWith('current/') && statSync(join(directory, name)).isFile())
    .sort();
}

/** A warehouse with generation 1 released, generation 2 half retired, generation 3 current. */
async function makeWarehouse(): Promise<string> {
  const data = temporaryDirectory();
  await publish(data, 1);
  await releaseSnapshot(join(data, 'warehouse'), 'first', { now: new Date(0) });
  await publish(data, 2);
  await publish(data, 3);
  return data;
}

test('killed before any operation of a refresh, readers see a whole snapshot and the next refresh leaves no trace', async () => {
  const original = await makeWarehouse();
  const warehouseOf = (data: string): string => join(data, 'warehouse');
  let isWhole = false;
  let kills = 0;
  for (let last = 0; !isWhole; last++) {
    const data = temporaryDirectory();
    await cp(original, data, { recursive: true, verbatimSymlinks: true });
    let done = 0;
    let isDead = false;
    const watch = watchFileOperations(
      () => {
        // A dead process does nothing any more: what would clean up behind it does not run either.
        isDead ||= done++ === last;
        if (isDead) throw systemError('KILLED');
      },
      { isSyncing: false },
    );
    const ended = await refreshWarehouse(data, 4).catch((error: NodeJS.ErrnoException) => error.code);
    isDead = false;
    done = last + 1;
    isWhole = ended === undefined;
    if (!isWhole) {
      expect(ended).toBe('KILLED');
      kills++;
    }

    const seen = await generationOf(data);
    expect([3, 4]).toContain(seen);
    expect(await generationOf(data, await resolveAsOf(warehouseOf(data), 'first'))).toBe(1);
    for (const number of await publishedNumbers(warehouseOf(data))) {
      const handle = await openSnapshot(warehouseOf(data), number);
      await handle.release();
      for (const table of handle.tables) expect(table.files.every((file) => existsSync(file))).toBe(true);
    }

    await refreshWarehouse(data, 5);
    expect(await generationOf(data)).toBe(5);
    expect(await generationOf(data, 1)).toBe(1);
    const numbers = await publishedNumbers(warehouseOf(data));
    expect(numbers).toEqual([1, seen === 4 ? 5 : 4]);
    expect([...(await listRetired(warehouseOf(data))).keys()].sort()).toEqual(
      seen === 4 ? [2, 3, 4] : [2, 3],
    );
    // nothing but what the two snapshots name
    const expected = numbers.flatMap((number) => [
      `snapshots/${number}.json`,
      ...['marts/patients', 'staging/patient'].map((table) => `snapshots/${number}/${table}/`),
    ]);
    const found = filesBelow(warehouseOf(data)).map((name) => name.replace(/[^/]*\.parquet$/, ''));
    expect([...new Set(found)].sort()).toEqual(
      [
        ...expected,
        'files/marts/patients/',
        'files/staging/patient/',
        'releases/first.json',
        'snapshots/retired.ndjson',
      ].sort(),
    );
    expect(found.filter((name) => name.startsWith('files/'))).toHaveLength(4);
    expect(filesBelow(join(data, 'private', 'files'))).toHaveLength(2);
    watch.stop();
  }
  expect(kills).toBeGreaterThan(50);
});

test('everything that a snapshot needs is on the disk before `current` names it, and then `current` is', async () => {
  const data = await makeWarehouse();
  const unsynced = new Set<string>();
  let committed: 'no' | 'moved' | 'synced' = 'no';
  const own = (path: string): boolean => path.startsWith(data) && !path.includes('/spool/');
  watchFileOperations(({ name, paths }: WatchedOperation) => {
    if (name === 'sync') {
      unsynced.delete(paths[0] ?? '');
      if (committed === 'moved' && paths[0] === join(data, 'warehouse')) committed = 'synced';
      return;
    }
    if (name === 'open' || name === 'rm') return;
    const to = paths.at(-1) ?? '';
    if (to === join(data, 'warehouse', 'current')) {
      expect([...unsynced].filter((path) => path !== join(data, 'warehouse'))).toEqual([]);
      committed = 'moved';
      return;
    }
    if (!own(to)) return;
    if (name === 'mkdir') {
      for (let made = to; !existsSync(made); made = dirname(made)) unsynced.add(made).add(dirname(made));
      return;
    }
    unsynced.add(dirname(to));
    // A link is a name only; what moves takes along whether its content is on the disk.
    if (name === 'writeFile' || name === 'copyFile') unsynced.add(to);
    if (name === 'rename' && unsynced.delete(paths[0] ?? '')) unsynced.add(to);
  });
  await publish(data, 4);
  expect(committed).toBe('synced');
});
