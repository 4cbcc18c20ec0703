import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { listDirectory } from '../base/files.ts';
import { isAlive, type ProcessIdentity, thisProcess } from '../base/process-identity.ts';

const PREFIX = 'chiasm-exports-';
const OWNER = 'owner.json';

const ownerSchema = z.object({ host: z.string(), pid: z.number(), pidStartedAt: z.string().nullable() });

/**
 * A new folder, in `parent`, for files that are made before they are sent. Sweeps away those of servers that were killed:
 * they hold rows. Folders of another machine, whose processes cannot be asked for, stay.
 */
export async function makeExportsFolder(parent: string): Promise<string> {
  for (const name of await listDirectory(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const owner = await readOwner(join(parent, name, OWNER));
    if (owner !== undefined && (await isAlive(owner)) === false)
      await rm(join(parent, name), { recursive: true, force: true });
  }
  const folder = await mkdtemp(join(parent, PREFIX));
  await writeFile(join(folder, OWNER), JSON.stringify(await thisProcess()), { mode: 0o600 });
  return folder;
}

/** Undefined for a folder that is just being made or taken away, or is somebody else's. */
async function readOwner(path: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
