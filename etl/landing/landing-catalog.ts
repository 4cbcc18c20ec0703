import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listDirectory } from '../../base/files.ts';
import { sqlString, sqlStringList } from '../../base/sql-text.ts';
import { type LandingManifest, landingManifest } from './landing-format.ts';

/** Every committed run of every source, by source name and then in the order of the runs. */
export async function listLandingRuns(landing: string): Promise<readonly LandingManifest[]> {
  const manifests: LandingManifest[] = [];
  for (const source of [...(await listDirectory(landing))].sort()) {
    const runs = (await listDirectory(join(landing, source))).filter((name) => !name.endsWith('.partial'));
    for (const run of [...runs].sort()) {
      const path = join(landing, source, run, 'manifest.json');
      manifests.push(landingManifest.parse(JSON.parse(await readFile(path, 'utf8'))));
    }
  }
  return manifests;
}

/** Removes runs that were killed before their commit. */
export async function sweepPartialRuns(landing: string): Promise<void> {
  for (const source of await listDirectory(landing)) {
    for (const run of await listDirectory(join(landing, source))) {
      if (run.endsWith('.partial')) await rm(join(landing, source, run), { recursive: true, force: true });
    }
  }
}

/** Absolute path of a file of a run. */
export function landedFile(
  landing: string,
  run: Pick<LandingManifest, 'source' | 'run'>,
  name: string,
): string {
  return join(landing, run.source, run.run, name);
}

/**
 * SQL for one of the tables that lie beside the runs' lines, over all runs given, with a column `source` in
 * front. The runs must not be empty.
 */
export function landedTableSql(
  landing: string,
  runs: readonly Pick<LandingManifest, 'source' | 'run'>[],
  table: 'index' | 'facts' | 'rejected' | 'origins' | 'aliases',
): string {
  const sources = [...new Set(runs.map((run) => run.source))];
  const parts = sources.map((source) => {
    const paths = runs
      .filter((run) => run.source === source)
      .map((run) => landedFile(landing, run, `${table}.parquet`));
    return `select ${sqlString(source)} as source, * from read_parquet(${sqlStringList(paths)})`;
  });
  return parts.join(' union all by name ');
}
