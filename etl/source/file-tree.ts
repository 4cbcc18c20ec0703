import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface TreeFile {
  readonly path: string;
  /** Path below the root, `/`-separated, nothing encoded. Of a directory that cannot be listed it ends in `/`. */
  readonly uri: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** A name that cannot be looked at (a dangling link, no permission), or a directory that cannot be listed. */
  readonly isUnreachable: boolean;
}

/**
 * Every regular file below `root` in the order of its uri (by code point, which is the order of the bytes of UTF-8).
 * Names that begin with a dot are passed over; links are followed, but never into a directory that is being walked.
 * Memory holds the names of the directories on the way, not those of the tree. Rejects when the root is no readable
 * directory.
 */
export async function* walkTree(root: string): AsyncGenerator<TreeFile> {
  const { dev, ino } = await stat(root);
  yield* walkDirectory(root, '', [`${dev}:${ino}`]);
}

/** Orders texts by code point. JavaScript's own order is another where surrogate pairs meet U+E000 to U+FFFF. */
export function compareCodePoints(left: string, right: string): number {
  const end = Math.min(left.length, right.length);
  for (let at = 0; at < end; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return codePointRank(a) - codePointRank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points beyond all others. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

interface Entry {
  readonly name: string;
  /** As it sorts among its siblings: a directory sorts as the beginning of its files' uris. */
  readonly order: string;
  readonly file: TreeFile | undefined;
  readonly directoryId: string | undefined;
}

const BATCH = 64;

async function* walkDirectory(
  directory: string,
  prefix: string,
  ancestors: readonly string[],
): AsyncGenerator<TreeFile> {
  const listed = await listDirectory(directory);
  if (listed === undefined) {
    if (prefix === '') throw new Error('the root is no directory that can be listed');
    yield { path: directory, uri: prefix, size: 0, mtimeMs: 0, isUnreachable: true };
    return;
  }
  const ordered = await orderEntries(directory, listed);
  for (let start = 0; start < ordered.length; start += BATCH) {
    const batch = await Promise.all(
      ordered.slice(start, start + BATCH).map((entry) => inspect(directory, prefix, entry)),
    );
    for (const entry of batch) {
      if (entry.file !== undefined) yield entry.file;
      else if (entry.directoryId !== undefined && !ancestors.includes(entry.directoryId)) {
        yield* walkDirectory(join(directory, entry.name), `${prefix}${entry.order}`, [
          ...ancestors,
          entry.directoryId,
        ]);
      }
    }
  }
}

/** Without the names that are not UTF-8 and look alike once they are decoded: none of them can be opened. */
async function orderEntries(
  directory: string,
  listed: readonly Dirent[],
): Promise<readonly Pick<Entry, 'name' | 'order'>[]> {
  const named = await Promise.all(
    listed
      .filter((entry) => !entry.name.startsWith('.'))
      .map(async (entry) => {
        const isDirectory = await leadsToDirectory(directory, entry);
        return { name: entry.name, order: isDirectory ? `${entry.name}/` : entry.name };
      }),
  );
  return named
    .sort((left, right) => compareCodePoints(left.order, right.order))
    .filter((entry, index, all) => entry.order !== all[index - 1]?.order);
}

async function listDirectory(directory: string): Promise<readonly Dirent[] | undefined> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

async function leadsToDirectory(directory: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return (await stat(join(directory, entry.name))).isDirectory();
  } catch {
    return false;
  }
}

async function inspect(
  directory: string,
  prefix: string,
  entry: Pick<Entry, 'name' | 'order'>,
): Promise<Entry> {
  const path = join(directory, entry.name);
  const uri = `${prefix}${entry.name}`;
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      return { ...entry, file: undefined, directoryId: `${found.dev}:${found.ino}` };
    }
    // Pipes, sockets and devices hold no records, and reading one may never end.
    if (!found.isFile()) return { ...entry, file: undefined, directoryId: undefined };
    const { size, mtimeMs } = found;
    return { ...entry, file: { path, uri, size, mtimeMs, isUnreachable: false }, directoryId: undefined };
  } catch {
    return {
      ...entry,
      file: { path, uri, size: 0, mtimeMs: 0, isUnreachable: true },
      directoryId: undefined,
    };
  }
}
