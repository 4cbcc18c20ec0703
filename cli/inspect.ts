import { listLandingRuns } from '../etl/landing/landing-catalog.ts';
import { originFolds } from '../etl/refresh/directories.ts';
import { currentRejectionsSql } from '../etl/refresh/quarantine.ts';
import { openDuckDB, queryJson } from '../etl/warehouse/duckdb.ts';
import type { Config } from './config.ts';

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
  const folds = originFolds(config.directories);
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
       from (${currentRejectionsSql(landing, folds, runs)}) order by source, code, origin_path, line, byte_offset`,
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
