import { join } from 'node:path';
import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { sqlString, sqlStringList } from '../../base/sql-text.ts';
import { queryJson } from '../warehouse/duckdb.ts';
import type { SnapshotManifest } from '../warehouse/snapshot-manifest.ts';
import { isAt, type RowPlace } from './row-place.ts';

/** What the refresh knows of a record in its newest version: a row of `private.record`. */
export interface KnownRecord {
  readonly source: string;
  readonly type: string;
  readonly id: string;
  readonly run: string;
  readonly file: string;
  readonly contentHash: string;
}

interface Directories {
  readonly warehouse: string;
  readonly private: string;
}

/**
 * The records that rows of staging tables came from, by the lineage that lies beside each file: its row n names the
 * record of row n. At most `limit`, by source, type and id.
 */
export async function findRecords(
  connection: DuckDBConnection,
  manifest: SnapshotManifest,
  directories: Directories,
  places: readonly RowPlace[],
  limit: number,
): Promise<readonly KnownRecord[]> {
  const scopes = places.flatMap((place) => scopeSql(manifest, directories, place));
  const records = manifest.tables.find(({ schema, name }) => schema === 'private' && name === 'record');
  if (scopes.length === 0 || records === undefined) return [];
  const files = records.files.map((file) => join(directories.private, file.path));
  const rows = await queryJson(
    connection,
    `select source, type, id, run, file, content_hash from read_parquet(${sqlStringList(files)})
     where scope in (${scopes.join(' union ')}) order by source, type, id limit ${limit}`,
  );
  return rows.map(recordOf);
}

/** SQL for the records of the rows at a place; none where the table was not made from records alone. */
function scopeSql(manifest: SnapshotManifest, directories: Directories, place: RowPlace): readonly string[] {
  const table = manifest.tables.find(({ schema, name }) => `${schema}.${name}` === place.table);
  const files = (table?.files ?? []).flatMap(({ path, lineage }) =>
    lineage === undefined
      ? []
      : [{ rows: join(directories.warehouse, path), lineage: join(directories.private, lineage) }],
  );
  if (files.length === 0) return [];
  const pairs = files.map((file) => `(${sqlString(file.rows)}, ${sqlString(file.lineage)})`);
  const read = (paths: readonly string[]): string =>
    `read_parquet(${sqlStringList(paths)}, filename = true, file_row_number = true)`;
  return [
    `select l.scope from (
       select filename, file_row_number from ${read(files.map((file) => file.rows))} where ${isAt(place)}
     ) t
     join (values ${pairs.join(', ')}) as pair(rows, lineage) on pair.rows = t.filename
     join ${read(files.map((file) => file.lineage))} l
       on l.filename = pair.lineage and l.file_row_number = t.file_row_number`,
  ];
}

function recordOf(row: Readonly<Record<string, Json>>): KnownRecord {
  return {
    source: String(row['source']),
    type: String(row['type']),
    id: String(row['id']),
    run: String(row['run']),
    file: String(row['file']),
    contentHash: String(row['content_hash']),
  };
}
