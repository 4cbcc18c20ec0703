import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { sqlName, sqlString } from '../../base/sql-text.ts';
import type { PrivacyProfile } from '../../models/privacy-profile.ts';
import type { IdentitySource } from '../identity/identity-source.ts';
import { resolveReferences } from '../identity/references.ts';
import { type FlattenSql, planFlatten } from '../privacy/flatten-sql.ts';
import type { ViewPlan } from '../view/plan.ts';
import { printView, type Scan } from '../view/sql.ts';
import { queryJson } from '../warehouse/duckdb.ts';
import type { SnapshotFile, SnapshotTable } from '../warehouse/snapshot-manifest.ts';
import type { TableStore } from '../warehouse/table-store.ts';
import { landingPathSql } from './record-state.ts';
import type { TableKeeper } from './table-keeper.ts';

export interface FlattenContext {
  readonly store: TableStore;
  readonly keeper: TableKeeper;
  readonly landing: string;
  readonly sources: readonly IdentitySource[];
  readonly profile: PrivacyProfile;
  /** ISO date at which ages are counted. */
  readonly ageDate: string;
  /** The types of the records whose rows may change. */
  readonly touchedTypes: ReadonlySet<string>;
}

/** The types of the records in `touched`. */
export async function readTouchedTypes(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const rows = await queryJson(
    connection,
    'select distinct type from record_new where scope in (select scope from touched)',
  );
  return new Set(rows.map((row) => String(row['type'])));
}

/** Makes `person_key` (person_id, patient_key, shift, is_withheld): each person is hashed once. */
export async function pseudonymisePersons(connection: DuckDBConnection): Promise<void> {
  await connection.run(`
    create or replace temp table person_key as
    select person_id, pseudonym_hex('person', person_id::varchar)::uuid as patient_key,
      shift_days(person_id::varchar) as shift,
      person_id in (select person_id from withheld_person) as is_withheld
    from (select distinct person_id from node_person)`);
}

/**
 * Brings one staging table up to date: from the touched records where the published table was made by this very view,
 * otherwise from all records, one landing file after the other, so that memory does not grow with the table.
 */
export async function flattenView(
  plan: ViewPlan,
  definition: string,
  context: FlattenContext,
): Promise<void> {
  const flatten = planFlatten(plan, context.profile, context.ageDate);
  const base = context.keeper.base('staging', plan.name, definition);
  try {
    if (base === undefined) await rebuild(plan, flatten, definition, context);
    else await update(plan, flatten, base, definition, context);
  } catch (error) {
    throw new ChiasmError('view-failed', `view ${plan.name} could not be flattened: ${reasonOf(error)}`, {
      params: { view: plan.name },
      cause: error,
    });
  }
}

async function update(
  plan: ViewPlan,
  flatten: FlattenSql,
  base: SnapshotTable,
  definition: string,
  context: FlattenContext,
): Promise<void> {
  if (!context.touchedTypes.has(plan.resource)) return context.keeper.keep(base, definition);
  const { connection } = context.store;
  const type = sqlString(plan.resource);
  await connection.run(`
    create or replace temp table merge_scope as
    select scope from touched where scope in (select scope from record_new where type = ${type});
    create or replace temp table owned_record as
    ${ownedSql(context, `record_new r`, `r.type = ${type} and r.scope in (select scope from touched)`)}`);
  const paths = await queryJson(connection, 'select distinct path from owned_record order by path');
  await makeFresh(
    plan,
    flatten,
    paths.map((row) => String(row['path'])),
    context,
  );
  await context.keeper.merge(
    base,
    definition,
    flatten.columns.map(({ name }) => name),
    { kind: 'lineage' },
  );
}

