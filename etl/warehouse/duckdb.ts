import { mkdirSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue, type Json } from '@duckdb/node-api';
import { sqlStringList } from '../../base/sql-text.ts';

export interface DuckDBOptions {
  /** DuckDB's own notation, such as `4GB`. */
  readonly memoryLimit?: string;
  readonly threads?: number;
  /** Where DuckDB spills what does not fit into memory. */
  readonly temporaryDirectory?: string;
  /** A database file; without it the database lives in memory. */
  readonly file?: string;
}

/** Opens DuckDB without extensions from the network and with the settings that every room relies on. */
export async function openDuckDB(options: DuckDBOptions = {}): Promise<DuckDBInstance> {
  const settings: Record<string, string> = {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  };
  if (options.memoryLimit !== undefined) settings['memory_limit'] = options.memoryLimit;
  if (options.threads !== undefined) settings['threads'] = String(options.threads);
  if (options.temporaryDirectory !== undefined) {
    mkdirSync(options.temporaryDirectory, { recursive: true, mode: 0o700 });
    settings['temp_directory'] = options.temporaryDirectory;
  }
  return DuckDBInstance.create(options.file ?? ':memory:', settings);
}

/**
 * From here on no SQL reaches a file outside these directories, and nothing can allow it again: for a DuckDB that
 * answers questions from outside.
 */
export async function confineDuckDB(instance: DuckDBInstance, directories: readonly string[]): Promise<void> {
  const connection = await instance.connect();
  try {
    await connection.run(`set allowed_directories = ${sqlStringList(directories)}`);
    await connection.run('set enable_external_access = false');
  } finally {
    connection.closeSync();
  }
}

/** All rows as objects of JSON values: BIGINT, UUID, DATE and DECIMAL come as text. */
export async function queryJson(
  connection: DuckDBConnection,
  sql: string,
): Promise<readonly Record<string, Json>[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowObjectsJson();
}

/** The single value of a query with one row and one column. */
export async function queryValue(connection: DuckDBConnection, sql: string): Promise<DuckDBValue> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows()[0]?.[0] ?? null;
}

/** A count as a number. */
export async function queryCount(connection: DuckDBConnection, sql: string): Promise<number> {
  return Number(await queryValue(connection, sql));
}
