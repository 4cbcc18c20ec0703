import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlStringList } from '../../base/sql-text.ts';
import { landedTableSql } from '../landing/landing-catalog.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import type { LandingRun } from '../landing/landing-run.ts';
import { originsSql } from '../landing/origin-fold.ts';
import { typesInDoubt } from '../source/types-in-doubt.ts';
import { chunkReader } from '../warehouse/chunk-reader.ts';
import { queryJson } from '../warehouse/duckdb.ts';
import { newestSql, versionsSql } from './current-versions.ts';
import { originFolds } from './directories.ts';
import type { DataDirectories } from './refresh-options.ts';

/** Types of which nothing was deleted although records of them are in no file. */
export interface SparedTypes {
  /** No file has any record of them: an outage looks like this. */
  readonly missingTypes: readonly string[];
  /** Files that may hold what is missing were refused, in part or wholly, or were being written. */
  readonly undecidedTypes: readonly string[];
}

/**
 * Deletes, in the run that has just read a folder, what none of its files has any more. Files that were not read again
 * have what the index of the run that read them says. Such a tombstone has the time of the version that it deletes: it
 * only says that this was not seen, so the same version, seen later, is back. `earlier`: all runs of the source before.
 */
export async function deleteMissing(
  directories: DataDirectories,
  landing: LandingRun,
  earlier: readonly LandingManifest[],
  isSettled: boolean,
): Promise<SparedTypes> {
  const versions = await versionsSql(directories, landing.source, earlier);
  if (versions === undefined) return { missingTypes: [], undecidedTypes: [] };
  const connection = await landing.openReader();
  try {
    await connection.run(filesSql(directories, earlier));
    await connection.run(await presentSql(connection, directories, earlier));
    await connection.run(missingSql(versions));
    const doubts = isSettled ? await findDoubts(connection, directories, earlier) : 'all';
    const spared = await spareTypes(connection, doubts);
    const withheld = [...spared.missingTypes, ...spared.undecidedTypes];
    const result = await connection.stream(
      `select type, id, order_time, is_subsetted from missing
       where type not in (select unnest(${sqlStringList(withheld)}::varchar[])) order by type, id`,
    );
    const next = chunkReader(result);
    for (let chunk = await next(); chunk !== undefined; chunk = await next()) {
      for (const [type, id, orderTime, isSubsetted] of chunk.getRows()) {
        landing.addTombstone(String(type), String(id), String(orderTime), 'anti-join', isSubsetted === true);
      }
    }
    return spared;
  } finally {
    connection.closeSync();
  }
}

/** `file`: every file that is there, with the run that read it last. */
function filesSql(directories: DataDirectories, earlier: readonly LandingManifest[]): string {
  const known = originsSql(directories.landing, originFolds(directories), earlier);
  return `create temp table file as
    select path, max(run) filter (status <> 'touched') as run,
      arg_max(rejected, run) filter (status <> 'touched') > 0 as is_refused
    from (${known} union all by name from origins)
    group by path having arg_max(status, run) <> 'removed'`;
}

/** `present`: the records that a file has. */
async function presentSql(
  connection: DuckDBConnection,
  directories: DataDirectories,
  earlier: readonly LandingManifest[],
): Promise<string> {
  const columns = 'run, origin_path as path, type, id, is_deleted';
  const runs = (await runsOf(connection, 'true', earlier)).filter((run) => run.records > 0);
  const parts = [
    `select ${columns} from "index"`,
    ...(runs.length === 0
      ? []
      : [`select ${columns} from (${landedTableSql(directories.landing, runs, 'index')})`]),
  ];
  return `create temp table present as
    select distinct type, id from (${parts.join(' union all ')}) i semi join file f using (path, run) where not is_deleted`;
}

/** `missing`: the newest versions of records that no file has. */
function missingSql(versions: string): string {
  const tonight = `select type, id, run, ordinal, order_time, is_subsetted, is_deleted, origin_path from "index"`;
  return `create temp table missing as
    ${newestSql(
      `select v.* from (${versions} union all ${tonight}) v anti join present p on p.type = v.type and p.id = v.id`,
    )}`;
}

/** The types of which a file that was refused, in part or wholly, may have records. */
async function findDoubts(
  connection: DuckDBConnection,
  directories: DataDirectories,
  earlier: readonly LandingManifest[],
): Promise<ReadonlySet<string> | 'all'> {
  const runs = (await runsOf(connection, 'is_refused', earlier)).filter((run) => run.rejected > 0);
  const refused = [
    'select run, origin_path as path, type from rejected',
    ...(runs.length === 0
      ? []
      : [
          `select run, origin_path as path, type from (${landedTableSql(directories.landing, runs, 'rejected')})`,
        ]),
  ];
  const rows = await queryJson(
    connection,
    `select distinct f.path, r.type from file f left join (${refused.join(' union all ')}) r using (path, run) where f.is_refused`,
  );
  const types = new Set<string>();
  for (const { path, type } of rows) {
    const doubted = typeof type === 'string' ? [type] : typesInDoubt(String(path));
    if (doubted === 'all') return 'all';
    for (const each of doubted) types.add(each);
  }
  // what is missing may be what was refused in the file that had it
  const lost = await queryJson(
    connection,
    'select distinct type from missing m semi join (from file where is_refused) f on f.path = m.origin_path',
  );
  for (const { type } of lost) types.add(String(type));
  return types;
}

async function spareTypes(
  connection: DuckDBConnection,
  doubts: ReadonlySet<string> | 'all',
): Promise<SparedTypes> {
  const rows = await queryJson(
    connection,
    `select m.type, p.type is not null as is_present from (select distinct type from missing) m
     left join (select distinct type from present) p on p.type = m.type order by 1`,
  );
  const isDoubted = (type: unknown): boolean => doubts === 'all' || doubts.has(String(type));
  const named = (chosen: typeof rows): readonly string[] => chosen.map(({ type }) => String(type));
  return {
    missingTypes: named(rows.filter((row) => row['is_present'] !== true && !isDoubted(row['type']))),
    undecidedTypes: named(rows.filter((row) => isDoubted(row['type']))),
  };
}

/** The earlier runs that were the last to read files that are there. */
async function runsOf(
  connection: DuckDBConnection,
  where: string,
  earlier: readonly LandingManifest[],
): Promise<readonly LandingManifest[]> {
  const rows = await queryJson(connection, `select distinct run from file where ${where}`);
  const names = new Set(rows.map((row) => String(row['run'])));
  return earlier.filter((run) => names.has(run.run));
}
