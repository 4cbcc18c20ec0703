import { readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChiasmError } from '../../base/error.ts';
import { hasCode, isLinkRefusal, isMissing, syncDirectory, syncPath } from '../../base/files.ts';

/**
 * The published snapshot, or undefined before the first publish. `current` is a symbolic link to
 * `snapshots/<n>`, or, where links cannot be made, a text file that says the same. Throws `warehouse-damaged`.
 */
export async function currentSnapshotNumber(warehouse: string): Promise<number | undefined> {
  const target = await readCurrent(join(warehouse, 'current'));
  if (target === undefined) return undefined;
  const digits = /(?:^|[\\/])snapshots[\\/](\d+)[\\/]?\s*$/.exec(target)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new ChiasmError(
    'warehouse-damaged',
    'the warehouse’s `current` names no snapshot: remove it, and the next refresh takes the newest',
    { params: { file: 'current' } },
  );
}

/** Makes a snapshot the published one: in one step, so that readers see the one before or this one. */
export async function moveCurrent(warehouse: string, number: number): Promise<void> {
  const target = join('snapshots', String(number));
  const temporary = join(warehouse, 'current.tmp');
  await rm(temporary, { force: true });
  try {
    await symlink(target, temporary, 'dir');
  } catch (error) {
    if (!isLinkRefusal(error)) throw error;
    await writeFile(temporary, `${target}\n`, { mode: 0o644 });
    await syncPath(temporary);
  }
  await rename(temporary, join(warehouse, 'current'));
  await syncDirectory(warehouse);
}

async function readCurrent(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    // No link: Linux says EINVAL, Windows UNKNOWN.
    if (!hasCode(error, 'EINVAL', 'UNKNOWN')) throw error;
  }
  return readFile(path, 'utf8');
}
