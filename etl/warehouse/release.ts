import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ChiasmError } from '../../base/error.ts';
import {
  hasCode,
  isLinkRefusal,
  isMissing,
  listDirectory,
  makeDirectory,
  syncDirectory,
  syncPath,
} from '../../base/files.ts';
import { openSnapshot } from './snapshot.ts';

const release = z.object({
  format: z.literal(1),
  name: z.string(),
  snapshot: z.number().int().positive(),
  /** ISO instant. */
  releasedAt: z.string(),
  note: z.string().optional(),
});

/** A name that keeps a snapshot from expiring: `releases/<name>.json`. */
export type Release = Readonly<z.infer<typeof release>>;

/** Small letters, digits and `. _ -`; no number and no date, which mean snapshots and days to `--as-of`. */
const NAME = /^(?!\d+$)(?!\d{4}-\d\d-\d\d)(?!(?:current|latest)$)[a-z0-9][a-z0-9._-]{0,62}$/;

export function isReleaseName(text: string): boolean {
  return NAME.test(text);
}

/** All releases by name. Throws `warehouse-damaged` for one that cannot be read. */
export async function listReleases(warehouse: string): Promise<readonly Release[]> {
  const names = (await listDirectory(releasesDirectory(warehouse)))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
  const releases = await Promise.all(names.map((name) => readRelease(warehouse, name)));
  return releases.filter((each) => each !== undefined);
}

/** The snapshots that releases keep; undefined while a release cannot be read, so that nobody knows. */
export async function releasedSnapshots(warehouse: string): Promise<ReadonlySet<number> | undefined> {
  try {
    return new Set((await listReleases(warehouse)).map((each) => each.snapshot));
  } catch (error) {
    if (error instanceof ChiasmError && error.code === 'warehouse-damaged') return undefined;
    throw error;
  }
}

/**
 * Gives a snapshot (the current one without a number) a name that keeps it until it is unreleased. The same name for
 * the same snapshot changes nothing. Throws `release-invalid`, `release-exists`, `snapshot-not-found`.
 */
export async function releaseSnapshot(
  warehouse: string,
  name: string,
  options: { readonly snapshot?: number; readonly note?: string; readonly now: Date },
): Promise<Release> {
  if (!isReleaseName(name)) {
    throw new ChiasmError(
      'release-invalid',
      'a release’s name has small letters, digits, dots, - and _, at most 63; it is neither a number nor a date, ' +
        'and not `current` or `latest`',
    );
  }
  // The lease keeps retirement away until the name does.
  const handle = await openSnapshot(warehouse, options.snapshot);
  try {
    const made: Release = {
      format: 1,
      name,
      snapshot: handle.number,
      releasedAt: options.now.toISOString(),
      ...(options.note === undefined ? {} : { note: options.note }),
    };
    await makeDirectory(releasesDirectory(warehouse));
    if (await createDurably(releasePath(warehouse, name), `${JSON.stringify(made, null, 1)}\n`)) return made;
    const known = await readRelease(warehouse, name);
    if (known?.snapshot === handle.number) return known;
    throw new ChiasmError(
      'release-exists',
      `the release ${name} exists${known === undefined ? '' : ` and names snapshot ${known.snapshot}`}: choose ` +
        `another name, or take this one back with \`chiasm snapshots unrelease ${name}\``,
      { params: { name } },
    );
  } finally {
    await handle.release();
  }
}

/** Takes a release back: its snapshot expires like others. Throws `release-not-found`. */
export async function unreleaseSnapshot(warehouse: string, name: string): Promise<void> {
  const path = releasePath(warehouse, name);
  try {
    if (!isReleaseName(name)) throw new ChiasmError('release-not-found', 'that is no name of a release');
    await rm(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new ChiasmError('release-not-found', `there is no release ${name}: see \`chiasm snapshots\``, {
      params: { name },
    });
  }
  await syncDirectory(releasesDirectory(warehouse));
}

function releasesDirectory(warehouse: string): string {
  return join(warehouse, 'releases');
}

function releasePath(warehouse: string, name: string): string {
  return join(releasesDirectory(warehouse), `${name}.json`);
}

async function readRelease(warehouse: string, name: string): Promise<Release | undefined> {
  let text: string;
  try {
    text = await readFile(releasePath(warehouse, name), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return release.parse(JSON.parse(text));
  } catch (cause) {
    throw new ChiasmError(
      'warehouse-damaged',
      `the release in releases/${name}.json cannot be read: restore the file from a backup, or delete it`,
      { params: { file: `releases/${name}.json` }, cause },
    );
  }
}

/** Writes a file that must not exist, whole or not at all; false where it exists. */
async function createDurably(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  await writeFile(temporary, text, { mode: 0o644 });
  try {
    await syncPath(temporary);
    try {
      await link(temporary, path);
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false;
      if (!isLinkRefusal(error)) throw error;
      if (!(await createPlainly(path, text))) return false;
    }
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(join(path, '..'));
  return true;
}

/** Where a link cannot be made: a kill in the middle leaves a file that cannot be read, which stops retirement. */
async function createPlainly(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}
