import { realpath } from 'node:fs/promises';
import { listLandingRuns } from '../etl/landing/landing-catalog.ts';
import { currentRejectionsSql } from '../etl/refresh/quarantine.ts';
import { openDuckDB, queryJson } from '../etl/warehouse/duckdb.ts';
import { openSnapshot, readManifest } from '../etl/warehouse/snapshot.ts';
import { currentSnapshotNumber, renderingPath, snapshotNumbers } from '../etl/warehouse/snapshot-paths.ts';
import type { Config } from './config.ts';
import { publishedTables } from './status.ts';

export interface QuarantineEntry {
  readonly source: string;
  readonly code: string;
  readonly file: string;
  readonly path: string;
  readonly line: number;
  readonly offset: number;
  readonly length: number;
  readonly element: string | null;
}

/** Everything of the configured sources that is refused now, with its reason and place; `file` is the first 12 digits of the file's hash. */
export async function readQuarantine(config: Config): Promise<readonly QuarantineEntry[]> {
  const { landing } = config.directories;
  const names = config.sources.map((source) => source.name);
  const runs = await listLandingRuns(landing, names);
  if (runs.length === 0) return [];
  const instance = await openDuckDB();
  const connection = await instance.connect();
  try {
    const rows = await queryJson(
      connection,
      `select source, code, left(origin_sha256, 12) as file, origin_path, line::double as line,
         byte_offset::double as byte_offset, byte_length::double as byte_length, element
       from (${currentRejectionsSql(landing, runs)}) order by source, code, origin_path, line, byte_offset`,
    );
    return rows.map((row) => ({
      source: String(row['source']),
      code: String(row['code']),
      file: String(row['file']),
      path: String(row['origin_path']),
      line: Number(row['line']),
      offset: Number(row['byte_offset']),
      length: Number(row['byte_length']),
      element: row['element'] === null ? null : String(row['element']),
    }));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export interface SnapshotSummary {
  readonly number: number;
  readonly isCurrent: boolean;
  readonly createdAt: string;
  readonly profile: string;
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
}

export async function listSnapshots(config: Config): Promise<readonly SnapshotSummary[]> {
  const { warehouse } = config.directories;
  const current = await currentSnapshotNumber(warehouse);
  const summaries: SnapshotSummary[] = [];
  for (const number of await snapshotNumbers(warehouse)) {
    const manifest = await readManifest(warehouse, number);
    if (manifest === undefined) continue;
    const files = publishedTables(manifest).flatMap((table) => table.files);
    summaries.push({
      number,
      isCurrent: number === current,
      createdAt: manifest.createdAt,
      profile: manifest.profile,
      tables: publishedTables(manifest).length,
      rows: publishedTables(manifest).reduce((sum, table) => sum + table.rows, 0),
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    });
  }
  return summaries;
}

/** The directory of one snapshot's Parquet files, resolved once: all tables below it belong together. */
export async function resolveSnapshotPath(config: Config, number?: number): Promise<string> {
  const handle = await openSnapshot(config.directories.warehouse, number);
  try {
    return await realpath(renderingPath(config.directories.warehouse, handle.number));
  } finally {
    await handle.release();
  }
}

export interface TableSummary {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
}

export async function listTables(config: Config): Promise<readonly TableSummary[]> {
  const handle = await openSnapshot(config.directories.warehouse);
  try {
    return handle.tables.map(({ schema, name, rows }) => ({ schema, name, rows }));
  } finally {
    await handle.release();
  }
}
