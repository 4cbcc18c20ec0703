import { stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ChiasmError } from '../base/error.ts';
import { sqlStringList } from '../base/sql-text.ts';
import { listLandingRuns } from '../etl/landing/landing-catalog.ts';
import { originFolds } from '../etl/refresh/directories.ts';
import { measureDisk } from '../etl/refresh/disk-use.ts';
import { publishedSources } from '../etl/refresh/published.ts';
import { currentRejectionsSql } from '../etl/refresh/quarantine.ts';
import type { DataDirectories } from '../etl/refresh/refresh-options.ts';
import { readRunLog } from '../etl/refresh/run-log.ts';
import type { DiskUse, RunRecord } from '../etl/refresh/run-record.ts';
import { currentSnapshotNumber } from '../etl/warehouse/current.ts';
import { openDuckDB, queryJson } from '../etl/warehouse/duckdb.ts';
import { openSnapshot, type SnapshotHandle } from '../etl/warehouse/snapshot.ts';
import type { SnapshotManifest } from '../etl/warehouse/snapshot-manifest.ts';
import type { Config } from './config.ts';
import { readScheduleStatus, type ScheduleStatus } from './schedule-status.ts';

/** A count for one source, of one type of record or one reason for quarantine. */
export interface SourceCount {
  readonly source: string;
  readonly what: string;
  readonly count: number;
}

/** What is there to be known about a warehouse without changing anything. */
export interface StatusFacts {
  readonly now: Date;
  readonly manifest: SnapshotManifest | undefined;
  /** Sources that the snapshot shows. */
  readonly shownSources: readonly string[];
  readonly runs: readonly RunRecord[];
  /** What is in quarantine of the configured sources, by code. */
  readonly quarantine: readonly SourceCount[];
  readonly typesWithoutView: readonly SourceCount[];
  readonly recordsWithoutPatient: readonly SourceCount[];
  /** Names in Bundles and conditional references that nothing landed has given a meaning. */
  readonly unresolvedReferences: number;
  /** Findings of severity `error` in `marts.data_quality`, without those about quarantine. */
  readonly qualityErrors: number;
  /** Why landing cannot be read. */
  readonly landingFault: ChiasmError | undefined;
  /** Directories that name people and that others than their owner can enter. */
  readonly openDirectories: readonly string[];
  readonly disk: DiskUse;
  /** Bytes that may still be written to the disk of the data directory; null where there is none yet. */
  readonly freeBytes: number | null;
  /** Null where the configuration has no schedule. */
  readonly schedule: ScheduleStatus | null;
}

export async function gatherFacts(config: Config, now: Date): Promise<StatusFacts> {
  const { directories } = config;
  const names = config.sources.map((source) => source.name);
  return {
    now,
    runs: await readRunLog(directories.state),
    ...(await countRejections(directories, names)),
    ...(await readSnapshot(directories)),
    openDirectories: await findOpenDirectories(config),
    disk: await measureDisk(directories),
    schedule: await readScheduleStatus(config, now),
    freeBytes: await statfs(dirname(directories.warehouse)).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => null,
    ),
  };
}

async function countRejections(
  directories: DataDirectories,
  sources: readonly string[],
): Promise<Pick<StatusFacts, 'quarantine' | 'landingFault'>> {
  try {
    const { landing } = directories;
    const folds = originFolds(directories);
    const runs = await listLandingRuns(landing, sources);
    const quarantine = await count(
      `select source, code as what, count(*) as n from (${currentRejectionsSql(landing, folds, runs)})
       group by all order by 1, 2`,
    );
    return { quarantine, landingFault: undefined };
  } catch (error) {
    if (!(error instanceof ChiasmError)) throw error;
    return { quarantine: [], landingFault: error };
  }
}

type SnapshotFacts = Omit<
  StatusFacts,
  'now' | 'runs' | 'quarantine' | 'landingFault' | 'openDirectories' | 'disk' | 'freeBytes' | 'schedule'
>;

async function readSnapshot({ warehouse, private: owned }: DataDirectories): Promise<SnapshotFacts> {
  if ((await currentSnapshotNumber(warehouse)) === undefined) {
    const none = {
      typesWithoutView: [],
      recordsWithoutPatient: [],
      unresolvedReferences: 0,
      qualityErrors: 0,
    };
    return { manifest: undefined, shownSources: [], ...none };
  }
  const handle = await openSnapshot(warehouse);
  try {
    const { manifest } = handle;
    const errors = await countIn(
      handle,
      'marts.data_quality',
      `'' as source, '' as what, count(*) as n`,
      `severity = 'error' and check_name <> 'quarantined'`,
    );
    const typed = 'source, type as what, records as n';
    return {
      manifest,
      shownSources: publishedSources(manifest),
      typesWithoutView: await countIn(handle, 'staging.landed_type', typed, 'not has_view'),
      recordsWithoutPatient: await countIn(handle, 'staging.record_without_patient', typed, 'true'),
      unresolvedReferences: await countUnresolved(manifest, owned),
      qualityErrors: errors[0]?.count ?? 0,
    };
  } finally {
    await handle.release();
  }
}

/** Names in references that nothing landed explains. */
async function countUnresolved(manifest: SnapshotManifest, owned: string): Promise<number> {
  const filesOf = (name: string): readonly string[] =>
    manifest.tables
      .filter((table) => table.schema === 'private' && table.name === name)
      .flatMap((table) => table.files.map((file) => join(owned, file.path)));
  const [names, aliases] = [filesOf('name'), filesOf('alias')];
  if (names.length === 0 || aliases.length === 0) return 0;
  const [row] = await count(
    `select '' as source, '' as what, count(*) as n from read_parquet(${sqlStringList(names)}) n
     anti join read_parquet(${sqlStringList(aliases)}) a on a.source = n.source and a.raw = n.raw
     where n.target is null`,
  );
  return row?.count ?? 0;
}

async function countIn(
  handle: SnapshotHandle,
  table: string,
  columns: string,
  where: string,
): Promise<readonly SourceCount[]> {
  const files = handle.tables.find(({ schema, name }) => `${schema}.${name}` === table)?.files ?? [];
  if (files.length === 0) return [];
  return count(`select ${columns} from read_parquet(${sqlStringList(files)}) where ${where} order by 1, 2`);
}

async function count(sql: string): Promise<readonly SourceCount[]> {
  const instance = await openDuckDB({ threads: 1 });
  const connection = await instance.connect();
  try {
    return (await queryJson(connection, sql)).map((row) => ({
      source: String(row['source']),
      what: String(row['what']),
      count: Number(row['n']),
    }));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function findOpenDirectories({ directories, profile }: Config): Promise<readonly string[]> {
  const { landing, vault, state, warehouse } = directories;
  const owned = [
    landing,
    vault,
    directories.private,
    state,
    ...(profile === 'identified' ? [warehouse] : []),
  ];
  const open: string[] = [];
  for (const directory of owned) {
    const mode = await stat(directory).then(
      (found) => found.mode,
      () => 0,
    );
    if ((mode & 0o077) !== 0) open.push(directory);
  }
  return open;
}
