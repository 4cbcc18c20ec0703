import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlStringList } from '../../base/sql-text.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import type { KeptSelect } from './keep-select.ts';
import { currentRejectionsSql } from './quarantine.ts';
import { logTableSql, type RunRecord } from './run-log.ts';

/** The staging tables that no view makes: who was linked and why, what landed, what was refused, the runs. */
export async function providedTables(
  connection: DuckDBConnection,
  landing: string,
  runs: readonly LandingManifest[],
  viewTypes: readonly string[],
  log: readonly RunRecord[],
): Promise<readonly KeptSelect[]> {
  await connection.run(RECORD_PERSON);
  await connection.run(BEST_VERDICT);
  return [
    { name: 'imaging_link', sql: IMAGING_LINK },
    { name: 'patient_link', sql: PATIENT_LINK },
    {
      name: 'landed_type',
      sql: `select source, type, count(*)::bigint as records,
          list_contains(${sqlStringList(viewTypes)}, type) as has_view
        from record group by source, type order by source, type`,
    },
    {
      name: 'quarantine_count',
      sql: `select source, code, count(*)::bigint as records from (${currentRejectionsSql(landing, runs)})
        group by source, code order by source, code`,
    },
    { name: 'run', sql: logTableSql(log) },
  ];
}

/** `record_person` (source, type, id, node, person_id): the records that count and concern identity. */
const RECORD_PERSON = `
  create or replace temp table record_person as
  select source, type, id, node, person_id from record_new
  where type in ('Patient', 'DicomInstance') and not is_deleted and not is_shadowed
  union all
  select source, type, id, node, person_id from private.record
  where type in ('Patient', 'DicomInstance') and not is_deleted and not is_shadowed
    and scope not in (select scope from record_new)`;

/** `best_verdict` (node, rule, status, confidence): the strongest word about each node. */
const BEST_VERDICT = `
  create or replace temp table best_verdict as
  select node, rule, status, confidence from verdict
  qualify row_number() over (partition by node order by
    case status when 'linked' then 0 when 'conflict' then 1 else 2 end, confidence desc, rule) = 1`;

/** One row per DICOM study per source. Linked means: the person has a Patient record. */
const IMAGING_LINK = `
  with study as (
    select p.source, p.node, any_value(p.person_id) as person_id,
      split_part(p.node, '|study/', 2) as uid
    from record_person p where p.type = 'DicomInstance' and contains(p.node, '|study/') group by p.source, p.node
  ),
  known as (select distinct person_id from record_person where type = 'Patient'),
  namesake as (
    select distinct p.node
    from fact p
    join fact i on i.type = 'Patient' and i.kind = 'identifier' and i.value = p.value
    where p.type = 'DicomInstance' and p.kind = 'patient-id'
  )
  select pseudonym_hex('uid', s.uid)::uuid as study_key, s.source, k.patient_key,
    case when known.person_id is not null then coalesce(v.rule, 'none')
      when v.status in ('conflict', 'candidate') then v.rule
      when n.node is not null then 'patient-id-without-issuer'
      else 'none' end as rule,
    case when known.person_id is not null then coalesce(v.confidence, 0)
      when v.status = 'candidate' then v.confidence
      else 0 end::double as confidence,
    case when known.person_id is not null then 'linked'
      when v.status = 'conflict' then 'conflict'
      when v.status = 'candidate' or n.node is not null then 'candidate'
      else 'unlinked' end as status
  from study s
  join person_key k on k.person_id = s.person_id
  left join known on known.person_id = s.person_id
  left join best_verdict v on v.node = s.node
  left join namesake n on n.node = s.node
  order by s.source, study_key`;

/** One row per Patient record. */
const PATIENT_LINK = `
  select pseudonym_hex('key', p.source || '|Patient/' || p.id)::uuid as patient_record_key, k.patient_key,
    coalesce(v.rule, 'none') as rule, coalesce(v.confidence, 0)::double as confidence,
    coalesce(v.status, 'unlinked') as status
  from record_person p
  join person_key k on k.person_id = p.person_id
  left join best_verdict v on v.node = p.node
  where p.type = 'Patient'
  order by patient_record_key`;
