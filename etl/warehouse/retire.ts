import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listDirectory, syncDirectory } from '../../base/files.ts';
import { currentSnapshotNumber } from './current.ts';
import { leasedSnapshots } from './lease.ts';
import { releasedSnapshots } from './release.ts';
import { publishedNumbers, rememberRetired } from './snapshot-catalog.ts';
import { readManifest } from './snapshot-manifest.ts';
import { manifestPath, renderingPath, snapshotNumbers, snapshotsDirectory } from './snapshot-paths.ts';

export interface RetentionPolicy {
  /** The newest snapshots that always stay. */
  readonly keep: number;
  /** A snapshot superseded less than this ago stays: somebody may have just resolved its path. */
  readonly graceMs: number;
}

/**
 * Retires old snapshots that nobody reads and that no release names, and the files that no snapshot names; none while a
 * release cannot be read. Returns the retired numbers.
 */
export async function retireSnapshots(
  warehouse: string,
  privateDirectory: string,
  policy: RetentionPolicy,
  now: number,
): Promise<readonly number[]> {
  const current = await currentSnapshotNumber(warehouse);
  const released = await releasedSnapshots(warehouse);
  if (released === undefined) return [];
  const numbers = (await publishedNumbers(warehouse)).filter((number) => number !== current);
  const candidates = numbers.slice(0, Math.max(0, numbers.length - Math.max(0, policy.keep - 1)));
  const retired: number[] = [];
  for (const [position, number] of candidates.entries()) {
    const successor = numbers[position + 1] ?? current;
    if (successor === undefined || released.has(number)) continue;
    const { mtimeMs: supersededMs } = await stat(manifestPath(warehouse, successor));
    if (now - supersededMs < policy.graceMs) continue;
    if (await withdraw(warehouse, number, now)) retired.push(number);
  }
  if (retired.length > 0) await deleteUnnamedFiles(warehouse, privateDirectory);
  return retired;
}

/**
 * Ends what a retirement that was killed in its middle had begun: a manifest that was only hidden comes back, and the
 * next retirement decides anew; one that was given up goes with its rendering.
 */
export async function finishRetirements(warehouse: string): Promise<void> {
  for (const name of await listDirectory(snapshotsDirectory(warehouse))) {
    const path = join(snapshotsDirectory(warehouse), name);
    if (name.endsWith(HIDDEN)) await rename(path, path.slice(0, -HIDDEN.length));
    else if (name.endsWith(GIVEN_UP)) await remove(warehouse, Number.parseInt(name, 10), path);
  }
}

const HIDDEN = '.retired';
const GIVEN_UP = '.gone';

/**
 * Hides the manifest first, then looks for leases and releases: a reader that comes late finds no manifest and opens
 * `current`, and one who releases a snapshot holds a lease on it.
 */
async function withdraw(warehouse: string, number: number, now: number): Promise<boolean> {
  const manifest = await readManifest(warehouse, number);
  if (manifest === undefined) return false;
  const path = manifestPath(warehouse, number);
  await rename(path, `${path}${HIDDEN}`);
  // Leases first: who holds one may write a release and give the lease back between the two looks.
  const isLeased = (await leasedSnapshots(warehouse, now)).has(number);
  const isWanted = isLeased || ((await releasedSnapshots(warehouse))?.has(number) ?? true);
  if (isWanted) {
    await rename(`${path}${HIDDEN}`, path);
    return false;
  }
  const { createdAt } = manifest;
  await rememberRetired(warehouse, { number, createdAt, retiredAt: new Date(now).toISOString() });
  await rename(`${path}${HIDDEN}`, `${path}${GIVEN_UP}`);
  await syncDirectory(snapshotsDirectory(warehouse));
  await remove(warehouse, number, `${path}${GIVEN_UP}`);
  return true;
}

async function remove(warehouse: string, number: number, manifest: string): Promise<void> {
  await rm(renderingPath(warehouse, number), { recursive: true, force: true });
  await rm(manifest);
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
