import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Which files a directory holds, by inode: two names of one file count once. */
export type FileListing = ReadonlyMap<bigint, { readonly size: number; readonly changed: bigint }>;

export function listFiles(directory: string): FileListing {
  const files = new Map<bigint, { size: number; changed: bigint }>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const stat = lstatSync(join(entry.parentPath, entry.name), { bigint: true });
    files.set(stat.ino, { size: Number(stat.size), changed: stat.mtimeNs });
  }
  return files;
}

/** Bytes of the files that are new or were written to; a file that was appended to counts whole. */
export function bytesWritten(before: FileListing, after: FileListing): number {
  let bytes = 0;
  for (const [inode, { size, changed }] of after) if (before.get(inode)?.changed !== changed) bytes += size;
  return bytes;
}
