import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../base/files.ts';
import { sqlString, sqlStringList } from '../../base/sql-text.ts';
import { checkRunSizes, damaged } from './landing-check.ts';
import { type LandingManifest, landingManifest } from './landing-format.ts';

/**
 * Every committed run of every source, or of those given, by source name and then in the order of the runs.
 *
 * @throws ChiasmError `landing-damaged` when a file of a run is missing or cut short
 */
export async function listLandingRuns(
  landing: string,
  sources?: readonly string[],
): Promise<readonly LandingManifest[]> {
  const manifests: LandingManifest[] = [];
  for (const source of [...(sources ?? (await directoriesIn(landing)))].sort()) {
    const runs = (await directoriesIn(join(landing, source))).filter((name) => !name.endsWith('.partial'));
    for (const run of [...runs].sort()) manifests.push(readRun(landing, source, run));
  }
  return manifests;
}

/** Runs by source name and then in their own order, as listLandingRuns has them. */
export function inOrder(runs: readonly LandingManifest[]): readonly LandingManifest[] {
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...runs].sort((a, b) => compare(a.source, b.source) || compare(a.run, b.run));
}

/** The ids of all runs, also of those that were killed. */
export async function listRunNames(landing: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const source of await directoriesIn(landing)) {
    const runs = await directoriesIn(join(landing, source)).catch(() => []);
    names.push(...runs.map((run) => run.replace(/\.partial$/, '')));
  }
  return names;
}

/** Synchronous: years of nights are tens of thousands of files, and each detour through the pool costs more than the look. */
function readRun(landing: string, source: string, run: string): LandingManifest {
  let manifest: LandingManifest;
  try {
    const text = readFileSync(join(landing, source, run, 'manifest.json'), 'utf8');
    manifest = landingManifest.parse(JSON.parse(text));
  } catch {
    throw damaged(source, run, 'manifest.json');
  }
  checkRunSizes(landing, manifest);
  return manifest;
}

/** The names of the directories in a directory; a stray file is none of ours. */
async function directoriesIn(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Removes runs that were killed before their commit. */
export async function sweepPartialRuns(landing: string): Promise<void> {
  for (const source of await directoriesIn(landing)) {
    // A directory that cannot be listed, such as lost+found, is none of ours.
    for (const run of await directoriesIn(join(landing, source)).catch(() => [])) {
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
    // the tables of older runs have fewer columns
    const options = table === 'rejected' || table === 'index' ? ', union_by_name = true' : '';
    return `select ${sqlString(source)} as source, * from read_parquet(${sqlStringList(paths)}${options})`;
  });
  return parts.join(' union all by name ');
}
