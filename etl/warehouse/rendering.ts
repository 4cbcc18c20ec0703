import { constants, copyFile, link, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isLinkRefusal, makeDirectory, syncDirectory, syncPath } from '../../base/files.ts';
import type { SnapshotManifest } from './snapshot-manifest.ts';
import { renderingPath } from './snapshot-paths.ts';

/**
 * Shows the tables of a snapshot to readers that know only directories: `snapshots/<n>/<schema>/<table>/*.parquet`, hard
 * links to the table files. A file that cannot be linked is copied (which costs no space where the file system
 * shares blocks), so that the directory looks the same for every reader.
 */
export async function renderSnapshot(warehouse: string, manifest: SnapshotManifest): Promise<void> {
  const target = renderingPath(warehouse, manifest.number);
  const temporary = `${target}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await makeDirectory(temporary);
  const published = manifest.tables.filter(({ schema }) => schema !== 'private');
  for (const table of published) {
    const directory = join(temporary, table.schema, table.name);
    await makeDirectory(directory);
    for (const file of table.files) {
      await linkOrCopy(join(warehouse, file.path), join(directory, basename(file.path)));
    }
    await syncDirectory(directory);
  }
  await rename(temporary, target);
  await syncDirectory(dirname(target));
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!isLinkRefusal(error)) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await syncPath(to);
  }
}
