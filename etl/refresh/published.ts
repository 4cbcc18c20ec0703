import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { damaged } from '../landing/landing-check.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import type { SnapshotManifest } from '../warehouse/snapshot-manifest.ts';
import { PRIVATE_DEFINITION, PRIVATE_TABLE_NAMES } from './record-keeping.ts';
import type { DataDirectories } from './refresh-options.ts';

/** What is published can be built upon only while all that it was built from is there. */
export function requireRuns(
  manifest: SnapshotManifest | undefined,
  runs: readonly LandingManifest[],
  sources: readonly string[],
): void {
  const present = new Set(runs.map((each) => `${each.source}/${each.run}`));
  for (const name of manifest?.runs ?? []) {
    const [source = '', run = ''] = name.split('/');
    if (sources.includes(source) && !present.has(name)) throw damaged(source, run, 'manifest.json');
  }
}

/** The names of the sources that have landed what a snapshot shows. */
export function publishedSources(manifest: SnapshotManifest | undefined): readonly string[] {
  return [...new Set((manifest?.runs ?? []).map((run) => run.split('/')[0] ?? ''))].sort();
}

/** What is published can be built upon only together with the private tables that belong to it. */
export function withPrivateTables(manifest: SnapshotManifest | undefined): SnapshotManifest | undefined {
  const isWhole = PRIVATE_TABLE_NAMES.every((name) =>
    manifest?.tables.some(
      (table) => table.schema === 'private' && table.name === name && table.definition === PRIVATE_DEFINITION,
    ),
  );
  return isWhole ? manifest : undefined;
}

/**
 * Are the files of a snapshot all there, each with the size that was published? A restore may have left some out;
 * they can be made again from landing.
 */
export async function isWhole(manifest: SnapshotManifest, directories: DataDirectories): Promise<boolean> {
  for (const { schema, files } of manifest.tables) {
    const root = schema === 'private' ? directories.private : directories.warehouse;
    for (const file of files) {
      const found = await stat(join(root, file.path)).catch(() => undefined);
      if (found?.size !== file.bytes) return false;
      if (file.lineage === undefined) continue;
      if ((await stat(join(directories.private, file.lineage)).catch(() => undefined)) === undefined)
        return false;
    }
  }
  return true;
}

/** The newest version of every record that ever landed, as it was published. */
export function recordTable(
  manifest: SnapshotManifest | undefined,
): SnapshotManifest['tables'][number] | undefined {
  return manifest?.tables.find((table) => table.schema === 'private' && table.name === 'record');
}
