import { chmod, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listDirectory } from '../../base/files.ts';
import { listPublished } from '../warehouse/snapshot-catalog.ts';
import type { SnapshotManifest } from '../warehouse/snapshot-manifest.ts';
import type { DataDirectories, RefreshOptions } from './refresh-options.ts';

/**
 * Landing, vault, state and private tables name people and are their owner's alone. The warehouse is for everybody on the
 * machine, unless its profile shows who people are, or that of a snapshot that is still there.
 */
export async function makeDirectories({ directories, profile }: RefreshOptions): Promise<void> {
  const { landing, state, warehouse } = directories;
  await mkdir(dirname(warehouse), { recursive: true, mode: 0o755 });
  for (const owned of [landing, state, directories.private])
    await mkdir(owned, { recursive: true, mode: 0o700 });
  await mkdir(warehouse, { recursive: true });
  const isIdentified = profile === 'identified' || (await listPublished(warehouse)).some(showsPeople);
  await chmod(warehouse, isIdentified ? 0o700 : 0o755);
}

function showsPeople({ profile }: SnapshotManifest): boolean {
  return profile === 'identified';
}

/** What a killed run left of its spilled rows names people. Only for who holds the writer's lock. */
export async function emptyDirectory(directory: string): Promise<void> {
  for (const name of await listDirectory(directory)) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
}

/** Where the origins of old landing runs lie folded: they name source files, so they are the owner's alone. */
export function originFolds(directories: Pick<DataDirectories, 'private'>): string {
  return join(directories.private, 'origins');
}
