import { readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isMissing, listDirectory } from '../../base/files.ts';

export function snapshotsDirectory(warehouse: string): string {
  return join(warehouse, 'snapshots');
}

export function manifestPath(warehouse: string, number: number): string {
  return join(warehouse, 'snapshots', `${number}.json`);
}

/** The directory of hard links that other readers open. */
export function renderingPath(warehouse: string, number: number): string {
  return join(warehouse, 'snapshots', String(number));
}

export function currentLink(warehouse: string): string {
  return join(warehouse, 'current');
}

/** The published snapshot, or undefined before the first publish. */
export async function currentSnapshotNumber(warehouse: string): Promise<number | undefined> {
  try {
    return Number(basename(await readlink(currentLink(warehouse))));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** All snapshot numbers that have a manifest, ascending. */
export async function snapshotNumbers(warehouse: string): Promise<readonly number[]> {
  const names = await listDirectory(snapshotsDirectory(warehouse));
  return names
    .map((name) => /^(\d+)\.json$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}
