import type { DuckDBConnection } from '@duckdb/node-api';
import type { SnapshotHold } from '../../cube/served-snapshots.ts';
import { loadSqlFiles, orderSqlFiles } from '../../etl/warehouse/sql-files.ts';
import type { ViewDescription } from '../view-descriptions.ts';

/** Where the rows of a table come from, one step back. */
export interface Lineage {
  /** The tables that its SQL reads, as `<schema>.<table>`. */
  readonly reads: readonly string[];
  /** The file that makes it; a table without one is kept by the refresh itself. */
  readonly madeBy?: string;
  /** The type of the records that a view flattens. */
  readonly resourceType?: string;
  /** The sources that those records come from, with how many. */
  readonly sources?: readonly { readonly source: string; readonly records: number }[];
}

/** Looks up the lineage of any table of the snapshot. */
export async function readLineage(
  hold: SnapshotHold,
  views: ReadonlyMap<string, ViewDescription>,
): Promise<(schema: string, table: string) => Lineage> {
  const { made, landed } = await hold.query(async (connection) => ({
    made: await readSqlTables(connection),
    landed: hold.snapshot.tables.some(({ schema, name }) => schema === 'staging' && name === 'landed_type')
      ? await readLandedTypes(connection)
      : new Map<string, Landed[]>(),
  }));
  return (schema, table) => {
    const known = made.get(`${schema}.${table}`);
    if (known !== undefined) return known;
    const view = schema === 'staging' ? views.get(table) : undefined;
    if (view === undefined) return { reads: [] };
    const { file, resourceType } = view;
    return { reads: [], madeBy: file, resourceType, sources: landed.get(resourceType) ?? [] };
  };
}

async function readSqlTables(connection: DuckDBConnection): Promise<ReadonlyMap<string, Lineage>> {
  const made = new Map<string, Lineage>();
  for (const schema of ['staging', 'marts'] as const) {
    for (const { name, reads } of await orderSqlFiles(connection, schema, loadSqlFiles(schema))) {
      made.set(`${schema}.${name}`, { reads: [...reads].sort(), madeBy: `sql/${schema}/${name}.sql` });
    }
  }
  return made;
}

interface Landed {
  readonly source: string;
  readonly records: number;
}

async function readLandedTypes(connection: DuckDBConnection): Promise<ReadonlyMap<string, Landed[]>> {
  const reader = await connection.runAndReadAll(
    'select type, source, records::double from staging.landed_type order by type, source',
  );
  const landed = new Map<string, Landed[]>();
  for (const [type, source, records] of reader.getRowsJson()) {
    const known = landed.get(String(type)) ?? [];
    known.push({ source: String(source), records: Number(records) });
    landed.set(String(type), known);
  }
  return landed;
}
