import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { sqlName, sqlString, sqlStringList } from '../../base/sql-text.ts';
import type { PrivacyProfile } from '../../models/privacy-profile.ts';
import type { IdentitySource } from '../identity/identity-source.ts';
import { resolveReferences } from '../identity/references.ts';
import { type FlattenSql, planFlatten } from '../privacy/flatten-sql.ts';
import type { ViewPlan } from '../view/plan.ts';
import { givesRowPerRecord, witnessOf } from '../view/row-guarantee.ts';
import { printView, type Scan } from '../view/sql.ts';
import { queryCount, queryJson } from '../warehouse/duckdb.ts';
import type { SnapshotTable } from '../warehouse/snapshot-manifest.ts';
import type { TableStore } from '../warehouse/table-store.ts';
import { PartWriter } from './part-writer.ts';
import type { RecentRecords } from './recent-records.ts';
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
  /** Types of which some view gives a row for every record: it shows that the records have been read. */
  readonly witnessed: ReadonlySet<string>;
  readonly recent: RecentRecords;
}

/** What became of the records that a view was given. */
export interface FlattenedView {
  readonly view: string;
  readonly type: string;
  /** All records of the type were flattened, not only the touched ones. */
  readonly isRebuilt: boolean;
  readonly givesRowPerRecord: boolean;
  /** Records that count, by what is known of them. */
  readonly records: number;
  /** Of these the ones that the scan met in landing; undefined where another view of the type is the witness. */
  readonly met: number | undefined;
  readonly recordsWithRows: number;
  readonly rows: number;
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
 * otherwise from all records, some landing files after the others, so that memory does not grow with the table. Returns
 * undefined where nothing of the type was touched.
 */
export async function flattenView(
  plan: ViewPlan,
  definition: string,
  context: FlattenContext,
): Promise<FlattenedView | undefined> {
  const flatten = planFlatten(plan, context.profile, context.ageDate);
  const base = context.keeper.base('staging', plan.name, definition);
  try {
    const counts =
      base === undefined
        ? await rebuild(plan, flatten, definition, context)
        : await update(plan, flatten, base, definition, context);
    if (counts === undefined) return undefined;
    return {
      view: plan.name,
      type: plan.resource,
      isRebuilt: base === undefined,
      givesRowPerRecord: givesRowPerRecord(plan),
      ...counts,
    };
  } catch (error) {
    throw new ChiasmError('view-failed', `view ${plan.name} could not be flattened: ${reasonOf(error)}`, {
      params: { view: plan.name },
      cause: error,
    });
  }
}

type Counts = Pick<FlattenedView, 'records' | 'met' | 'recordsWithRows' | 'rows'>;

async function update(
  plan: ViewPlan,
  flatten: FlattenSql,
  base: SnapshotTable,
  definition: string,
  context: FlattenContext,
): Promise<Counts | undefined> {
  if (!context.touchedTypes.has(plan.resource)) {
    await context.keeper.keep(base, definition);
    return undefined;
  }
  const { connection } = context.store;
  const type = sqlString(plan.resource);
  await connection.run(`
    create or replace temp table merge_scope as
    select scope from touched where scope in (select scope from record_new where type = ${type});
    create or replace temp table owned_record as
    ${ownedSql(context, `record_new r`, `r.type = ${type} and not r.is_deleted and not r.is_shadowed and r.scope in (select scope from touched)`)}`);
  const paths = await queryJson(connection, 'select distinct path from owned_record order by path');
  const counts = await makeFresh(
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
  return counts;
}

async function rebuild(
  plan: ViewPlan,
  flatten: FlattenSql,
  definition: string,
  context: FlattenContext,
): Promise<Counts> {
  const { connection } = context.store;
  const type = sqlString(plan.resource);
  await context.recent.make();
  await connection.run(`
    create or replace temp table record_of_type as
    select scope, source, run, file, id, origin_path, person_id from record_new
    where type = ${type} and not is_deleted and not is_shadowed
    union all
    select scope, source, run, file, id, origin_path, person_id from private.record
    where type = ${type} and not is_deleted and not is_shadowed and scope not in (select scope from record_new);
    create or replace temp table recent_of_type as select scope, part from recent_record where type = ${type}`);
  const paths = await queryJson(
    connection,
    `select ${landingPathSql(context.landing, 'r')} as path, count(*)::double as records from record_of_type r
     group by path order by path`,
  );
  let total: Counts = { records: 0, met: undefined, recordsWithRows: 0, rows: 0 };
  const writer = new PartWriter(context.store, plan.name);
  for (const group of groupPaths(
    paths.map((row) => [String(row['path']), Number(row['records'])]),
    context.recent.layout.rowsPerFile,
  )) {
    const where = `list_contains(${sqlStringList(group)}::varchar[], ${landingPathSql(context.landing, 'r')})`;
    await connection.run(
      `create or replace temp table owned_record as ${ownedSql(context, 'record_of_type r', where)}`,
    );
    total = add(total, await makeFresh(plan, flatten, group, context));
    await writer.add();
  }
  if (paths.length === 0) {
    await connection.run(
      `create or replace temp table owned_record as ${ownedSql(context, 'record_of_type r', 'false')}`,
    );
    total = add(total, await makeFresh(plan, flatten, [], context));
  }
  await connection.run('drop table record_of_type');
  await context.keeper.replace('staging', plan.name, definition, await writer.finish());
  return total;
}

/** Landing files that are flattened together: memory holds their rows. */
function groupPaths(
  paths: readonly (readonly [path: string, records: number])[],
  atOnce: number,
): readonly (readonly string[])[] {
  const groups: string[][] = [];
  let free = 0;
  for (const [path, records] of paths) {
    if (records > free) {
      groups.push([]);
      free = atOnce;
    }
    groups.at(-1)?.push(path);
    free -= records;
  }
  return groups;
}

function add(left: Counts, right: Counts): Counts {
  return {
    records: left.records + right.records,
    met: right.met === undefined ? left.met : (left.met ?? 0) + right.met,
    recordsWithRows: left.recordsWithRows + right.recordsWithRows,
    rows: left.rows + right.rows,
  };
}

function ownedSql(context: FlattenContext, from: string, where: string): string {
  const shift = context.profile.dates === 'shifted' ? 'k.shift' : '0';
  return `select ${landingPathSql(context.landing, 'r')} as path, r.id, r.scope, r.source, r.run, r.origin_path, k.patient_key, ${shift} as shift,
      coalesce(k.is_withheld, false) as is_withheld
    from ${from} left join person_key k on k.person_id = r.person_id
    where ${where}`;
}

/** Makes `merge_fresh` (`__scope`, then the staging columns) for the records in `owned_record`. */
async function makeFresh(
  plan: ViewPlan,
  flatten: FlattenSql,
  paths: readonly string[],
  context: FlattenContext,
): Promise<Counts> {
  const { connection } = context.store;
  if (paths.length === 0) {
    const columns = flatten.columns.map(({ name, type }) => `${sqlName(name)} ${type}`);
    await connection.run(`create or replace temp table merge_fresh (__scope ubigint, ${columns.join(', ')})`);
    return { records: 0, met: 0, recordsWithRows: 0, rows: 0 };
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
  for (const sql of flatten.lookUps) await connection.run(sql);
  await connection.run(`create or replace temp table merge_fresh as ${flatten.select}`);
  const [counts] = await queryJson(
    connection,
    `select (select count(*) from owned_record)::double as records,
       count(distinct __scope)::double as with_rows, count(*)::double as rows from merge_fresh`,
  );
  return {
    records: Number(counts?.['records']),
    met: context.witnessed.has(plan.resource) ? undefined : await countMet(plan, paths, connection),
    recordsWithRows: Number(counts?.['with_rows']),
    rows: Number(counts?.['rows']),
  };
}

/** How many of `owned_record` stand in the landing files where they should. */
function countMet(plan: ViewPlan, paths: readonly string[], connection: DuckDBConnection): Promise<number> {
  return queryCount(
    connection,
    `select count(*) from owned_record o
     semi join (${printView(witnessOf(plan), scanOf(paths))}) v on v.__filename = o.path and v.__id = o.id`,
  );
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
