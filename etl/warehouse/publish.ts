import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { listDirectory, makeDirectory, moveDurably, writeDurably } from '../../base/files.ts';
import { currentSnapshotNumber, moveCurrent } from './current.ts';
import { releasedSnapshots } from './release.ts';
import { renderSnapshot } from './rendering.ts';
import type { SnapshotFile, SnapshotManifest } from './snapshot-manifest.ts';
import { manifestPath, snapshotNumbers, snapshotsDirectory } from './snapshot-paths.ts';

/**
 * Takes a finished temporary Parquet file into `files/<schema>/<table>/`, durable before it is visible. Its name begins
 * with its hash and is used once: two files of one table may have the same content.
 */
export async function adoptFile(
  warehouse: string,
  schema: string,
  table: string,
  temporary: string,
  rows: number,
): Promise<SnapshotFile> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(temporary), hash);
  const sha256 = hash.digest('hex');
  const directory = join(warehouse, 'files', schema, table);
  await makeDirectory(directory);
  const path = join(directory, `${sha256.slice(0, 24)}-${randomBytes(4).toString('hex')}.parquet`);
  await moveDurably(temporary, path);
  const { size } = await stat(path);
  return { path: relative(warehouse, path), rows, bytes: size, sha256 };
}

/**
 * Publishes a snapshot: its rendering, its manifest, then the swap of `current`, which is the commit. Each step is
 * on the disk before the next begins. Killed anywhere before the swap, readers still see the snapshot before.
 */
export async function publishSnapshot(
  warehouse: string,
  content: Omit<SnapshotManifest, 'number' | 'format'>,
): Promise<SnapshotManifest> {
  await makeDirectory(snapshotsDirectory(warehouse));
  const number = await nextSnapshotNumber(warehouse);
  const manifest: SnapshotManifest = { format: 1, number, ...content };
  await renderSnapshot(warehouse, manifest);
  await writeDurably(manifestPath(warehouse, number), `${JSON.stringify(manifest, null, 1)}\n`, 0o644);
  await moveCurrent(warehouse, number);
  return manifest;
}

/**
 * Where `current` was lost, or a backup brought back an older one than has been released, the newest snapshot becomes it:
 * a manifest is written after everything that it names.
 */
export async function recoverCurrent(warehouse: string): Promise<void> {
  const newest = (await snapshotNumbers(warehouse)).at(-1);
  const current = await currentSnapshotNumber(warehouse);
  const released = [...((await releasedSnapshots(warehouse)) ?? [])];
  const isStale = current === undefined || released.some((number) => number > current);
  if (newest !== undefined && isStale) await moveCurrent(warehouse, newest);
}

/** Removes what a killed publish left behind: snapshots newer than `current`, and what was half written. */
export async function sweepUnpublished(warehouse: string): Promise<void> {
  await recoverCurrent(warehouse);
  const current = (await currentSnapshotNumber(warehouse)) ?? 0;
  for (const name of await listDirectory(warehouse)) {
    if (/^current\..*tmp$/.test(name)) await rm(join(warehouse, name), { force: true });
  }
  for (const name of await listDirectory(snapshotsDirectory(warehouse))) {
    const digits = /^(\d+)/.exec(name)?.[1];
    if (name.endsWith('.tmp') || (digits !== undefined && Number(digits) > current)) {
      await rm(join(snapshotsDirectory(warehouse), name), { recursive: true, force: true });
    }
  }
}

/** The number that the next publish will have: one that no snapshot had, also none that has been retired. */
export async function nextSnapshotNumber(warehouse: string): Promise<number> {
  const names = await listDirectory(snapshotsDirectory(warehouse));
  const numbers = names.map((name) => Number(/^(\d+)/.exec(name)?.[1] ?? 0));
  return 1 + Math.max(0, (await currentSnapshotNumber(warehouse)) ?? 0, ...numbers);
}
