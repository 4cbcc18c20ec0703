import type { DuckDBConnection } from '@duckdb/node-api';
import { loadMartDeclarations } from '../../models/mart-declaration.ts';
import { queryJson } from '../warehouse/duckdb.ts';
import type { OpenedRow, OpenedRows } from './opened.ts';
import { isAt, placeOfKey, placesOf, type RowPlace, rowNotFound } from './row-place.ts';

/** More than anybody reads one by one; a study of thousands of images has more. */
const MOST_ROWS = 500;

/** The rows, and the places in staging tables where those of records were found. */
export interface OpenedPlaces extends OpenedRows {
  readonly places: readonly RowPlace[];
}

/**
 * Follows a row of a mart, step by step as the marts declare it (`traces`), to the rows of records in staging tables.
 * The connection sees `marts.*` and `staging.*` of one snapshot. Throws `row-not-found`.
 */
export async function openRow(
  connection: DuckDBConnection,
  martName: string,
  key: readonly string[],
): Promise<OpenedPlaces> {
  const tables = await readTables(connection);
  const marts = new Map(loadMartDeclarations().map((mart) => [`marts.${mart.name}`, mart]));
  const mart = marts.get(`marts.${martName}`);
  if (mart === undefined) throw rowNotFound(martName, 'there is no mart of this name: see `chiasm tables`');
  const rows: OpenedRow[] = [];
  const places: RowPlace[] = [];
  const seen = new Set<string>();
  const waiting: RowPlace[] = [placeOfKey(mart, key)];
  let isTruncated = false;
  for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
    // a snapshot of before an upgrade may not have every table
    if (!tables.has(place.table) || isKnown(seen, JSON.stringify(place))) continue;
    const left = MOST_ROWS - rows.length;
    const found = await queryJson(
      connection,
      `select * from ${place.table} where ${isAt(place)} limit ${left + 1}`,
    );
    if (rows.length === 0 && found.length === 0) {
      throw rowNotFound(martName, `no row of ${martName} has this key in the snapshot`);
    }
    if (found.length > left) isTruncated = true;
    const traced = marts.get(place.table);
    let isNew = false;
    for (const row of found.slice(0, left)) {
      if (isKnown(seen, JSON.stringify([place.table, row]))) continue;
      isNew = true;
      rows.push({ table: place.table, row });
      for (const trace of traced?.traces ?? []) waiting.push(...placesOf(trace, row));
    }
    if (isNew && traced === undefined) places.push(place);
  }
  if (rows.length === 0) throw rowNotFound(martName, `the snapshot has no mart ${martName}`);
  return { rows, places, isTruncated };
}

async function readTables(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const rows = await queryJson(
    connection,
    `select schema_name || '.' || view_name as name from duckdb_views() where database_name = current_catalog()`,
  );
  return new Set(rows.map(({ name }) => String(name)));
}

/** Tells whether something was met before, and remembers it. */
function isKnown(seen: Set<string>, text: string): boolean {
  if (seen.has(text)) return true;
  seen.add(text);
  return false;
}
