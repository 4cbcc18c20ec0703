import { ChiasmError } from '../../base/error.ts';
import { sqlString, sqlStringList } from '../../base/sql-text.ts';
import { loadMartDeclarations, type MartScope } from '../../models/mart-declaration.ts';
import { queryCount } from '../warehouse/duckdb.ts';
import type { SnapshotTable } from '../warehouse/snapshot-manifest.ts';
import { loadSqlFiles, orderSqlFiles, type ReadingSqlFile } from '../warehouse/sql-files.ts';
import type { TableStore } from '../warehouse/table-store.ts';
import { findChangedScopes, keepChangedScopes } from './keep-scopes.ts';
import { columnsOf, countChangedPatients, keepChangedPatients, keepWhole } from './keep-select.ts';
import { keepWholeByScope } from './keep-whole-scopes.ts';
import { sqlDefinition } from './model-hash.ts';
import type { RecentRecords } from './recent-records.ts';
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
  await closeOverImages(store, keeper);
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
    (await tableColumns(store, base)).includes('patient_key') &&
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
    const columns = isChosen ? await tableColumns(context.store, table) : [];
    await context.store.show(schema, name, table.files, limitTo(columns));
  }
}

/** What a table shows of changed patients and of nobody: a table that names studies only, of their studies. */
function limitTo(columns: readonly string[]): string {
  if (columns.includes('patient_key')) {
    return 'where patient_key is null or patient_key in (select patient_key from main.changed_patient)';
  }
  if (!columns.includes('study_key')) return '';
  return `where study_key is null or study_key not in (
    select image_key from image_owner where patient_key not in (select patient_key from main.changed_patient)
  )`;
}

/**
 * Do all inputs say whose their rows are, by patient or by study? A row of one that does not is seen while what is
 * joined to it is not, and would then be computed wrongly.
 */
async function haveOwners({ store, keeper }: MartContext, inputs: readonly string[]): Promise<boolean> {
  for (const input of inputs) {
    const [schema, name] = input.split('.') as ['staging' | 'marts', string];
    const table = keeper.get(schema, name);
    if (table === undefined) continue;
    const columns = await tableColumns(store, table);
    if (!columns.includes('patient_key') && !columns.includes('study_key')) return false;
  }
  return true;
}

async function tableColumns(store: TableStore, table: SnapshotTable): Promise<readonly string[]> {
  const file = table.files[0];
  return file === undefined
    ? []
    : columnsOf(store, `from read_parquet(${sqlString(store.pathOf(table.schema, file))})`);
}

/**
 * The row of a study or series that records and images ascribe to different people depends on all of them: whoever shares
 * one with a changed patient, now or in the published tables, counts as changed. So do those of studies that belong to
 * nobody, because the rows of nobody are always computed again. Makes `image_owner` (image_key, patient_key).
 */
async function closeOverImages(store: TableStore, keeper: TableKeeper): Promise<void> {
  const { connection } = store;
  const rowsOf = (name: string): string => {
    const tables = [keeper.get('staging', name), keeper.published('staging', name)];
    const files = tables.flatMap((table) => table?.files ?? []).map((file) => store.pathOf('staging', file));
    return `read_parquet(${sqlStringList(files)}, union_by_name = true)`;
  };
  await connection.run(`
    create or replace temp table image_claim as
    with listed as (select distinct series_key, patient_key from ${rowsOf('imaging_study_series')})
    select study_key as image_key, patient_key, status = 'conflict' as is_of_nobody from ${rowsOf('imaging_link')}
    union
    select study_key, patient_key, false from ${rowsOf('imaging_study')}
    union
    select series_key, patient_key, false from listed
    union
    select series_key, patient_key, false from ${rowsOf('dicom_instance')}
    where series_key in (select series_key from listed);
    create or replace temp table image_owner as
    select distinct image_key, patient_key from image_claim where image_key is not null and patient_key is not null;
    insert into main.changed_patient
    select distinct patient_key from image_owner where image_key in (
      select image_key from image_claim group by image_key having count(distinct patient_key) > 1 or bool_or(is_of_nobody)
    )`);
  for (let known = -1; ; ) {
    const count = await countChangedPatients(store);
    if (count === known) return;
    known = count;
    await connection.run(`
      insert into main.changed_patient
      select distinct o.patient_key from image_owner o
      where o.image_key in (
        select image_key from image_owner where patient_key in (select patient_key from main.changed_patient)
      ) and o.patient_key not in (select patient_key from main.changed_patient)`);
  }
}

async function isFewPatients(store: TableStore): Promise<boolean> {
  const people = await queryCount(store.connection, 'select count(*) from person_key');
  return (await countChangedPatients(store)) <= people * CHANGED_SHARE;
}
