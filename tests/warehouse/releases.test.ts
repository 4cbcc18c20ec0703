import { chmodSync, existsSync, mkdirSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectories } from '../../etl/refresh/directories.ts';
import type { RefreshOptions } from '../../etl/refresh/refresh-options.ts';
import { resolveAsOf } from '../../etl/warehouse/as-of.ts';
import { adoptFile, publishSnapshot, sweepUnpublished } from '../../etl/warehouse/publish.ts';
import { listReleases, releaseSnapshot, unreleaseSnapshot } from '../../etl/warehouse/release.ts';
import { retireSnapshots } from '../../etl/warehouse/retire.ts';
import { openSnapshot } from '../../etl/warehouse/snapshot.ts';
import { publishedNumbers } from '../../etl/warehouse/snapshot-catalog.ts';
import { directoriesBelow } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { unprivileged } from '../support/unprivileged.ts';

const now = new Date();

/** Publishes `day` (a number of days since 1970): a table and a private one. */
async function publish(data: string, day: number, profile = 'research'): Promise<void> {
  const roots = { marts: join(data, 'warehouse'), private: join(data, 'private') };
  const tables = [];
  for (const schema of ['marts', 'private'] as const) {
    const spooled = join(data, 'spooled.parquet');
    mkdirSync(data, { recursive: true });
    writeFileSync(spooled, `${day}`);
    const file = await adoptFile(roots[schema], schema, 't', spooled, 1);
    tables.push({ schema, name: 't', definition: '', rows: 1, files: [file] });
  }
  const hashes = { keyEpoch: '', modelHash: '', inputHash: '' };
  const createdAt = new Date(day * 864e5 + 3_600_000).toISOString();
  await publishSnapshot(roots.marts, { createdAt, profile, ...hashes, runs: [], tables });
}

const retire = (data: string): Promise<readonly number[]> =>
  retireSnapshots(join(data, 'warehouse'), join(data, 'private'), { keep: 1, graceMs: -1 }, Date.now());

test('a released snapshot stays with its private files until it is unreleased', async () => {
  const data = temporaryDirectory();
  const warehouse = join(data, 'warehouse');
  for (const day of [1, 2, 3]) await publish(data, day);
  await releaseSnapshot(warehouse, 'first', { snapshot: 1, now });
  expect(await retire(data)).toEqual([2]);
  const { manifest } = await openSnapshot(warehouse, 1);
  const files = manifest.tables.flatMap(({ schema, files: [file] }) =>
    join(data, schema === 'private' ? 'private' : 'warehouse', file?.path ?? ''),
  );
  expect(files.every((file) => existsSync(file))).toBe(true);

  // the lease of the line above holds it; a release that cannot be read holds everything
  await unreleaseSnapshot(warehouse, 'first');
  expect(await retire(data)).toEqual([]);
  const fresh = temporaryDirectory();
  for (const day of [1, 2]) await publish(fresh, day);
  await releaseSnapshot(join(fresh, 'warehouse'), 'current-one', { now });
  truncateSync(join(fresh, 'warehouse', 'releases', 'current-one.json'), 20);
  expect(await retire(fresh)).toEqual([]);
  await expect(listReleases(join(fresh, 'warehouse'))).rejects.toMatchObject({ code: 'warehouse-damaged' });
  await unreleaseSnapshot(join(fresh, 'warehouse'), 'current-one');
  expect(await retire(fresh)).toEqual([1]);
});

