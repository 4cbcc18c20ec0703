import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { isMissing } from '../../base/files.ts';
import { sqlString } from '../../base/sql-text.ts';
import { listLandingRuns } from '../landing/landing-catalog.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import { LandingRun } from '../landing/landing-run.ts';
import { landFhirBulk } from '../source/bulk-land.ts';
import type { BulkReport, BulkRun, CurrentVersion } from '../source/bulk-run.ts';
import { chunkReader } from '../warehouse/chunk-reader.ts';
import { openDuckDB, queryJson } from '../warehouse/duckdb.ts';
import { newestSql, versionsSql } from './current-versions.ts';
import { originFolds } from './directories.ts';
import { currentRejectionsSql } from './quarantine.ts';
import type { BulkSource, DataDirectories, RefreshOptions } from './refresh-options.ts';
import { runTime } from './run-log.ts';

/** What an export has landed. */
export interface LandedExport {
  /** The run that was committed; undefined where nothing had changed. */
  readonly manifest: LandingManifest | undefined;
  readonly report: BulkReport;
  /** `bulk-incomplete`, where types are missing something. */
  readonly failures: readonly ChiasmError[];
}

/**
 * Lands what a FHIR server exports as one run. The watermarks move only once the run is committed; killed anywhere, the
 * next run goes on with the same export.
 *
 * @throws ChiasmError `bulk-…`
 */
export async function landExport(
  connection: DuckDBConnection,
  source: BulkSource,
  options: RefreshOptions,
  runId: string,
  onProgress: BulkRun['onProgress'],
): Promise<LandedExport> {
  const { landing: directory, state } = options.directories;
  const startedAt = new Date(runTime(runId)).toISOString();
  const landing = await LandingRun.start(directory, source.name, runId, startedAt);
  let isCommitted = false;
  try {
    const landed = await landFhirBulk(source, {
      landing,
      statePath: join(state, 'bulk', `${source.name}.json`),
      downloads: join(state, 'bulk', source.name),
      isCommitted: (run) => isThere(join(directory, source.name, run, 'manifest.json')),
      isFull: options.fullExport === true,
      signal: options.signal ?? new AbortController().signal,
      onProgress,
      ...(options.backfill === undefined ? {} : { backfill: options.backfill }),
      currentVersions: (type) => currentVersions(options.directories, source.name, type),
    });
    await forgetRejections(connection, options, landing, landed.report.completeTypes);
    const manifest = landing.isEmpty ? undefined : await landing.commit(describe(landed.report));
    isCommitted = manifest !== undefined;
    await landed.confirm();
    const { failedTypes } = landed.report;
    return {
      manifest,
      report: landed.report,
      failures: failedTypes.length === 0 ? [] : [incomplete(source.name, failedTypes)],
    };
  } finally {
    if (!isCommitted) await landing.abandon();
  }
}

/** Where everything of a type was exported again, what was refused before is refused again, or holds no longer. */
async function forgetRejections(
  connection: DuckDBConnection,
  { directories }: RefreshOptions,
  landing: LandingRun,
  completeTypes: readonly string[],
): Promise<void> {
  if (completeTypes.length === 0) return;
  const runs = await listLandingRuns(directories.landing, [landing.source]);
  const sql = `select distinct origin_path as path from (${currentRejectionsSql(directories.landing, originFolds(directories), runs)})`;
  for (const row of await queryJson(connection, sql)) {
    const path = String(row['path']);
    const type = /\.(\w+)\.ndjson$/.exec(path)?.[1] ?? '';
    if (!completeTypes.includes('*') && !completeTypes.includes(type)) continue;
    const gone = { path, size: 0, mtimeMs: 0, sha256: '', records: 0, rejected: 0 } as const;
    landing.addOrigin({ ...gone, status: 'removed' }, true);
  }
}

/** What was asked and answered, for the run's manifest. */
function describe(report: BulkReport): Readonly<Record<string, string>> {
  return {
    kind: 'fhir-bulk',
    version: report.version,
    exports: String(report.exports),
    transactionTimes: report.transactionTimes.join(' '),
    failedTypes: report.failedTypes.join(' '),
    records: String(report.types.reduce((sum, type) => sum + type.records, 0)),
  };
}

function incomplete(source: string, types: readonly string[]): ChiasmError {
  const what = types.includes('*') ? 'the export' : types.join(', ');
  return new ChiasmError(
    'bulk-incomplete',
    `source ${source}: something of ${what} could not be had; its watermark stays and the next run asks for it again`,
    { params: { source, types: types.join(' ') } },
  );
}

/** The newest versions of a source's records of a type, published or waiting in landing, without deleted ones. */
async function* currentVersions(
  directories: DataDirectories,
  source: string,
  type: string,
): AsyncGenerator<CurrentVersion> {
  const runs = await listLandingRuns(directories.landing, [source]);
  const versions = await versionsSql(directories, source, runs);
  if (versions === undefined) return;
  const instance = await openDuckDB({ threads: 1 });
  const connection = await instance.connect();
  try {
    const result = await connection.stream(
      `select id, order_time, is_subsetted from (${newestSql(`from (${versions}) where type = ${sqlString(type)}`)})`,
    );
    const next = chunkReader(result);
    for (;;) {
      const chunk = await next();
      if (chunk === undefined) return;
      for (const [id, orderTime, isSubsetted] of chunk.getRows()) {
        yield { id: String(id), orderTime: String(orderTime), isSubsetted: isSubsetted === true };
      }
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** One display for all exports: files landed and in all, and what the servers say. */
export function jointProgress(
  { onProgress }: RefreshOptions,
  names: readonly string[],
): (name: string) => BulkRun['onProgress'] {
  const states = new Map(names.map((name) => [name, { done: 0, total: 0, text: '' }]));
  const stage = `read ${names.join(', ')}`;
  return (name) => (done, total, text) => {
    states.set(name, { done, total, text });
    const all = [...states];
    onProgress({
      stage,
      done: all.reduce((sum, [, each]) => sum + each.done, 0),
      total: all.reduce((sum, [, each]) => sum + each.total, 0),
      text: all
        .filter(([, each]) => each.text !== '')
        .map(([source, each]) => (names.length === 1 ? each.text : `${source}: ${each.text}`))
        .join('; '),
    });
  };
}
