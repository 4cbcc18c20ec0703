import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { isMissing } from '../../base/files.ts';
import { sqlName, sqlStringList } from '../../base/sql-text.ts';
import { type Lease, takeLease } from './lease.ts';
import { type SnapshotManifest, snapshotManifest } from './snapshot-manifest.ts';
import { currentSnapshotNumber, manifestPath } from './snapshot-paths.ts';

export interface OpenTable {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
  /** Absolute paths of immutable Parquet files. */
  readonly files: readonly string[];
}

export interface SnapshotHandle {
  readonly number: number;
  readonly manifest: SnapshotManifest;
  readonly tables: readonly OpenTable[];
  renew(): Promise<void>;
  /** Gives the lease back; the files may be deleted afterwards. */
  release(): Promise<void>;
}

/**
 * Opens one snapshot under a lease: every table of the handle belongs to the same publish, however many
 * publishes follow. Without a number, the current one. Throws `snapshot-not-found`.
 */
export async function openSnapshot(warehouse: string, number?: number): Promise<SnapshotHandle> {
  for (;;) {
    const wanted = number ?? (await currentSnapshotNumber(warehouse));
    if (wanted === undefined) {
      throw new ChiasmError('snapshot-not-found', 'nothing is published yet: run `chiasm refresh` first');
    }
    const lease = await takeLease(warehouse, wanted);
    const manifest = await readManifest(warehouse, wanted);
    if (manifest !== undefined) return handleOf(warehouse, manifest, lease);
    await lease.release();
    const isRetired = number !== undefined || (await currentSnapshotNumber(warehouse)) === wanted;
    if (isRetired) {
      throw new ChiasmError('snapshot-not-found', `snapshot ${wanted} does not exist or has been retired`, {
        params: { snapshot: wanted },
      });
    }
  }
}

/** The manifest of a snapshot, or undefined where there is none. */
export async function readManifest(warehouse: string, number: number): Promise<SnapshotManifest | undefined> {
  try {
    return snapshotManifest.parse(JSON.parse(await readFile(manifestPath(warehouse, number), 'utf8')));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Makes the tables of a snapshot readable as `<catalog>.<schema>.<table>` in a DuckDB. */
export async function attachSnapshot(
  connection: DuckDBConnection,
  handle: Pick<SnapshotHandle, 'tables'>,
  catalog: string,
): Promise<void> {
  await connection.run(`attach ':memory:' as ${sqlName(catalog)}`);
  for (const schema of new Set(handle.tables.map((table) => table.schema))) {
    await connection.run(`create schema ${sqlName(catalog)}.${sqlName(schema)}`);
  }
  for (const table of handle.tables) {
    const name = [catalog, table.schema, table.name].map(sqlName).join('.');
    await connection.run(`create view ${name} as select * from read_parquet(${sqlStringList(table.files)})`);
  }
}

function handleOf(warehouse: string, manifest: SnapshotManifest, lease: Lease): SnapshotHandle {
  return {
    number: manifest.number,
    manifest,
    tables: manifest.tables
      .filter(({ schema }) => schema !== 'private')
      .map((table) => ({
        schema: table.schema,
        name: table.name,
        rows: table.rows,
        files: table.files.map((file) => join(warehouse, file.path)),
      })),
    renew: () => lease.renew(),
    release: () => lease.release(),
  };
}