async function rebuild(
  plan: ViewPlan,
  flatten: FlattenSql,
  definition: string,
  context: FlattenContext,
): Promise<void> {
  const { connection } = context.store;
  const type = sqlString(plan.resource);
  const all = `(select * from record_new union all by name
    select * from private.record where scope not in (select scope from record_new)) r`;
  await connection.run(
    `create or replace temp table record_of_type as select r.*, ${landingPathSql(context.landing, 'r')} as path from ${all} where r.type = ${type}`,
  );
  const paths = await queryJson(
    connection,
    'select distinct path from record_of_type where not is_deleted and not is_shadowed order by path',
  );
  const files: SnapshotFile[] = [];
  for (const path of paths.length === 0 ? [undefined] : paths.map((row) => String(row['path']))) {
    const where = path === undefined ? 'false' : `r.path = ${sqlString(path)}`;
    await connection.run(
      `create or replace temp table owned_record as ${ownedSql(context, 'record_of_type r', where)}`,
    );
    await makeFresh(plan, flatten, path === undefined ? [] : [path], context);
    const [count] = await queryJson(connection, 'select count(*)::double as n from merge_fresh');
    if (Number(count?.['n']) === 0 && (files.length > 0 || paths.length > 1)) continue;
    files.push(
      await context.store.writeFile(
        'staging',
        plan.name,
        'select * exclude (__scope) from merge_fresh order by rowid',
        'select __scope as scope from merge_fresh order by rowid',
      ),
    );
  }
  if (files.length === 0) {
    files.push(
      await context.store.writeFile(
        'staging',
        plan.name,
        'select * exclude (__scope) from merge_fresh where false',
        'select __scope as scope from merge_fresh where false',
      ),
    );
  }
  await connection.run('drop table record_of_type');
  await context.keeper.replace('staging', plan.name, definition, files);
}

function ownedSql(context: FlattenContext, from: string, where: string): string {
  const shift = context.profile.dates === 'shifted' ? 'k.shift' : '0';
  return `select ${landingPathSql(context.landing, 'r')} as path, r.id, r.scope, r.source, r.run, r.origin_path, k.patient_key, ${shift} as shift,
      coalesce(k.is_withheld, false) as is_withheld
    from ${from} left join person_key k on k.person_id = r.person_id
    where not r.is_deleted and not r.is_shadowed and ${where}`;
}

/** Makes `merge_fresh` (`__scope`, then the staging columns) for the records in `owned_record`. */
async function makeFresh(
  plan: ViewPlan,
  flatten: FlattenSql,
  paths: readonly string[],
  context: FlattenContext,
): Promise<void> {
  const { connection } = context.store;
  if (paths.length === 0) {
    const columns = flatten.columns.map(({ name, type }) => `${sqlName(name)} ${type}`);
    await connection.run(`create or replace temp table merge_fresh (__scope ubigint, ${columns.join(', ')})`);
    return;
  }
  await connection.run(`
    create or replace temp table view_row as
    select v.* exclude (__filename, __id), o.source as __source, o.patient_key as __patient_key,
      o.shift as __shift, o.scope as __scope, o.is_withheld as __is_withheld
    from (${printView(plan, scanOf(paths))}) v
    join owned_record o on o.path = v.__filename and o.id = v.__id`);
  if (flatten.writtenReferences !== undefined) {
    const written = { sql: flatten.writtenReferences, origins: 'owned_record' };
    await resolveReferences(connection, context.sources, written);
    await connection.run(`
      insert into name_new
      select distinct w.source, w.raw, t.target from written_reference w
      left join reference_target t on t.source = w.source and t.raw = w.raw
      where contains(w.raw, ':') or contains(w.raw, '?')`);
  }
  for (const sql of flatten.hashKeys) await connection.run(sql);
  await connection.run(`create or replace temp table merge_fresh as ${flatten.select}`);
}

function scanOf(files: readonly string[]): Scan {
  return { kind: 'files', files, carry: ['filename', 'id'] };
}

/** DuckDB quotes input in some of its messages, so only the kind of error is passed on. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const own = /view [a-z0-9_]+, column [A-Za-z0-9_]+: [a-z ]+/.exec(message)?.[0];
  return own ?? /^[A-Za-z ]+ Error/.exec(message)?.[0] ?? 'internal error';
}
