-- one row per study over DICOM and FHIR ImagingStudy, which meet at the StudyInstanceUID.
-- Body region: that of most instances among the acquired series, else what is said of the study (rule imaging-1,
-- docs/marts/imaging_series.md).
-- Primary modality: of acquired images, and the one the study is for: PT or NM before the CT or MR that locates it.
with recorded as (
  select distinct on (key) *
  from (select *, coalesce(study_key, imaging_study_key) as key from staging.imaging_study)
  order by key, source, imaging_study_key
),
study as (
  select
    coalesce(d.study_key, f.key) as study_key,
    coalesce(d.study_instance_uid, f.study_instance_uid) as study_instance_uid,
    f.imaging_study_key,
    d.study_key is not null as is_in_dicom,
    f.key is not null as is_in_fhir,
    coalesce(d.study_date, f.started_date) as study_date,
    if(d.study_date is not null, d.study_precision, f.started_precision) as study_precision,
    coalesce(f.started_at, d.study_at) as study_at,
    f.modality_codes,
    coalesce(d.study_description, f.description) as study_description,
    if(coalesce(f.procedure_code, f.procedure_display) is null, d.procedure_code, f.procedure_code) as procedure_code,
    if(coalesce(f.procedure_code, f.procedure_display) is null, d.procedure_scheme, f.procedure_system)
      as procedure_system,
    if(coalesce(f.procedure_code, f.procedure_display) is null, d.procedure_display, f.procedure_display)
      as procedure_display,
    d.series_count, d.instance_count, d.patient_age,
    f.number_of_series, f.number_of_instances
  from staging.dicom_study d
  full join recorded f on f.key = d.study_key
),
series as (
  select
    s.*,
    coalesce(m.is_derived::varchar = 'true', false) as is_derived
  from marts.imaging_series s
  left join codes.modality m on m.modality = s.modality
),
region as (
  select
    study_key,
    body_region,
    row_number() over (
      partition by study_key order by bool_and(is_derived), sum(instance_count) desc, body_region
    ) as rank,
    arg_max(body_region_source, instance_count) as source
  from series
  where body_region is not null
  group by study_key, body_region
),
acquired as (
  select
    study_key,
    modality,
    row_number() over (
      partition by study_key
      order by bool_and(is_derived), modality = 'OT', modality not in ('PT', 'NM'), sum(instance_count) desc, modality
    ) as rank
  from series
  where modality is not null
  group by study_key, modality
),
summary as (
  select
    study_key,
    list(distinct modality order by modality) filter (where modality is not null) as modalities,
    min(slice_thickness_mm) filter (
      where not is_derived and modality not in ('SM', 'GM') and not coalesce(is_localizer, false) and slice_thickness_mm > 0
    ) as thinnest_slice_mm,
    bool_or(has_contrast) as has_contrast,
    case
      when bool_or(contrast = 'yes') then 'yes'
      when bool_and(contrast = 'no') filter (where not is_derived and not coalesce(is_localizer, false)) then 'no'
    end as contrast,
    bool_or(has_body_region_conflict) as has_body_region_conflict,
    bool_or(has_contrast_conflict) as has_contrast_conflict,
    count(*) filter (where is_volume_usable) as usable_volumes,
    bool_or(modality = 'SEG' and is_in_dicom) as has_segmentation,
    count(*) filter (where is_in_fhir) as listed_series,
    sum(instance_count) filter (where is_in_fhir and not is_in_dicom) as listed_instances
  from series
  group by study_key
),
told as (
  select
    study_key,
    arg_min(struct_pack(value := value, source := source), (rank, value)) filter (where item = 'body_region') as region,
    arg_min(if(value = 'both', 'yes', value), (rank, value)) filter (where item = 'contrast') as contrast
  from staging.imaging_statement
  where series_key is null
  group by study_key
)
select
  s.study_key::uuid as study_key,
  p.patient_key::uuid as patient_key,
  s.study_instance_uid::varchar as study_instance_uid,
  s.imaging_study_key::uuid as imaging_study_key,
  s.is_in_dicom::boolean as is_in_dicom,
  s.is_in_fhir::boolean as is_in_fhir,
  coalesce(p.status, 'unlinked')::varchar as link_status,
  p.rule::varchar as link_rule,
  p.confidence::double as link_confidence,
  s.study_date::date as study_date,
  s.study_precision::varchar as study_precision,
  s.study_at::timestamptz as study_at,
  coalesce(a.modality, s.modality_codes[1])::varchar as primary_modality,
  nullif(array_to_string(coalesce(u.modalities, list_sort(list_distinct(s.modality_codes))), ', '), '')::varchar as modalities,
  coalesce(r.body_region, w.region.value)::varchar as body_region,
  if(r.body_region is not null, r.source, w.region.source)::varchar as body_region_source,
  coalesce(u.has_body_region_conflict, false)::boolean as has_body_region_conflict,
  s.study_description::varchar as study_description,
  s.procedure_code::varchar as procedure_code,
  s.procedure_system::varchar as procedure_system,
  s.procedure_display::varchar as procedure_display,
  coalesce(s.series_count, nullif(u.listed_series, 0), s.number_of_series)::integer as series_count,
  try_cast(coalesce(s.instance_count, s.number_of_instances, u.listed_instances) as integer) as instance_count,
  coalesce(s.series_count, 0)::integer as dicom_series_count,
  coalesce(s.instance_count, 0)::integer as dicom_instance_count,
  coalesce(s.number_of_series, nullif(u.listed_series, 0))::integer as fhir_series_count,
  try_cast(coalesce(s.number_of_instances, u.listed_instances) as integer) as fhir_instance_count,
  u.thinnest_slice_mm::double as thinnest_slice_mm,
  u.has_contrast::boolean as has_contrast,
  coalesce(u.contrast, w.contrast, 'unknown')::varchar as contrast,
  coalesce(u.has_contrast_conflict, false)::boolean as has_contrast_conflict,
  coalesce(u.usable_volumes, 0)::integer as usable_volume_count,
  coalesce(u.has_segmentation, false)::boolean as has_segmentation,
  coalesce(
    if(s.study_date >= b.birth_date, date_sub('year', b.birth_date, s.study_date), null), s.patient_age
  )::integer as age_at_study_years,
  'imaging-1'::varchar as rule_version
from study s
left join staging.study_person p using (study_key)
left join staging.person b on b.patient_key = p.patient_key
left join region r on r.study_key = s.study_key and r.rank = 1
left join acquired a on a.study_key = s.study_key and a.rank = 1
left join summary u on u.study_key = s.study_key
left join told w using (study_key)
