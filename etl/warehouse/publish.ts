import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { listDirectory, syncPath, writeDurably } from '../../base/files.ts';
import type { SnapshotFile, SnapshotManifest } from './snapshot-manifest.ts';
import {
  currentLink,
  currentSnapshotNumber,
  manifestPath,
  renderingPath,
  snapshotsDirectory,
} from './snapshot-paths.ts';

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
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${sha256.slice(0, 24)}-${randomBytes(4).toString('hex')}.parquet`);
  await syncPath(temporary);
  await rename(temporary, path);
  await syncPath(directory);
  const { size } = await stat(path);
  return { path: relative(warehouse, path), rows, bytes: size, sha256 };
}

/**
 * Publishes a snapshot: manifest, then its rendering, then the swap of `current`, which is the commit. Killed
 * anywhere before the swap, readers still see the snapshot before.
 */
export async function publishSnapshot(
  warehouse: string,
  content: Omit<SnapshotManifest, 'number' | 'format'>,
): Promise<SnapshotManifest> {
  await mkdir(snapshotsDirectory(warehouse), { recursive: true });
  const number = await nextSnapshotNumber(warehouse);
  const manifest: SnapshotManifest = { format: 1, number, ...content };
  await renderSnapshot(warehouse, manifest);
  await writeDurably(manifestPath(warehouse, number), `${JSON.stringify(manifest, null, 1)}\n`, 0o644);
  await swapLink(currentLink(warehouse), join('snapshots', String(number)));
  return manifest;
}

/** Removes what a killed publish left behind: snapshots newer than `current`. */
export async function sweepUnpublished(warehouse: string): Promise<void> {
  const current = (await currentSnapshotNumber(warehouse)) ?? 0;
  for (const name of await listDirectory(snapshotsDirectory(warehouse))) {
    const digits = /^(\d+)/.exec(name)?.[1];
    if (digits !== undefined && Number(digits) > current) {
      await rm(join(snapshotsDirectory(warehouse), name), { recursive: true, force: true });
    }
  }
}

/** The number that the next publish will have. */
export async function nextSnapshotNumber(warehouse: string): Promise<number> {
  const names = await listDirectory(snapshotsDirectory(warehouse));
  return 1 + Math.max(0, ...names.map((name) => Number(/^(\d+)/.exec(name)?.[1] ?? 0)));
}

async function renderSnapshot(warehouse: string, manifest: SnapshotManifest): Promise<void> {
  const target = renderingPath(warehouse, manifest.number);
  const temporary = `${target}.tmp`;
  for (const table of manifest.tables.filter(({ schema }) => schema !== 'private')) {
    const directory = join(temporary, table.schema, table.name);
    await mkdir(directory, { recursive: true });
    for (const file of table.files) {
      await link(join(warehouse, file.path), join(directory, basename(file.path)));
    }
    await syncPath(directory);
  }
  await mkdir(temporary, { recursive: true });
  await rename(temporary, target);
  await syncPath(dirname(target));
}

async function swapLink(path: string, target: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
  await syncPath(dirname(path));
}
