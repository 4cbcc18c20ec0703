import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlString } from '../../base/sql-text.ts';
import { landedTableSql } from '../landing/landing-catalog.ts';
import type { LandingManifest } from '../landing/landing-format.ts';

/** The columns of `private.record`: one row per record that ever landed, in its newest version. */
export const RECORD_COLUMNS = [
  'scope',
  'source',
  'type',
  'id',
  'run',
  'file',
  'ordinal',
  'order_time',
  'content_hash',
  'is_subsetted',
  'is_deleted',
  'is_shadowed',
  'is_own',
  'subject_kind',
  'subject_system',
  'subject_value',
  'sop_uid',
  'origin_path',
  'node',
  'person_id',
] as const;

/** The columns of `private.fact`: the identity facts of those versions. */
export const FACT_COLUMNS = ['scope', 'source', 'type', 'id', 'kind', 'system', 'value'] as const;

/** The columns of `private.alias`: what the names in Bundles mean, and the run and file in which they were given. */
export const ALIAS_COLUMNS = ['source', 'run', 'origin_path', 'raw', 'target'] as const;

/** The columns of `private.name`: the names that key columns hold, and what each meant when its rows were made. */
export const NAME_COLUMNS = ['source', 'raw', 'target'] as const;

/** Newest first: a SUBSETTED resource never replaces a whole one; then time, then the later run and line. */
export const NEWEST = 'is_subsetted, order_time desc, run desc, ordinal desc';

/**
 * Compares what has landed since the last publish with what is known (`private.record`, `private.fact`,
 * `private.alias`) and makes:
 *
 * - `record_new`: the records that have a newer version or another visibility, as they are now, `node` and `person_id`
 *   still NULL
 * - `versioned`: the scopes (hash of source, type and id) of `record_new`, and `fact_new`: their identity facts
 * - `touched`: the scopes whose rows may change: not those whose newer version says the same
 * - `alias_new`: the names that Bundles gave
 * - `renamed` (source, raw) and `renumbered` (source, system, value): the names and patient identifiers that may mean
 *   something else now
 *
 * Of several DICOM files with one SOPInstanceUID the one that landed last shows, so that a corrected copy replaces a
 * wrong one; within one run the first by source and path. The others are shadowed.
 */
export async function selectChangedRecords(
  connection: DuckDBConnection,
  landing: string,
  runs: readonly LandingManifest[],
): Promise<void> {
  const withRecords = runs.filter((run) => run.records > 0);
  await connection.run(
    withRecords.length === 0
      ? EMPTY_INCOMING
      : `create or replace temp table incoming as
         select hash(source, type, id) as scope, source, type, id, run, file, ordinal, order_time, content_hash,
           is_subsetted, is_deleted, is_own, subject_kind, subject_system, subject_value, origin_path
         from (${landedTableSql(landing, withRecords, 'index')});
         create or replace temp table repeated as select scope from incoming group by scope having count(*) > 1;
         create or replace temp table superseded as
         select i.rowid as place from incoming i semi join repeated r on r.scope = i.scope
         qualify row_number() over (partition by i.source, i.type, i.id order by ${NEWEST}) > 1;
         delete from incoming where rowid in (select place from superseded);
         create or replace temp table incoming_fact as
         select i.scope, f.source, f.type, f.id, f.kind, f.system, f.value
         from (${landedTableSql(landing, withRecords, 'facts')}) f
         join incoming i using (source, run, file, type, id)`,
  );
  const withAliases = runs.filter((run) => run.aliases > 0);
  await connection.run(
    `create or replace temp table alias_new as ${
      withAliases.length === 0
        ? 'select * from private.alias where false'
        : `select distinct ${ALIAS_COLUMNS.join(', ')} from (${landedTableSql(landing, withAliases, 'aliases')})`
    }`,
  );
  await connection.run(CHANGED);
  await connection.run('drop table incoming; drop table incoming_fact');
  await connection.run(SHADOWS);
  await connection.run(RENAMED);
}

const EMPTY_INCOMING = `
  create or replace temp table incoming as
  select scope, source, type, id, run, file, ordinal, order_time, content_hash, is_subsetted, is_deleted, is_own,
    subject_kind, subject_system, subject_value, origin_path
  from private.record where false;
  create or replace temp table incoming_fact as select * from private.fact where false`;

/**
 * A newer version with the content that is known already only moves the time of the record, unless it comes from another
 * file in which names may mean something else.
 */
