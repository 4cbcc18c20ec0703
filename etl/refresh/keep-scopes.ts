import { sqlName } from '../../base/sql-text.ts';
import type { MartScope } from '../../models/mart-declaration.ts';
import { queryCount } from '../warehouse/duckdb.ts';
import type { SnapshotTable } from '../warehouse/snapshot-manifest.ts';
import type { ReadingSqlFile } from '../warehouse/sql-files.ts';
import type { TableStore } from '../warehouse/table-store.ts';
import { columnsOf } from './keep-select.ts';
import { addedRows, freshRows, removedRows, type TableKeeper } from './table-keeper.ts';

/** A share of changed scopes above which computing everything is cheaper than choosing. */
const CHANGED_SHARE = 0.2;

/**
 * Makes `mart_scope`: what rows of a mart follow from that has changed in one of its inputs. False where so much has
 * changed that the mart is better computed whole.
 */
export async function findChangedScopes(
  store: TableStore,
  keeper: TableKeeper,
  mart: ReadingSqlFile,
  scope: MartScope,
  base: SnapshotTable,
): Promise<boolean> {
  const changed = mart.reads.filter((table) => keeper.isChanged(table));
  if (changed.some((table) => keeper.isReplaced(table))) return false;
  const keys = changed.flatMap((table) => changedKeys(table, scope));
  await store.connection.run(
    `create or replace temp table mart_scope as
     select distinct key from (${keys.join(' union all ')}) where key is not null`,
  );
  return (await queryCount(store.connection, 'select count(*) from mart_scope')) <= base.rows * CHANGED_SHARE;
}

function changedKeys(table: string, scope: MartScope): readonly string[] {
  return (scope.inputs[table] ?? []).flatMap((column) =>
    [addedRows(table), removedRows(table)].map((rows) => `select ${sqlName(column)} as key from ${rows}`),
  );
}

/** Brings a mart up to date by computing the rows that follow from what is in `mart_scope`. */
export async function keepChangedScopes(
  store: TableStore,
  keeper: TableKeeper,
  mart: ReadingSqlFile,
  scope: MartScope,
  base: SnapshotTable,
  definition: string,
): Promise<void> {
  const { connection } = store;
  for (const [table, columns] of Object.entries(scope.inputs))
    await showScopes(store, keeper, table, columns, scope);
  await connection.run(`
    create or replace temp table merge_scope as select hash(key) as scope from mart_scope;
    create or replace temp table merge_fresh as
    select hash(${sqlName(scope.column)}) as __scope, * from (${mart.sql})
    where ${sqlName(scope.column)} in (select key from mart_scope)`);
  const columns = await columnsOf(store, 'select * exclude (__scope) from merge_fresh');
  await keeper.merge(base, definition, columns, { kind: 'column', sql: `hash(${sqlName(scope.column)})` });
}

/**
 * Lets the SELECT see the rows of an input that bear a changed key. Where only the input's own changes ask for them,
 * the rows that this run has computed are all of these, and no file is read.
 */
async function showScopes(
  store: TableStore,
  keeper: TableKeeper,
  table: string,
  columns: readonly string[],
  scope: MartScope,
): Promise<void> {
  const [schema, name] = table.split('.') as ['staging' | 'marts', string];
  const input = keeper.get(schema, name);
  if (input === undefined) return;
  const isChosen = columns.map((column) => `${sqlName(column)} in (select key from mart_scope)`).join(' or ');
  const isOwn =
    keeper.isChanged(table) &&
    (await queryCount(
      store.connection,
      `select count(*) from (select key from mart_scope except (${changedKeys(table, scope).join(' union all ')}))`,
    )) === 0;
  if (isOwn) await store.showRows(schema, name, `${freshRows(table)} where ${isChosen}`);
  else await store.show(schema, name, input.files, `where ${isChosen}`);
}
