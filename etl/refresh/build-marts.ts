import { ChiasmError } from '../../base/error.ts';
import { sqlString } from '../../base/sql-text.ts';
import { loadMartDeclarations, type MartScope } from '../../models/mart-declaration.ts';
import { queryCount } from '../warehouse/duckdb.ts';
import type { SnapshotTable } from '../warehouse/snapshot-manifest.ts';
import type { TableStore } from '../warehouse/table-store.ts';
import { findChangedScopes, keepChangedScopes } from './keep-scopes.ts';
import { columnsOf, countChangedPatients, keepChangedPatients, keepWhole } from './keep-select.ts';
import { keepWholeByScope } from './keep-whole-scopes.ts';
import { sqlDefinition } from './model-hash.ts';
import type { RecentRecords } from './recent-records.ts';
import { loadSqlFiles, orderSqlFiles, type ReadingSqlFile } from './sql-files.ts';
import type { TableKeeper } from './table-keeper.ts';

/** A share of changed patients above which computing everything is cheaper than choosing. */
const CHANGED_SHARE = 0.2;

export interface MartContext {
  readonly store: TableStore;
  readonly keeper: TableKeeper;
  /** Fingerprint of everything but the SQL that decides a mart's rows: code tables and the refresh itself. */
  readonly fingerprint: string;
  readonly recent: RecentRecords;
  readonly onTable: (done: number, total: number) => void;
}

/**
 * Brings the staging tables that group over views and the marts up to date, each after those it reads. One whose inputs
 * did not change is kept. One that declares a scope is computed for the scopes that changed, another one whose rows
 * belong to patients for the patients whose inputs changed; the others, and all after a change of their definition, as
 * a whole.
 */
export async function buildMarts(context: MartContext): Promise<void> {
  const { store, keeper } = context;
  const staging = await orderSqlFiles(store.connection, 'staging', loadSqlFiles('staging'));
  const marts = await orderSqlFiles(store.connection, 'marts', loadSqlFiles('marts'));
  const total = staging.length + marts.length;
  await closeOverStudies(store, keeper);
  const paysToChoose = await isFewPatients(store);
  const scopes = new Map(loadMartDeclarations().map((mart) => [mart.name, mart.scope]));
  let done = 0;
  for (const [schema, files] of [
    ['staging', staging],
    ['marts', marts],
  ] as const) {
    for (const file of files) {
      await build(
        context,
        schema,
        file,
        paysToChoose,
        schema === 'marts' ? scopes.get(file.name) : undefined,
      );
      context.onTable(++done, total);
    }
  }
  for (const table of keeper.tables) await store.show(table.schema, table.name, table.files);
}

async function build(
  context: MartContext,
  schema: 'staging' | 'marts',
  file: ReadingSqlFile,
  paysToChoose: boolean,
  scope: MartScope | undefined,
): Promise<void> {
  const { store, keeper } = context;
  const definition = sqlDefinition(file.sql, context.fingerprint);
  const base = keeper.base(schema, file.name, definition);
  const inputs = file.reads.filter((table) => !table.startsWith('codes.'));
  if (base !== undefined && !inputs.some((table) => keeper.isChanged(table))) {
    await keeper.keep(base, definition);
    return;
  }
  const unknown = scope === undefined ? undefined : inputs.find((table) => !(table in scope.inputs));
  if (unknown !== undefined) throw new Error(`the scope of marts.${file.name} does not know ${unknown}`);
  const isScoped =
    base !== undefined &&
    scope !== undefined &&
    (await findChangedScopes(store, keeper, { ...file, reads: inputs }, scope, base));
  const isChosen =
    base !== undefined &&
    scope === undefined &&
    paysToChoose &&
    !inputs.some((table) => keeper.isChangedForAll(table)) &&
    (await hasPatientKey(store, base)) &&
    (await haveOwners(context, inputs));
  try {
    if (isScoped) {
      await keepChangedScopes(store, keeper, { ...file, reads: inputs }, scope, base, definition);
      return;
    }
    await showInputs(context, inputs, isChosen);
    if (scope !== undefined) {
      await keepWholeByScope(context, { ...file, reads: inputs }, scope, definition);
      return;
    }
    const keep = isChosen ? keepChangedPatients : keepWhole;
    await keep(store, keeper, schema, file, definition);
  } catch (error) {
    const kind = /^[A-Za-z ]+ Error/.exec(error instanceof Error ? error.message : '')?.[0] ?? 'error';
    throw new ChiasmError('mart-failed', `${schema}.${file.name} could not be built: ${kind}`, {
      params: { table: file.name },
      cause: error,
    });
  }
}

/** Lets the SELECT of a table see all rows of what it reads, or only those of changed patients and of none. */
async function showInputs(context: MartContext, inputs: readonly string[], isChosen: boolean): Promise<void> {
  for (const input of inputs) {
    const [schema, name] = input.split('.') as ['staging' | 'marts', string];
    const table = context.keeper.get(schema, name);
    if (table === undefined) continue;
    await context.store.show(schema, name, table.files, isChosen ? CHANGED_ONLY : '');
  }
}

const CHANGED_ONLY =
  'where patient_key is null or patient_key in (select patient_key from main.changed_patient)';

/**
 * Do all inputs say whose their rows are? A row of one that does not (a series, say) is seen while what is joined to it
 * is not, and would then be computed wrongly.
 */
async function haveOwners({ store, keeper }: MartContext, inputs: readonly string[]): Promise<boolean> {
  for (const input of inputs) {
    const [schema, name] = input.split('.') as ['staging' | 'marts', string];
    const table = keeper.get(schema, name);
    if (table !== undefined && !(await hasPatientKey(store, table))) return false;
  }
  return true;
}

async function hasPatientKey(store: TableStore, table: SnapshotTable): Promise<boolean> {
  const file = table.files[0];
  if (file === undefined) return false;
  const columns = await columnsOf(store, `from read_parquet(${sqlString(store.pathOf(table.schema, file))})`);
  return columns.includes('patient_key');
}

/**
 * A study that record and image ascribe to different people is the one thing whose row depends on two: whoever shares a
 * study with a changed patient, now or in the published tables, counts as changed.
 */
async function closeOverStudies(store: TableStore, keeper: TableKeeper): Promise<void> {
  const tables = ['imaging_link', 'imaging_study'].flatMap((name) => [
    keeper.get('staging', name),
    keeper.published('staging', name),
  ]);
  const parts = tables
    .filter((table) => table !== undefined)
    .map(
      (table) =>
        `select study_key, patient_key from read_parquet([${table.files.map((file) => sqlString(store.pathOf('staging', file))).join(', ')}])`,
    );
  if (parts.length === 0) return;
  const { connection } = store;
  await connection.run(`
    create or replace temp table study_owner as
    select distinct study_key, patient_key from (${parts.join(' union all ')})
    where study_key is not null and patient_key is not null`);
  for (let known = -1; ; ) {
    const count = await countChangedPatients(store);
    if (count === known) return;
    known = count;
    await connection.run(`
      insert into main.changed_patient
      select distinct o.patient_key from study_owner o
      where o.study_key in (
        select study_key from study_owner where patient_key in (select patient_key from main.changed_patient)
      ) and o.patient_key not in (select patient_key from main.changed_patient)`);
  }
}

async function isFewPatients(store: TableStore): Promise<boolean> {
  const people = await queryCount(store.connection, 'select count(*) from person_key');
  return (await countChangedPatients(store)) <= people * CHANGED_SHARE;
}
