import { sqlName, sqlString } from '../../base/sql-text.ts';
import { queryJson } from './duckdb.ts';
import type { SnapshotFile, SnapshotTable } from './snapshot-manifest.ts';
import type { FoldPolicy, TableSchema, TableStore } from './table-store.ts';

/** So many files are made one. */
const FOLDED_FILES = 8;

/**
 * How a table's rows find their scope, the unit in which they are replaced. `lineage`: a UBIGINT in the lineage file
 * beside each file (staging: the record's hash). `column`: SQL over the table's own columns (marts:
 * `hash(patient_key)`).
 */
export type RowScope = { readonly kind: 'lineage' } | { readonly kind: 'column'; readonly sql: string };

export interface TableChange {
  readonly table: SnapshotTable;
  readonly rowsAdded: number;
  readonly rowsRemoved: number;
}

/**
 * Replaces the rows of some scopes. Temporary table `merge_scope` (scope UBIGINT) names the scopes; `merge_fresh`
 * (`__scope` UBIGINT, then the table's columns) has their rows as they must be now. Rows that stay the same stay where
 * they are; only files that lose a row are written again, and new rows go into a file of their own, so that cost
 * follows the change. Leaves `merge_removed` and `merge_added` (the changed rows' columns) behind.
 */
export async function mergeTable(
  store: TableStore,
  base: SnapshotTable,
  columns: readonly string[],
  scope: RowScope,
): Promise<TableChange> {
  const { connection } = store;
  const { schema, name } = base;
  const list = columns.map(sqlName).join(', ');
  const own = columns.map((column) => `t.${sqlName(column)}`).join(', ');
  const files = base.files.map((file) => store.pathOf(schema, file));
  await connection.run(`
    create or replace temp table merge_place as ${placeSql(store, base, files, scope)};
    create or replace temp table merge_old as
    select p.__file, p.__row, hash(p.__scope, ${own}) as __hash, ${own}
    from ${rowsSql(files)} t join merge_place p on p.__path = t.filename and p.__row = t.file_row_number;
    create or replace temp table merge_new as
    select rowid as place, hash(__scope, ${list}) as __hash from merge_fresh;
    create or replace temp table merge_removed as
    select * exclude (nth) from (
      select *, row_number() over (partition by __hash order by __file, __row) as nth from merge_old
    ) o anti join (
      select __hash, row_number() over (partition by __hash order by place) as nth from merge_new
    ) n on n.__hash = o.__hash and n.nth = o.nth;
    create or replace temp table merge_kept_place as
    select n.place from (
      select place, __hash, row_number() over (partition by __hash order by place) as nth from merge_new
    ) n anti join (
      select __hash, row_number() over (partition by __hash order by __file, __row) as nth from merge_old
    ) o on o.__hash = n.__hash and o.nth = n.nth;
    create or replace temp table merge_added as
    select f.* from merge_fresh f join merge_kept_place k on k.place = f.rowid order by f.rowid;
    drop table merge_old`);
  const [counts] = await queryJson(
    connection,
    `select (select count(*) from merge_added)::double as added, (select count(*) from merge_removed)::double as removed`,
  );
  const rowsAdded = Number(counts?.['added'] ?? 0);
  const rowsRemoved = Number(counts?.['removed'] ?? 0);
  if (rowsAdded === 0 && rowsRemoved === 0) return { table: base, rowsAdded, rowsRemoved };

  const touched = new Map(
    (
      await queryJson(
        connection,
        'select __file::integer as file, count(*)::integer as rows from merge_removed group by __file',
      )
    ).map((row) => [Number(row['file']), Number(row['rows'])]),
  );
  const small = foldedFiles(base.files, touched, store.fold);
  const kept: SnapshotFile[] = [];
  for (const [index, file] of base.files.entries()) {
    if (small.has(index)) continue;
    const lost = touched.get(index);
    if (lost === undefined) kept.push(file);
    else if (lost < file.rows) {
      kept.push(await rewrite(store, schema, name, list, scope, [{ file, index }], false));
    }
  }
  const folded = base.files.map((file, index) => ({ file, index })).filter(({ index }) => small.has(index));
  if (rowsAdded > 0 || folded.length > 0) {
    kept.push(await rewrite(store, schema, name, list, scope, folded, true));
  }
  const table: SnapshotTable = {
    schema,
    name,
    definition: base.definition,
    rows: base.rows + rowsAdded - rowsRemoved,
    files: kept.length > 0 ? kept : [await rewrite(store, schema, name, list, scope, [], true)],
  };
  return { table, rowsAdded, rowsRemoved };
}

function placeSql(store: TableStore, base: SnapshotTable, files: readonly string[], scope: RowScope): string {
  const numbered = (paths: readonly string[]): string =>
    `(values ${paths.map((path, index) => `(${index}, ${sqlString(path)}, ${sqlString(files[index] ?? '')})`).join(', ')})
     as names(file, own, path)`;
  if (scope.kind === 'column') {
    return `select names.file as __file, names.path as __path, t.file_row_number as __row, ${scope.sql} as __scope
      from ${rowsSql(files)} t join ${numbered(files)} on names.own = t.filename
      where ${scope.sql} in (select m.scope from merge_scope m)`;
  }
  const lineages = base.files.map((file) => store.lineagePathOf(file));
  return `select names.file as __file, names.path as __path, t.file_row_number as __row, t.scope as __scope
    from ${rowsSql(lineages)} t join ${numbered(lineages)} on names.own = t.filename
    where t.scope in (select m.scope from merge_scope m)`;
}

function rowsSql(paths: readonly string[]): string {
  return `read_parquet([${paths.map(sqlString).join(', ')}], filename = true, file_row_number = true)`;
}

function foldedFiles(
  files: readonly SnapshotFile[],
  touched: ReadonlyMap<number, number>,
  { smallRows, middleRows, middleFiles }: FoldPolicy,
): ReadonlySet<number> {
  const between = (least: number, most: number): readonly number[] =>
    files.flatMap((file, index) => {
      const rows = file.rows - (touched.get(index) ?? 0);
      return rows >= least && rows < most ? [index] : [];
    });
  const small = between(0, smallRows);
  const middle = between(smallRows, middleRows);
  return new Set([
    ...(small.length >= FOLDED_FILES ? small : []),
    ...(middle.length > middleFiles ? middle.slice(0, FOLDED_FILES) : []),
  ]);
}

/** One file of what is left of some files, and of the added rows if asked for. */
async function rewrite(
  store: TableStore,
  schema: TableSchema,
  name: string,
  list: string,
  scope: RowScope,
  parts: readonly { readonly file: SnapshotFile; readonly index: number }[],
  withAdded: boolean,
): Promise<SnapshotFile> {
  const select = (columns: string, pathOf: (file: SnapshotFile) => string, added: string): string => {
    const pieces = parts.map(
      ({ file, index }, order) => `
      select ${order} as __part, t.file_row_number as __place, ${columns} from ${rowsSql([pathOf(file)])} t
      anti join merge_removed r on r.__file = ${index} and r.__row = t.file_row_number`,
    );
    if (withAdded)
      pieces.push(`select ${parts.length} as __part, rowid as __place, ${added} from merge_added`);
    return `select * exclude (__part, __place) from (${pieces.join(' union all ')}) order by __part, __place`;
  };
  return store.writeFile(
    schema,
    name,
    select(list, (file) => store.pathOf(schema, file), list),
    scope.kind === 'lineage'
      ? select('scope', (file) => store.lineagePathOf(file), '__scope as scope')
      : undefined,
  );
}
