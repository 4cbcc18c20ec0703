import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { type RefreshOutcome, refresh } from '../../etl/refresh/refresh.ts';
import type { DataDirectories, RefreshOptions, Source } from '../../etl/refresh/refresh-options.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { attachSnapshot, openSnapshot } from '../../etl/warehouse/snapshot.ts';

/** Where a warehouse of a test lies below its directory. */
export function directoriesBelow(directory: string): DataDirectories {
  return {
    landing: join(directory, 'data', 'landing'),
    vault: join(directory, 'data', 'vault'),
    keyFile: join(directory, 'data', 'vault', 'key'),
    warehouse: join(directory, 'data', 'warehouse'),
    private: join(directory, 'data', 'private'),
    state: join(directory, 'data', 'state'),
  };
}

/** Plain options. */
export function refreshOptions(
  directory: string,
  sources: readonly Source[],
  options: Partial<RefreshOptions> = {},
): RefreshOptions {
  return {
    sources,
    directories: directoriesBelow(directory),
    profile: 'research',
    retention: { keep: 2, graceMs: 0 },
    guard: { maxDeletedShare: 0.01, maxFallShare: 0.05, ignoreBelow: 10 },
    full: false,
    now: () => new Date(),
    onProgress: () => {},
    ...options,
  };
}

/** One refresh with plain options. */
export function refreshOnce(
  directory: string,
  sources: readonly Source[],
  options: Partial<RefreshOptions> = {},
): Promise<RefreshOutcome> {
  return refresh(refreshOptions(directory, sources, options));
}

/** Runs `use` on a connection that sees the current snapshot's tables as `staging.…` and `marts.…`. */
export async function withSnapshot<T>(
  directory: string,
  use: (
    query: (sql: string) => Promise<readonly Record<string, Json>[]>,
    connection: DuckDBConnection,
  ) => Promise<T>,
): Promise<T> {
  const handle = await openSnapshot(directoriesBelow(directory).warehouse);
  const instance = await openDuckDB();
  const connection = await instance.connect();
  try {
    await attachSnapshot(connection, handle, 'snapshot');
    await connection.run("use snapshot; set timezone = 'UTC'");
    return await use((sql) => queryJson(connection, sql), connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await handle.release();
  }
}

/** Writes files below a directory: path → text or bytes. */
export function writeFiles(directory: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** Objects as newline-delimited JSON. */
export function ndjson(...values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
