import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlName, sqlStringList } from '../../base/sql-text.ts';
import { currentSnapshotNumber } from './current.ts';
import { type Lease, takeLease } from './lease.ts';
import { notFound } from './snapshot-catalog.ts';
import { readManifest, type SnapshotManifest } from './snapshot-manifest.ts';

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
    const current = await currentSnapshotNumber(warehouse);
    const wanted = number ?? current;
    if (wanted === undefined || current === undefined) {
      throw await notFound(warehouse, 'there is no current snapshot');
    }
    // Newer than the current one is a publish that is under way, or was killed.
    if (wanted > current)
      throw await notFound(warehouse, `there is no snapshot ${wanted}`, { snapshot: wanted });
    const lease = await takeLease(warehouse, wanted);
    const manifest = await readManifest(warehouse, wanted).catch(async (error: unknown) => {
      await lease.release();
      throw error;
    });
    if (manifest !== undefined) return handleOf(warehouse, manifest, lease);
    await lease.release();
    const isRetired = number !== undefined || (await currentSnapshotNumber(warehouse)) === wanted;
    if (isRetired) {
      const reason = `snapshot ${wanted} does not exist or has expired`;
      throw await notFound(warehouse, reason, { snapshot: wanted });
    }
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
