import { queryCount, queryJson } from '../warehouse/duckdb.ts';
import type { SnapshotFile } from '../warehouse/snapshot-manifest.ts';
import type { TableStore } from '../warehouse/table-store.ts';
import type { RecentRecords } from './recent-records.ts';
import { ALIAS_COLUMNS, FACT_COLUMNS, NAME_COLUMNS, RECORD_COLUMNS } from './record-state.ts';
import type { TableKeeper } from './table-keeper.ts';

/** Raise it when the columns or the meaning of the private tables change: everything is then rebuilt from landing. */
export const PRIVATE_DEFINITION = 'records-3';

const ROWS_PER_FILE = 500_000;

interface PrivateTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** The temporary table that has their rows. */
  readonly fresh: string;
  /** SQL for the hash of the unit that is replaced, over the table's own columns. */
  readonly scope: string;
  /** Which units are replaced. */
  readonly scopes: string;
}

const TABLES: readonly PrivateTable[] = [
  {
    name: 'record',
    columns: RECORD_COLUMNS,
    fresh: 'record_new',
    scope: 'scope',
    scopes: 'select scope from record_new',
  },
  {
    name: 'fact',
    columns: FACT_COLUMNS,
    fresh: 'fact_new',
    scope: 'scope',
    scopes: 'select scope from versioned',
  },
  {
    name: 'alias',
    columns: ALIAS_COLUMNS,
    fresh: 'alias_new',
    scope: 'hash(source, run)',
    scopes: 'select distinct hash(source, run) as scope from alias_new',
  },
  {
    name: 'name',
    columns: NAME_COLUMNS,
    fresh: 'kept_name',
    scope: 'hash(source, raw)',
    scopes: 'select hash(source, raw) as scope from kept_name',
  },
];

export const PRIVATE_TABLE_NAMES: readonly string[] = TABLES.map((table) => table.name);

/** Writes what the run has learnt about records into the private tables of the coming snapshot. */
export async function keepRecords(
  store: TableStore,
  keeper: TableKeeper,
  recent: RecentRecords,
): Promise<void> {
  const { connection } = store;
  await connection.run(
    `create or replace temp table kept_name as select distinct ${NAME_COLUMNS.join(', ')} from name_new`,
  );
  for (const table of TABLES) {
    const base = keeper.base('private', table.name, PRIVATE_DEFINITION);
    if (base === undefined) {
      await writeAll(store, keeper, table, recent);
      continue;
    }
    await connection.run(`
      create or replace temp table merge_scope as ${table.scopes};
      create or replace temp table merge_fresh as
      select ${table.scope} as __scope, ${table.columns.join(', ')} from ${table.fresh}`);
    await keeper.merge(base, PRIVATE_DEFINITION, table.columns, { kind: 'column', sql: table.scope });
  }
}

/** What is recent lies in files of its own, as in the staging tables. */
async function writeAll(
  store: TableStore,
  keeper: TableKeeper,
  table: PrivateTable,
  recent: RecentRecords,
): Promise<void> {
  const { connection } = store;
  await recent.make();
  const files: SnapshotFile[] = [];
  const write = async (where: string): Promise<void> => {
    const select = `select ${table.columns.join(', ')} from ${table.fresh} where ${where} order by rowid`;
    files.push(await store.writeFile('private', table.name, select));
  };
  const recentScopes = 'select r.scope from recent_record r where r.scope is not null';
  const rows = await queryCount(connection, `select count(*) from ${table.fresh}`);
  for (let from = 0; from === 0 || from < rows; from += ROWS_PER_FILE) {
    const isPortion = `rowid >= ${from} and rowid < ${from + ROWS_PER_FILE}`;
    await write(`${isPortion} and ${table.scope} not in (${recentScopes})`);
  }
  const parts = await queryJson(
    connection,
    `select distinct r.part from recent_record r join (select ${table.scope} as own from ${table.fresh}) on own = r.scope
     order by r.part desc`,
  );
  for (const { part } of parts)
    await write(`${table.scope} in (${recentScopes} and r.part = ${Number(part)})`);
  await keeper.replace('private', table.name, PRIVATE_DEFINITION, files);
}
