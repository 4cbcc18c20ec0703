-- one row per time a person was imaged, as DICOM studies, ImagingStudy records and Procedures tell it together.
-- Rule imaging-event-2 (docs/marts/imaging_events.md). Images are believed before the ImagingStudy, it before the Procedure.
with record as (
  select
    e.*,
    case e.record_table when 'staging.dicom_instance' then 1 when 'staging.imaging_study' then 2 else 3 end as rank,
    coalesce(s.study_key, if(e.record_table = 'staging.dicom_instance', e.record_key, null)) as study_key,
    p.contrast,
    p.modality_source,
    p.code,
    p.code_system,
    p.code_display
  from marts.imaging_event_records e
  left join (
    select imaging_study_key, coalesce(study_key, imaging_study_key) as study_key from staging.imaging_study
  ) s on e.record_table = 'staging.imaging_study' and s.imaging_study_key = e.record_key
  left join staging.imaging_procedure p on e.record_table = 'staging.procedure' and p.procedure_key = e.record_key
),
part as (
  select body_region, list(part) as parts from codes.body_region_part group by body_region
),
event as (
  select
    r.imaging_event_key,
    min(r.patient_key) as patient_key,
    arg_min(r.study_key, (r.rank, r.study_key)) filter (where t.study_key is not null) as study_key,
    arg_min(r.record_date, (r.rank, r.record_date)) filter (where r.record_date is not null) as event_date,
    arg_min(r.record_precision, (r.rank, r.record_date)) filter (where r.record_date is not null) as event_precision,
    arg_min(r.record_at, (r.rank, r.record_at)) filter (where r.record_at is not null) as event_at,
    arg_min(coalesce(t.primary_modality, r.modality), (r.rank, r.modality)) filter (where r.modality is not null) as modality,
    arg_min(
      case r.rank when 1 then 'dicom' when 2 then 'imaging-study' else r.modality_source end, (r.rank, r.modality_source)
    ) filter (where r.modality is not null) as modality_source,
    arg_min(r.body_region, (r.rank, r.body_region)) filter (where r.body_region is not null) as body_region,
    arg_min(
      if(r.rank < 3, coalesce(t.body_region_source, 'study'), 'procedure'), (r.rank, r.body_region)
    ) filter (where r.body_region is not null) as body_region_source,
    arg_min(
      if(r.rank < 3, nullif(t.contrast, 'unknown'), r.contrast), (r.rank, r.contrast)
    ) filter (where if(r.rank < 3, nullif(t.contrast, 'unknown'), r.contrast) is not null) as contrast,
    min(r.code) filter (where r.rank = 3) as procedure_code,
    arg_min(r.code_system, r.code) filter (where r.rank = 3) as procedure_system,
    arg_min(r.code_display, (r.code, r.code_display)) filter (where r.rank = 3) as procedure_display,
    coalesce(bool_or(coalesce(r.code, r.code_display) is not null), false) as has_procedure_code,
    bool_or(r.rank = 1) as is_in_dicom,
    bool_or(r.rank = 2) as is_in_imaging_study,
    bool_or(r.rank = 3) as is_in_procedure,
    count(*) as record_count,
    min(r.match_confidence) as match_confidence,
    bool_or(r.is_ambiguous) as is_ambiguous,
    date_diff('day', min(r.record_date), max(r.record_date)) > 1 as has_date_conflict,
    count(distinct r.modality) > 1 as has_modality_conflict,
    min(r.source) as source
  from record r
  left join marts.imaging_studies t on t.study_key = r.study_key
  group by r.imaging_event_key
),
clash as (
  select distinct r.imaging_event_key
  from record r
  join event e using (imaging_event_key)
  join part a on a.body_region = r.body_region
  join part b on b.body_region = e.body_region
  where not list_has_any(a.parts, b.parts)
)
select
  e.imaging_event_key::uuid as imaging_event_key,
  e.patient_key::uuid as patient_key,
  e.study_key::uuid as study_key,
  e.event_date::date as event_date,
  e.event_precision::varchar as event_precision,
  e.event_at::timestamptz as event_at,
  e.modality::varchar as modality,
  e.modality_source::varchar as modality_source,
  e.body_region::varchar as body_region,
  e.body_region_source::varchar as body_region_source,
  coalesce(e.contrast, 'unknown')::varchar as contrast,
  if(e.has_procedure_code, e.procedure_code, t.procedure_code)::varchar as procedure_code,
  if(e.has_procedure_code, e.procedure_system, t.procedure_system)::varchar as procedure_system,
  if(e.has_procedure_code, e.procedure_display, t.procedure_display)::varchar as procedure_display,
  e.is_in_dicom::boolean as is_in_dicom,
  e.is_in_imaging_study::boolean as is_in_imaging_study,
  e.is_in_procedure::boolean as is_in_procedure,
  e.record_count::integer as record_count,
  e.match_confidence::double as match_confidence,
  e.is_ambiguous::boolean as is_ambiguous,
  coalesce(e.has_date_conflict, false)::boolean as has_date_conflict,
  e.has_modality_conflict::boolean as has_modality_conflict,
  (c.imaging_event_key is not null)::boolean as has_region_conflict,
  e.source::varchar as source,
  'imaging-event-2'::varchar as rule_version
from event e
left join clash c using (imaging_event_key)
left join marts.imaging_studies t on t.study_key = e.study_key
