import type { DuckDBConnection } from '@duckdb/node-api';
import { landedTableSql, listLandingRuns } from '../landing/landing-catalog.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import { LandingRun } from '../landing/landing-run.ts';
import { landDicomFolder } from '../source/dicom-folder.ts';
import { landFhirFolder } from '../source/fhir-folder.ts';
import type { KnownOrigin, SourceRun } from '../source/source-run.ts';
import { queryJson } from '../warehouse/duckdb.ts';
import type { RefreshOptions, Source } from './refresh-options.ts';

/** Lands what is new or changed in every source. Returns the runs that were committed. */
export async function landSources(
  connection: DuckDBConnection,
  options: RefreshOptions,
  runId: string,
): Promise<readonly LandingManifest[]> {
  const earlier = await listLandingRuns(options.directories.landing);
  const landed: LandingManifest[] = [];
  for (const source of options.sources) {
    if (options.only !== undefined && !options.only.includes(source.name)) continue;
    const runs = earlier.filter((run) => run.source === source.name);
    const known = await knownOrigins(connection, options.directories.landing, runs);
    const manifest = await landSource(source, options, runId, known);
    if (manifest !== undefined) landed.push(manifest);
  }
  return landed;
}

async function landSource(
  source: Source,
  options: RefreshOptions,
  runId: string,
  known: ReadonlyMap<string, KnownOrigin>,
): Promise<LandingManifest | undefined> {
  const startedAt = options.now().toISOString();
  const landing = await LandingRun.start(options.directories.landing, source.name, runId, startedAt);
  const stage = `read ${source.name}`;
  const run: SourceRun = {
    landing,
    known,
    startedAt,
    onProgress: (done, total) => options.onProgress({ stage, done, total }),
  };
  try {
    if (source.kind === 'fhir-folder') await landFhirFolder(source, run);
    else await landDicomFolder(source, run);
    if (landing.isEmpty) {
      await landing.abandon();
      return undefined;
    }
    return await landing.commit({ kind: source.kind });
  } catch (error) {
    await landing.abandon();
    throw error;
  }
}

/** What the newest run that read a file says of it; files that are gone are not known. */
async function knownOrigins(
  connection: DuckDBConnection,
  landing: string,
  runs: readonly LandingManifest[],
): Promise<ReadonlyMap<string, KnownOrigin>> {
  if (runs.length === 0) return new Map();
  const rows = await queryJson(
    connection,
    `select path, arg_max(size, run)::double as size, arg_max(mtime_ms, run) as mtime_ms,
       arg_max(sha256, run) as sha256
     from (${landedTableSql(landing, runs, 'origins')}) group by path having arg_max(status, run) <> 'removed'`,
  );
  return new Map(
    rows.map((row) => [
      String(row['path']),
      { size: Number(row['size']), mtimeMs: Number(row['mtime_ms']), sha256: String(row['sha256']) },
    ]),
  );
}
