import { readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import { listDirectory, makeDirectory, syncPath, writeDurably } from '../../base/files.ts';
import { sqlString } from '../../base/sql-text.ts';
import { landedTableSql } from './landing-catalog.ts';
import type { LandingManifest } from './landing-format.ts';

/** So many runs of a source are read one by one before they are folded: a month of nights. */
const FOLD_AFTER = 32;

/** `<source>.json`: the runs whose origins lie in `file`. */
const foldManifest = z.object({
  format: z.literal(1),
  file: z.string(),
  size: z.number().int(),
  /** Run and content hash of each run, in order. */
  runs: z.array(z.tuple([z.string(), z.string()])),
});

type Run = Pick<LandingManifest, 'source' | 'run' | 'contentHash'>;

/**
 * SQL for the rows of `origins.parquet` of all runs given (with a column `source` in front) on which any question about
 * what is known now depends: of each path the newest, the newest that read it and the newest that had a record. What
 * folds in `directory` hold is not read from the runs again. The runs must not be empty.
 */
export function originsSql(landing: string, directory: string, runs: readonly Run[]): string {
  const sources = [...new Set(runs.map((run) => run.source))];
  const parts = sources.flatMap((source) => {
    const own = runs.filter((run) => run.source === source);
    const fold = findFold(directory, source, own);
    const rest = own.slice(fold?.runs ?? 0);
    return [
      ...(fold === undefined
        ? []
        : [`select ${sqlString(source)} as source, * from read_parquet(${sqlString(fold.path)})`]),
      ...(rest.length === 0 ? [] : [landedTableSql(landing, rest, 'origins')]),
    ];
  });
  return parts.join(' union all by name ');
}

/**
 * Folds the origins of every source with many unfolded runs into one file, so that a night does not read every night
 * before it. Derived: without its fold a source's runs are read one by one. Only the writer may call it.
 */
export async function foldOrigins(
  connection: DuckDBConnection,
  landing: string,
  directory: string,
  runs: readonly Run[],
  foldAfter: number = FOLD_AFTER,
): Promise<void> {
  for (const source of new Set(runs.map((run) => run.source))) {
    const own = runs.filter((run) => run.source === source);
    const folded = findFold(directory, source, own)?.runs ?? 0;
    if (own.length - folded >= foldAfter) await fold(connection, landing, directory, own);
  }
}

/** Has every source's runs read one by one again. */
export async function dropFolds(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}

async function fold(
  connection: DuckDBConnection,
  landing: string,
  directory: string,
  runs: readonly Run[],
): Promise<void> {
  const [source, last] = [runs[0]?.source ?? '', runs.at(-1)?.run ?? ''];
  await makeDirectory(directory, 0o700);
  const file = `${source}.${last}.parquet`;
  const path = join(directory, file);
  await connection.run(`
    copy (
      select * exclude (source) from (${originsSql(landing, directory, runs)})
      qualify run = max(run) over (partition by path)
        or run = max(run) filter (status <> 'touched') over (partition by path)
        or run = max(run) filter (records > 0) over (partition by path)
      order by path, run
    ) to ${sqlString(path)} (format parquet, compression zstd)`);
  await syncPath(path);
  const manifest: z.infer<typeof foldManifest> = {
    format: 1,
    file,
    size: statSync(path).size,
    runs: runs.map((run) => [run.run, run.contentHash]),
  };
  await writeDurably(manifestPath(directory, source), `${JSON.stringify(manifest)}\n`);
  for (const name of await listDirectory(directory)) {
    const isOwn = name.startsWith(`${source}.`) && name.endsWith('.parquet');
    if (isOwn && name !== file) await rm(join(directory, name));
  }
}

/** The fold of a source, if it is whole and stands on exactly the first of these runs. */
function findFold(
  directory: string,
  source: string,
  runs: readonly Run[],
): { readonly path: string; readonly runs: number } | undefined {
  let manifest: z.infer<typeof foldManifest>;
  try {
    manifest = foldManifest.parse(JSON.parse(readFileSync(manifestPath(directory, source), 'utf8')));
  } catch {
    return undefined;
  }
  const path = join(directory, manifest.file);
  const isWhole = statSync(path, { throwIfNoEntry: false })?.size === manifest.size;
  const isPrefix = manifest.runs.every(
    ([run, hash], index) => runs[index]?.run === run && runs[index].contentHash === hash,
  );
  return isWhole && isPrefix ? { path, runs: manifest.runs.length } : undefined;
}

function manifestPath(directory: string, source: string): string {
  return join(directory, `${source}.json`);
}
