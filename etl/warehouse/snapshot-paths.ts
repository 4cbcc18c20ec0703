import { join } from 'node:path';
import { listDirectory } from '../../base/files.ts';

export function snapshotsDirectory(warehouse: string): string {
  return join(warehouse, 'snapshots');
}

export function manifestPath(warehouse: string, number: number): string {
  return join(warehouse, 'snapshots', `${number}.json`);
}

/** The directory that other readers open: links to the snapshot's files, or copies where links cannot be made. */
export function renderingPath(warehouse: string, number: number): string {
  return join(warehouse, 'snapshots', String(number));
}

/** All snapshot numbers that have a manifest, ascending; one that is newer than `current` is not published yet. */
export async function snapshotNumbers(warehouse: string): Promise<readonly number[]> {
  const names = await listDirectory(snapshotsDirectory(warehouse));
  return names
    .map((name) => /^(\d+)\.json$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}
