import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ChiasmError } from '../../base/error.ts';
import { isMissing } from '../../base/files.ts';
import { currentSnapshotNumber } from './current.ts';
import { readManifest, type SnapshotManifest } from './snapshot-manifest.ts';
import { snapshotNumbers, snapshotsDirectory } from './snapshot-paths.ts';

const retiredSnapshot = z.object({
  number: z.number().int().positive(),
  createdAt: z.string(),
  retiredAt: z.string(),
});

/** A snapshot that was published once and is there no longer. */
export type RetiredSnapshot = Readonly<z.infer<typeof retiredSnapshot>>;

/** The published snapshots that are still there, oldest first. */
export async function listPublished(warehouse: string): Promise<readonly SnapshotManifest[]> {
  const manifests: SnapshotManifest[] = [];
  for (const number of await publishedNumbers(warehouse)) {
    const manifest = await readManifest(warehouse, number);
    if (manifest !== undefined) manifests.push(manifest);
  }
  return manifests;
}

/** Their numbers, ascending: a manifest newer than `current` belongs to a publish that is under way or was killed. */
export async function publishedNumbers(warehouse: string): Promise<readonly number[]> {
  const current = await currentSnapshotNumber(warehouse);
  if (current === undefined) return [];
  return (await snapshotNumbers(warehouse)).filter((number) => number <= current);
}

/** What has been retired, by number: without it nobody could say whether a day's snapshot is still there. */
export async function listRetired(warehouse: string): Promise<ReadonlyMap<number, RetiredSnapshot>> {
  let text: string;
  try {
    text = await readFile(retiredPath(warehouse), 'utf8');
  } catch (error) {
    if (isMissing(error)) return new Map();
    throw error;
  }
  const retired = text.split('\n').flatMap((line) => parseLine(line));
  return new Map(retired.map((each) => [each.number, each]));
}

/** Remembers a retirement durably. Begins with a line break: what a crash left of the line before cannot swallow it. */
export async function rememberRetired(warehouse: string, retired: RetiredSnapshot): Promise<void> {
  const file = await open(retiredPath(warehouse), 'a', 0o644);
  try {
    await file.appendFile(`\n${JSON.stringify(retired)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The error of a snapshot that is asked for and not there: says which are. */
export async function notFound(
  warehouse: string,
  reason: string,
  params: Readonly<Record<string, string | number>> = {},
): Promise<ChiasmError> {
  const published = await listPublished(warehouse);
  const newest = published.slice(-MOST_NAMED).reverse();
  const words = newest.map(({ number, createdAt }) => `${number} (${createdAt.slice(0, 10)})`).join(', ');
  const rest = published.length > newest.length ? ' and older ones' : '';
  return new ChiasmError(
    'snapshot-not-found',
    published.length === 0
      ? `${reason}; nothing is published yet: run \`chiasm refresh\``
      : `${reason}; there are ${words}${rest}: \`chiasm snapshots\` lists them with their releases`,
    { params },
  );
}

const MOST_NAMED = 8;

function retiredPath(warehouse: string): string {
  return join(snapshotsDirectory(warehouse), 'retired.ndjson');
}

/** A line that a crash cut short is no record. */
function parseLine(line: string): readonly RetiredSnapshot[] {
  try {
    const parsed = retiredSnapshot.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
