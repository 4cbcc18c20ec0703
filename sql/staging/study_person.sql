-- one row per imaging study: whose it is. The rule shown is the one that linked the DICOM files, where there are any.
-- A study linked to two people belongs to nobody until that is mended.
with claim as (
  select study_key, patient_key, status, rule, confidence, true as is_dicom
  from staging.imaging_link
  where study_key is not null
  union all
  select coalesce(study_key, imaging_study_key), patient_key, 'linked', 'fhir-subject', 1.0, false
  from staging.imaging_study
  where patient_key is not null
),
verdict as (
  select
    study_key,
    count(distinct patient_key) filter (where status = 'linked') as linked_people,
    min(patient_key) filter (where status = 'linked') as linked_person,
    bool_or(status = 'conflict') as has_conflict,
    bool_or(status = 'candidate') as has_candidate,
    count(distinct patient_key) as people,
    min(patient_key) as person,
    arg_min(
      struct_pack(rule := rule, confidence := confidence),
      (status <> 'linked', not is_dicom, -coalesce(confidence, 0), coalesce(rule, ''))
    ) as deciding
  from claim
  group by study_key
)
select
  study_key,
  case
    when linked_people = 1 then linked_person
    when linked_people = 0 and not has_conflict and people = 1 then person
  end as patient_key,
  case
    when linked_people = 1 then 'linked'
    when linked_people > 1 or has_conflict then 'conflict'
    when has_candidate then 'candidate'
    else 'unlinked'
  end as status,
  deciding.rule as rule,
  deciding.confidence as confidence
from verdict
