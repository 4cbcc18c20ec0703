import { sqlString, sqlStringList } from '../../base/sql-text.ts';
import { queryJson } from '../warehouse/duckdb.ts';
import type { SnapshotTable } from '../warehouse/snapshot-manifest.ts';
import type { TableStore } from '../warehouse/table-store.ts';
import type { FlattenedView } from './flatten-views.ts';
import { unaccounted } from './unaccounted.ts';

/**
 * The files of every table hold the rows that the manifest will say, and so do their lineages. Reads the footers only.
 *
 * @throws ChiasmError `unaccounted-lines`
 */
export async function reconcileFiles(store: TableStore, tables: readonly SnapshotTable[]): Promise<void> {
  const expected = new Map<string, { readonly table: string; readonly rows: number }>();
  for (const { schema, name, rows, files } of tables) {
    const table = `${schema}.${name}`;
    const sum = files.reduce((all, file) => all + file.rows, 0);
    if (sum !== rows) throw unaccounted(`rows of ${table}`, rows, sum, { table });
    for (const file of files) {
      expected.set(store.pathOf(schema, file), { table, rows: file.rows });
      if (file.lineage !== undefined) {
        expected.set(store.lineagePathOf(file), { table: `lineage of ${table}`, rows: file.rows });
      }
    }
  }
  const footers = await queryJson(
    store.connection,
    `select file_name, num_rows::double as rows from parquet_file_metadata(${sqlStringList([...expected.keys()])})`,
  );
  for (const footer of footers) {
    const known = expected.get(String(footer['file_name']));
    const found = Number(footer['rows']);
    if (known === undefined || known.rows === found) continue;
    throw unaccounted(`rows of ${known.table}`, known.rows, found, { table: known.table });
  }
}

/**
 * Follows the records that a view was given into the table that will be published. Each has been met in landing; where
 * the view gives a row for every record, each has one; the lineage names as many rows of them as were made, and names
 * no record that is deleted or shadowed. Cost: the records, and a look through the table's lineage, as for a merge.
 *
 * @throws ChiasmError `unaccounted-lines`
 */
export async function reconcileView(
  store: TableStore,
  table: SnapshotTable,
  flattened: FlattenedView,
): Promise<void> {
  const { view, type, records, rows, recordsWithRows, met } = flattened;
  const differs = (what: string, expected: number, found: number): Error =>
    unaccounted(`view ${view}, ${what}`, expected, found, { table: `staging.${view}`, type });
  if (met !== undefined && met !== records) throw differs(`records of ${type} in landing`, records, met);
  if (flattened.givesRowPerRecord && recordsWithRows !== records) {
    throw differs(`records of ${type} with rows`, records, recordsWithRows);
  }
  const lineages = table.files.map((file) => sqlString(store.lineagePathOf(file))).join(', ');
  const [row] = await queryJson(
    store.connection,
    `with mine as (select scope from read_parquet([${lineages}]) ${flattened.isRebuilt ? '' : 'where scope in (select scope from touched)'}),
     counting as (
       select scope from private.record
       where type = ${sqlString(type)} and not is_deleted and not is_shadowed
         ${flattened.isRebuilt ? '' : 'and scope in (select scope from touched)'}
     )
     select (select count(*) from counting)::double as records, (select count(*) from mine)::double as rows,
       (select count(distinct scope) from mine semi join counting using (scope))::double as with_rows,
       (select count(*) from mine anti join counting using (scope))::double as ghosts`,
  );
  const found = (name: string): number => Number(row?.[name]);
  if (found('records') !== records) throw differs(`records of ${type}`, found('records'), records);
  if (found('ghosts') > 0) throw differs(`rows of records that are gone`, 0, found('ghosts'));
  if (found('rows') !== rows) throw differs('rows', rows, found('rows'));
  if (found('with_rows') !== recordsWithRows) {
    throw differs(`records of ${type} with rows`, recordsWithRows, found('with_rows'));
  }
}
