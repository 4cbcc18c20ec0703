import { queryCount, queryJson } from '../warehouse/duckdb.ts';
import type { TableStore } from '../warehouse/table-store.ts';
import type { TableKeeper } from './table-keeper.ts';

/** A table that a SELECT over other tables makes. */
export interface KeptSelect {
  readonly name: string;
  readonly sql: string;
}

/** Tables larger than this are replaced rather than compared when all of their rows were computed again. */
const COMPARE_ROWS = 2_000_000;
const WHOLE = { kind: 'column', sql: '0::ubigint' } as const;

/** Brings a table up to date by computing all of its rows; what stayed the same is not written again. */
export async function keepWhole(
  store: TableStore,
  keeper: TableKeeper,
  schema: 'staging' | 'marts',
  { name, sql }: KeptSelect,
  definition: string,
): Promise<void> {
  const { connection } = store;
  const base = keeper.base(schema, name, definition);
  if (base === undefined || base.rows > COMPARE_ROWS) {
    await keeper.replace(schema, name, definition, [await store.writeFile(schema, name, sql)]);
    return;
  }
  await connection.run(`
    create or replace temp table merge_scope as select 0::ubigint as scope;
    create or replace temp table merge_fresh as select 0::ubigint as __scope, * from (${sql})`);
  await keeper.merge(
    base,
    definition,
    await columnsOf(store, `select * exclude (__scope) from merge_fresh`),
    WHOLE,
  );
}

/**
 * The same for a table whose rows belong to patients: only the rows of `main.changed_patient`, and those of no patient,
 * are computed and compared. The caller has limited what the SELECT can see to these.
 */
export async function keepChangedPatients(
  store: TableStore,
  keeper: TableKeeper,
  schema: 'staging' | 'marts',
  { name, sql }: KeptSelect,
  definition: string,
): Promise<void> {
  const base = keeper.base(schema, name, definition);
  if (base === undefined) throw new Error(`${schema}.${name} was never published`);
  await store.connection.run(`
    create or replace temp table merge_scope as
    select hash(patient_key) as scope from main.changed_patient union select hash(null::uuid);
    create or replace temp table merge_fresh as
    select hash(patient_key) as __scope, * from (${sql})
    where patient_key is null or patient_key in (select patient_key from main.changed_patient)`);
  const columns = await columnsOf(store, 'select * exclude (__scope) from merge_fresh');
  await keeper.merge(base, definition, columns, { kind: 'column', sql: 'hash(patient_key)' });
}

export async function columnsOf(store: TableStore, sql: string): Promise<readonly string[]> {
  const rows = await queryJson(store.connection, `describe ${sql}`);
  return rows.map((row) => String(row['column_name']));
}

export async function countChangedPatients(store: TableStore): Promise<number> {
  return queryCount(store.connection, 'select count(distinct patient_key) from main.changed_patient');
}
