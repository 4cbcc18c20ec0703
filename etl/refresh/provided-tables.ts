import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlStringList } from '../../base/sql-text.ts';
import { ownNode } from '../identity/nodes.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import type { KeptSelect } from './keep-select.ts';
import { currentRejectionsSql } from './quarantine.ts';
import type { RunRecord } from './run-record.ts';
import { runTableSql } from './run-table.ts';

/** The names of the staging tables that no view and no SQL file makes. */
export const PROVIDED_TABLE_NAMES = [
  'imaging_link',
  'patient_link',
  'record_without_patient',
  'shadowed_instance',
  'landed_type',
  'quarantine_count',
  'run',
] as const;

type ProvidedTable = KeptSelect & { readonly name: (typeof PROVIDED_TABLE_NAMES)[number] };

/** The staging tables that no view makes: who was linked and why, what landed, what was refused, the runs. */
export async function providedTables(
  connection: DuckDBConnection,
  landing: string,
  folds: string,
  runs: readonly LandingManifest[],
  viewTypes: readonly string[],
  log: readonly RunRecord[],
): Promise<readonly ProvidedTable[]> {
  await connection.run(COUNTING_RECORD);
  await connection.run(RECORD_PERSON);
  await connection.run(BEST_VERDICT);
  return [
    { name: 'imaging_link', sql: IMAGING_LINK },
    { name: 'patient_link', sql: PATIENT_LINK },
    { name: 'record_without_patient', sql: RECORD_WITHOUT_PATIENT },
    { name: 'shadowed_instance', sql: SHADOWED_INSTANCE },
    {
      name: 'landed_type',
      sql: `select source, type, count(*)::bigint as records,
          list_contains(${sqlStringList(viewTypes)}, type) as has_view
        from record group by source, type order by source, type`,
    },
    {
      name: 'quarantine_count',
      sql: `select source, code, count(*)::bigint as records from (${currentRejectionsSql(landing, folds, runs)})
        group by source, code order by source, code`,
    },
    { name: 'run', sql: runTableSql(log) },
  ];
}

/** `known_record`: every record that is not deleted, as it is now. */
const COUNTING_RECORD = `
  create or replace temp view known_record as
  select * from record_new where not is_deleted
  union all by name
  select * from private.record where not is_deleted and scope not in (select scope from record_new)`;

/** `record_person` (source, type, id, node, person_id): the records that count and concern identity. */
const RECORD_PERSON = `
  create or replace temp table record_person as
  select source, type, id, node, person_id from known_record
  where type in ('Patient', 'DicomInstance') and not is_shadowed`;

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
  bearer as (
    select distinct node, value from fact where type = 'DicomInstance' and kind = 'patient-id'
  ),
  namesake as (
    select distinct p.node from bearer p
    semi join (from fact where type = 'Patient' and kind = 'identifier') i on i.value = p.value
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

/** Per source and type: records that say whose they are, where of these people there is no Patient record. */
const RECORD_WITHOUT_PATIENT = `
  with known as (select distinct person_id from record_person where type = 'Patient')
  select r.source, r.type, count(distinct r.person_id)::bigint as persons, count(*)::bigint as records
  from known_record r anti join known on known.person_id = r.person_id
  where r.subject_kind in ('reference', 'identifier') and r.person_id is not null and r.node <> ${ownNode('r')}
  group by r.source, r.type order by r.source, r.type`;

/**
 * One row per DICOM file that another with the same SOPInstanceUID has taken the place of: the study of the one that
 * shows, and whether both name the same patient id.
 */
const SHADOWED_INSTANCE = `
  with instance as (
    select scope, source, sop_uid, is_shadowed, subject_value as study, person_id
    from known_record where type = 'DicomInstance' and sop_uid in (select sop_uid from known_record where is_shadowed)
  ),
  known_fact as (
    select scope, kind, value from fact_new
    union all
    select scope, kind, value from private.fact where scope not in (select scope from versioned)
  ),
  named as (
    select i.*, f.value as patient_id
    from instance i left join known_fact f on f.scope = i.scope and f.kind = 'patient-id'
  )
  select k.patient_key, h.source, pseudonym_hex('uid', s.study)::uuid as study_key,
    pseudonym_hex('uid', h.sop_uid)::uuid as sop_instance_key,
    h.patient_id is not distinct from s.patient_id as is_same_patient
  from named h
  join named s on s.sop_uid = h.sop_uid and not s.is_shadowed
  left join person_key k on k.person_id = s.person_id
  where h.is_shadowed
  order by h.source, sop_instance_key`;
