import { chmod, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listDirectory } from '../../base/files.ts';
import type { RefreshOptions } from './refresh-options.ts';

/**
 * Landing, vault, state and private tables name people and are their owner's alone. The warehouse is for everybody on the
 * machine, unless its profile shows who people are.
 */
export async function makeDirectories({ directories, profile }: RefreshOptions): Promise<void> {
  const { landing, state, warehouse } = directories;
  await mkdir(dirname(warehouse), { recursive: true, mode: 0o755 });
  for (const owned of [landing, state, directories.private])
    await mkdir(owned, { recursive: true, mode: 0o700 });
  await mkdir(warehouse, { recursive: true });
  await chmod(warehouse, profile === 'identified' ? 0o700 : 0o755);
}

/** What a killed run left of its spilled rows names people. Only for who holds the writer's lock. */
export async function emptyDirectory(directory: string): Promise<void> {
  for (const name of await listDirectory(directory)) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
}
