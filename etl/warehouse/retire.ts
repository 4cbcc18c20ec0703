import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listDirectory } from '../../base/files.ts';
import { leasedSnapshots } from './lease.ts';
import { readManifest } from './snapshot.ts';
import {
  currentSnapshotNumber,
  manifestPath,
  renderingPath,
  snapshotNumbers,
  snapshotsDirectory,
} from './snapshot-paths.ts';

export interface RetentionPolicy {
  /** The newest snapshots that always stay. */
  readonly keep: number;
  /** A snapshot superseded less than this ago stays: somebody may have just resolved its path. */
  readonly graceMs: number;
}

/** Retires old snapshots that nobody reads, and the files that no snapshot names. Returns the retired numbers. */
export async function retireSnapshots(
  warehouse: string,
  privateDirectory: string,
  policy: RetentionPolicy,
  now: number,
): Promise<readonly number[]> {
  const current = await currentSnapshotNumber(warehouse);
  const numbers = (await snapshotNumbers(warehouse)).filter((number) => number !== current);
  const candidates = numbers.slice(0, Math.max(0, numbers.length - Math.max(0, policy.keep - 1)));
  const retired: number[] = [];
  for (const [position, number] of candidates.entries()) {
    const successor = numbers[position + 1] ?? current;
    if (successor === undefined) continue;
    const { mtimeMs: supersededMs } = await stat(manifestPath(warehouse, successor));
    if (now - supersededMs < policy.graceMs) continue;
    if (await withdraw(warehouse, number, now)) retired.push(number);
  }
  if (retired.length > 0) await deleteUnnamedFiles(warehouse, privateDirectory);
  return retired;
}

/** Takes back what a retirement that was killed in its middle had hidden; the next one decides anew. */
export async function restoreHiddenManifests(warehouse: string): Promise<void> {
  for (const name of await listDirectory(snapshotsDirectory(warehouse))) {
    if (!name.endsWith('.json.retired')) continue;
    const hidden = join(snapshotsDirectory(warehouse), name);
    await rename(hidden, hidden.slice(0, -'.retired'.length));
  }
}

/** Hides the manifest first, then looks for leases: a reader that comes late finds no manifest and opens `current`. */
async function withdraw(warehouse: string, number: number, now: number): Promise<boolean> {
  const path = manifestPath(warehouse, number);
  const hidden = `${path}.retired`;
  await rename(path, hidden);
  if ((await leasedSnapshots(warehouse, now)).has(number)) {
    await rename(hidden, path);
    return false;
  }
  await rm(renderingPath(warehouse, number), { recursive: true, force: true });
  await rm(hidden);
  return true;
}

/** Deletes the table files that no snapshot names. Only the writer may call it. */
export async function deleteUnnamedFiles(warehouse: string, privateDirectory: string): Promise<void> {
  const named = new Set<string>();
  for (const number of await snapshotNumbers(warehouse)) {
    const manifest = await readManifest(warehouse, number);
    for (const table of manifest?.tables ?? []) {
      for (const file of table.files) {
        named.add(join(table.schema === 'private' ? privateDirectory : warehouse, file.path));
        if (file.lineage !== undefined) named.add(join(privateDirectory, file.lineage));
      }
    }
  }
  for (const root of [join(warehouse, 'files'), join(privateDirectory, 'files')]) {
    for (const schema of await listDirectory(root)) {
      for (const table of await listDirectory(join(root, schema))) {
        for (const name of await listDirectory(join(root, schema, table))) {
          const path = join(root, schema, table, name);
          if (!named.has(path)) await rm(path);
        }
      }
    }
  }
}
