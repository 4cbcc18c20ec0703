import { copyFile, mkdir, open, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** The names in a directory; none where it does not exist. */
export async function listDirectory(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Is there a file of this name? */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Is it the error of a file that does not exist? */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT');
}

/** Is it an error of the operating system with one of these codes? */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/**
 * Is it how a file system refuses a link that it cannot make: network shares, other disks, too many links, Windows
 * without the right? (Windows says EISDIR for file systems that know no links.)
 */
export function isLinkRefusal(error: unknown): boolean {
  return hasCode(
    error,
    'EPERM',
    'EACCES',
    'ENOTSUP',
    'EOPNOTSUPP',
    'ENOSYS',
    'EXDEV',
    'EMLINK',
    'EISDIR',
    'UNKNOWN',
  );
}

/** Writes a file so that it is either whole or absent, also after a power cut. */
export async function writeDurably(path: string, text: string, mode = 0o600): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeFile(temporary, text, { mode });
  await syncPath(temporary);
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Moves a file onto another name, from another disk, too, so that it is there whole or not at all. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await syncPath(from);
  try {
    await rename(from, to);
  } catch (error) {
    if (!hasCode(error, 'EXDEV')) throw error;
    const temporary = `${to}.tmp`;
    await copyFile(from, temporary);
    await syncPath(temporary);
    await rename(temporary, to);
  }
  await syncDirectory(dirname(to));
}

/** Makes a directory and those above it that are missing; all are there after a power cut. */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = resolve(path); made !== dirname(made); made = dirname(made)) {
    await syncDirectory(dirname(made));
    if (made === resolve(first)) return;
  }
}

/** Forces a file onto the disk. */
export async function syncPath(path: string): Promise<void> {
  // Windows flushes only what is open for writing.
  const handle = await open(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Forces the names in a directory onto the disk, where the system lets a directory be forced. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    await syncPath(path);
  } catch (error) {
    const isUnable = hasCode(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS');
    const isWindows = process.platform === 'win32' && hasCode(error, 'EISDIR', 'EPERM', 'EACCES');
    if (!isUnable && !isWindows) throw error;
  }
}
