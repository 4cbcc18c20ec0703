import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { listDirectory } from '../../base/files.ts';
import type { DataDirectories } from './refresh-options.ts';
import type { DiskUse } from './run-record.ts';

const BLOCK_BYTES = 512;

/** Bytes that each directory takes on the disk. A file with several names counts once, like everywhere in `du`. */
export async function measureDisk(directories: DataDirectories): Promise<DiskUse> {
  const seen = new Set<string>();
  const use = (directory: string): Promise<number> => measure(directory, seen);
  return {
    warehouse: await use(directories.warehouse),
    landing: await use(directories.landing),
    private: await use(directories.private),
    state: await use(directories.state),
    vault: await use(directories.vault),
  };
}

async function measure(path: string, seen: Set<string>): Promise<number> {
  // what goes while it is measured takes no room
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 0;
  if (!found.isDirectory()) {
    if (found.nlink > 1) {
      const file = `${found.dev}:${found.ino}`;
      if (seen.has(file)) return 0;
      seen.add(file);
    }
    return found.blocks * BLOCK_BYTES;
  }
  const names = await listDirectory(path).catch(() => []);
  const parts = await Promise.all(names.map((name) => measure(join(path, name), seen)));
  return parts.reduce((sum, part) => sum + part, found.blocks * BLOCK_BYTES);
}