test('names of releases are neither paths, numbers nor dates, and never come to mean another snapshot', async () => {
  const data = temporaryDirectory();
  const warehouse = join(data, 'warehouse');
  for (const day of [1, 2]) await publish(data, day);
  for (const name of [
    '',
    '17',
    '2024-01-01',
    'current',
    'latest',
    '../x',
    'a/b',
    'A',
    'ä',
    '.x',
    'x'.repeat(64),
  ])
    await expect(releaseSnapshot(warehouse, name, { now }), name).rejects.toMatchObject({
      code: 'release-invalid',
    });
  const made = await releaseSnapshot(warehouse, '2024-q1.final', { snapshot: 1, now });
  expect(await releaseSnapshot(warehouse, '2024-q1.final', { snapshot: 1, now: new Date(0) })).toEqual(made);
  await expect(releaseSnapshot(warehouse, '2024-q1.final', { now })).rejects.toMatchObject({
    code: 'release-exists',
  });
  const racers = await Promise.allSettled(
    [1, 2].map((snapshot) => releaseSnapshot(warehouse, 'race', { snapshot, now })),
  );
  expect(racers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect((await listReleases(warehouse)).map(({ name }) => name)).toEqual(['2024-q1.final', 'race']);
});

test('a day means the snapshot that was current then, or an error that names what is there', async () => {
  const data = temporaryDirectory();
  const warehouse = join(data, 'warehouse');
  await expect(resolveAsOf(warehouse, 'current')).rejects.toMatchObject({ code: 'snapshot-not-found' });
  for (const day of [10, 20, 30]) await publish(data, day);
  await releaseSnapshot(warehouse, 'first', { snapshot: 1, now });
  const asOf = (words: string): Promise<number | string> =>
    resolveAsOf(warehouse, words).catch((error: Error) => error.message);
  const cases = [
    '1970-01-11',
    '1970-01-20',
    '1970-01-21',
    '1970-01-21T00:59:59Z',
    '1970-01-21T02:00:00+01:00',
    '2999-01-01',
  ];
  const found = (): Promise<readonly (number | string)[]> => Promise.all(cases.map(asOf));
  expect(await found()).toEqual([1, 1, 2, 1, 2, 3]);
  expect(await retire(data)).toEqual([2]);
  const gone = expect.stringMatching(
    /^snapshot 2, which was current at 1970-01-21T.*, has expired; there are 3 \(1970-01-31\), 1 \(1970-01-11\)/,
  );
  expect(await found()).toEqual([1, 1, gone, 1, gone, 3]);
  expect(await asOf('2')).toMatch(/^snapshot 2 of 1970-01-21T01:00:00.000Z has expired; there are/);
  expect(await asOf('1970-01-10')).toMatch(/nothing was published yet; there are/);
  expect(await asOf('1970-02-31')).toMatch(/^there is no release|^that is no number/);
});

test('a publish that is under way is not there yet; without `current` the newest whole snapshot is', async () => {
  const data = temporaryDirectory();
  const warehouse = join(data, 'warehouse');
  for (const day of [1, 2]) await publish(data, day);
  await releaseSnapshot(warehouse, 'first', { snapshot: 1, now });
  writeFileSync(join(warehouse, 'snapshots', '3.json'), '{}');
  await expect(openSnapshot(warehouse, 3)).rejects.toMatchObject({ code: 'snapshot-not-found' });
  expect(await publishedNumbers(warehouse)).toEqual([1, 2]);
  await sweepUnpublished(warehouse);
  expect(existsSync(join(warehouse, 'snapshots', '3.json'))).toBe(false);
  // what a restore does that knows no links
  unlinkSync(join(warehouse, 'current'));
  await sweepUnpublished(warehouse);
  expect((await openSnapshot(warehouse)).number).toBe(2);
});

test('who may only read the warehouse reads it; nobody else does while it shows people', async () => {
  const data = temporaryDirectory();
  const directories = directoriesBelow(data);
  await publish(join(data, 'data'), 1, 'identified');
  await publish(join(data, 'data'), 2);
  const mode = async (): Promise<number> => {
    await makeDirectories({ directories, profile: 'research' } as RefreshOptions);
    return statSync(directories.warehouse).mode & 0o777;
  };
  expect(await mode()).toBe(0o700);
  await retire(join(data, 'data'));
  expect(await mode()).toBe(0o755);
  for (const path of [data, directories.warehouse, join(directories.warehouse, 'leases')]) {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o555);
  }
  const number = await unprivileged(async () => {
    const handle = await openSnapshot(directories.warehouse);
    await handle.renew();
    await handle.release();
    return handle.number;
  });
  expect(number).toBe(2);
});