const CHANGED = `
  create or replace temp table record_new as
  with known as (select r.* from private.record r semi join incoming i on i.scope = r.scope),
  newest as (
    select i.*, k.content_hash as known_hash, k.is_deleted as known_deleted, k.run as known_run,
      k.origin_path as known_path
    from incoming i left join known k on k.scope = i.scope
    where k.scope is null or (k.is_subsetted, k.order_time) is null
      or (not i.is_subsetted, i.order_time, i.run, i.ordinal) > (not k.is_subsetted, k.order_time, k.run, k.ordinal)
  )
  select n.scope, n.source, n.type, n.id, n.run, n.file, n.ordinal, n.order_time, n.content_hash, n.is_subsetted,
    n.is_deleted, false as is_shadowed, n.is_own, n.subject_kind, n.subject_system, n.subject_value,
    f.value as sop_uid, n.origin_path, null::varchar as node, null::uuid as person_id,
    n.known_hash = n.content_hash and n.known_deleted = n.is_deleted and hash(n.source, n.run, n.origin_path) not in (
      select hash(source, run, origin_path) from alias_new
    ) and hash(n.source, n.known_run, n.known_path) not in (
      select hash(source, run, origin_path) from private.alias
    ) as is_same
  from newest n
  left join incoming_fact f on f.scope = n.scope and f.kind = 'sop-instance-uid';
  create or replace temp table fact_new as
  select f.* from incoming_fact f semi join record_new r on r.scope = f.scope`;

/** Decides again which file shows each SOPInstanceUID that a changed record has or had. */
const SHADOWS = `
  create or replace temp table contested as
  select sop_uid from record_new where sop_uid is not null
  union
  select k.sop_uid from private.record k semi join record_new n on n.scope = k.scope where k.sop_uid is not null;
  create or replace temp table ranked as
  with members as (
    select * from record_new where sop_uid in (select sop_uid from contested) and not is_deleted
    union all by name
    select k.* from private.record k
    where k.sop_uid in (select sop_uid from contested) and not k.is_deleted
      and k.scope not in (select scope from record_new)
  )
  select * exclude (is_same) replace (
    row_number() over (partition by sop_uid order by run desc, source, origin_path) > 1 as is_shadowed
  ) from members;
  create or replace temp table turned as
  select r.* from ranked r join private.record k on k.scope = r.scope
  where k.is_shadowed <> r.is_shadowed and r.scope not in (select scope from record_new);
  update record_new set is_shadowed = true where scope in (select scope from ranked where is_shadowed);
  create or replace temp table flipped as
  select n.scope from record_new n join private.record k on k.scope = n.scope where k.is_shadowed <> n.is_shadowed;
  insert into record_new by name select *, false as is_same from turned;
  insert into fact_new by name select f.* from private.fact f semi join turned t on t.scope = f.scope;
  create or replace temp table touched as
  select scope from record_new where not coalesce(is_same, false) or scope in (select scope from flipped);
  create or replace temp table versioned as select scope from record_new;
  alter table record_new drop is_same`;

/** What the records that changed were identified by and are now, and what Bundles named. */
const RENAMED = `
  create or replace temp table changed_fact as
  select source, type, system, value from fact_new where kind = 'identifier' and scope in (select scope from touched)
  union
  select source, type, system, value from private.fact
  where kind = 'identifier' and scope in (select scope from touched);
  create or replace temp table renumbered as
  select distinct source, system, value from changed_fact where type = 'Patient' and system is not null;
  create or replace temp table renamed as
  select source, raw from alias_new
  union
  select source, type || '?identifier=' || coalesce(system, '') || '|' || value from changed_fact
  union
  select source, 'urn:uuid:' || id from record_new where scope in (select scope from touched)`;

/** Makes `private.record`, `private.fact` and `private.alias` empty, for the first run. */
export const EMPTY_PRIVATE_TABLES = `
  create or replace view private.record as
  select null::ubigint as scope, null::varchar as source, null::varchar as type, null::varchar as id,
    null::varchar as run, null::varchar as file, null::bigint as ordinal, null::varchar as order_time,
    null::varchar as content_hash, null::boolean as is_subsetted, null::boolean as is_deleted,
    null::boolean as is_shadowed, null::boolean as is_own, null::varchar as subject_kind,
    null::varchar as subject_system, null::varchar as subject_value, null::varchar as sop_uid,
    null::varchar as origin_path, null::varchar as node, null::uuid as person_id
  where false;
  create or replace view private.fact as
  select null::ubigint as scope, null::varchar as source, null::varchar as type, null::varchar as id,
    null::varchar as kind, null::varchar as system, null::varchar as value
  where false;
  create or replace view private.alias as
  select null::varchar as source, null::varchar as run, null::varchar as origin_path, null::varchar as raw,
    null::varchar as target
  where false;
  create or replace view private.name as
  select null::varchar as source, null::varchar as raw, null::varchar as target where false`;

/** SQL for the path of a record's landing file. */
export function landingPathSql(landing: string, row: string): string {
  return `${sqlString(landing)} || '/' || ${row}.source || '/' || ${row}.run || '/' || ${row}.file`;
}
