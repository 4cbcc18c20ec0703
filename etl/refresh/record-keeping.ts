import { queryCount } from '../warehouse/duckdb.ts';
import type { SnapshotFile } from '../warehouse/snapshot-manifest.ts';
import type { TableStore } from '../warehouse/table-store.ts';
import { ALIAS_COLUMNS, FACT_COLUMNS, NAME_COLUMNS, RECORD_COLUMNS } from './record-state.ts';
import type { TableKeeper } from './table-keeper.ts';

/** Raise it when the columns or the meaning of the private tables change: everything is then rebuilt from landing. */
export const PRIVATE_DEFINITION = 'records-3';

const ROWS_PER_FILE = 500_000;

interface PrivateTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** SQL for the hash of the unit that is replaced, over the table's own columns. */
  readonly scope: string;
  /** Which units are replaced, and their rows. */
  readonly scopes: string;
  readonly rows: string;
}

const TABLES: readonly PrivateTable[] = [
  {
    name: 'record',
    columns: RECORD_COLUMNS,
    scope: 'scope',
    scopes: 'select scope from record_new',
    rows: `select ${RECORD_COLUMNS.join(', ')} from record_new`,
  },
  {
    name: 'fact',
    columns: FACT_COLUMNS,
    scope: 'scope',
    scopes: 'select scope from versioned',
    rows: `select ${FACT_COLUMNS.join(', ')} from fact_new`,
  },
  {
    name: 'alias',
    columns: ALIAS_COLUMNS,
    scope: 'hash(source, run)',
    scopes: 'select distinct hash(source, run) as scope from alias_new',
    rows: `select ${ALIAS_COLUMNS.join(', ')} from alias_new`,
  },
  {
    name: 'name',
    columns: NAME_COLUMNS,
    scope: 'hash(source, raw)',
    scopes: 'select distinct hash(source, raw) as scope from name_new',
    rows: `select distinct ${NAME_COLUMNS.join(', ')} from name_new`,
  },
];

export const PRIVATE_TABLE_NAMES: readonly string[] = TABLES.map((table) => table.name);

/** Writes what the run has learnt about records into the private tables of the coming snapshot. */
export async function keepRecords(store: TableStore, keeper: TableKeeper): Promise<void> {
  const { connection } = store;
  for (const table of TABLES) {
    const base = keeper.base('private', table.name, PRIVATE_DEFINITION);
    await connection.run(`
      create or replace temp table merge_scope as ${table.scopes};
      create or replace temp table merge_fresh as select ${table.scope} as __scope, * from (${table.rows})`);
    if (base === undefined) await writeAll(store, keeper, table.name);
    else await keeper.merge(base, PRIVATE_DEFINITION, table.columns, { kind: 'column', sql: table.scope });
  }
}

async function writeAll(store: TableStore, keeper: TableKeeper, name: string): Promise<void> {
  const files: SnapshotFile[] = [];
  const rows = await queryCount(store.connection, 'select count(*) from merge_fresh');
  for (let from = 0; from === 0 || from < rows; from += ROWS_PER_FILE) {
    files.push(
      await store.writeFile(
        'private',
        name,
        `select * exclude (__scope) from merge_fresh where rowid >= ${from} and rowid < ${from + ROWS_PER_FILE} order by rowid`,
      ),
    );
  }
  await keeper.replace('private', name, PRIVATE_DEFINITION, files);
}
