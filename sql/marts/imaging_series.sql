-- one row per series seen as DICOM, in a FHIR ImagingStudy, or both. What the DICOM files say stands before the rest.
-- Body region: BodyPartExamined, else the coded region (of a slide that of its specimen), else the words of its display.
with listed as (
  select distinct on (series_key) *, coalesce(study_key, imaging_study_key) as listed_study_key
  from staging.imaging_study_series
  where series_key is not null
  order by series_key, source, imaging_study_key
),
specimen as (
  select
    series_key,
    min(anatomic_structure_code) as code,
    arg_min(anatomic_structure_display, anatomic_structure_code) as display
  from staging.dicom_slide_specimen
  group by series_key
),
dated as (
  select i.imaging_study_key, i.started_date, i.started_precision, i.started_at from staging.imaging_study i
),
series as (
  select
    coalesce(d.series_key, f.series_key) as series_key,
    coalesce(d.study_key, f.listed_study_key) as study_key,
    coalesce(d.series_instance_uid, f.series_instance_uid) as series_instance_uid,
    d.series_key is not null as is_in_dicom,
    f.series_key is not null as is_in_fhir,
    coalesce(d.series_number, f.series_number) as series_number,
    coalesce(d.series_date, d.study_date, f.started_date, s.started_date) as series_date,
    case
      when d.series_date is not null then d.series_precision
      when d.study_date is not null then d.study_precision
      when f.started_date is not null then f.started_precision
      else s.started_precision
    end as series_precision,
    if(d.series_key is not null, d.acquisition_at, coalesce(f.started_at, s.started_at)) as series_at,
    coalesce(d.modality, f.modality_code) as modality,
    coalesce(d.sop_class, regexp_replace(f.sop_class, '^urn:oid:', '')) as sop_class,
    upper(regexp_replace(d.body_part_examined, '[^A-Za-z]', '', 'g')) as body_part_term,
    coalesce(d.body_part_examined, d.anatomic_region_display, g.display, f.body_site_display, f.body_site_code) as body_part,
    coalesce(d.anatomic_region_code, g.code, f.body_site_code) as region_code,
    lower(coalesce(d.anatomic_region_display, g.display, f.body_site_display, d.body_part_examined)) as region_words,
    case
      when d.laterality = 'L' or f.laterality_code in ('7771000', 'G-A101') then 'left'
      when d.laterality = 'R' or f.laterality_code in ('24028007', 'G-A100') then 'right'
      when d.laterality = 'B' or f.laterality_code in ('51440002', 'G-A102') then 'bilateral'
    end as laterality,
    coalesce(d.series_description, f.description) as series_description,
    d.manufacturer, d.model,
    d.slice_thickness_mm, d.slice_spacing_mm, d.pixel_spacing_row_mm, d.pixel_spacing_column_mm,
    d.pixel_rows, d.pixel_columns, d.kernel, d.tube_voltage_kv, d.field_strength_t, d.ctdi_vol_mgy,
    d.radiopharmaceutical, d.has_contrast, d.contrast_agent, d.is_localizer, d.has_burned_in_annotation,
    coalesce(d.instance_count, f.number_of_instances, 0) as instance_count,
    d.frame_count,
    coalesce(len(d.disagreements) > 0, false) as has_disagreement
  from staging.dicom_series d
  full join listed f using (series_key)
  left join specimen g on g.series_key = d.series_key
  left join dated s on s.imaging_study_key = f.imaging_study_key
),
region_word as (
  select t.words, arg_min(w.body_region, w.rank::integer) as body_region
  from (select distinct region_words as words from series where region_words is not null) t
  join codes.body_word w on regexp_matches(t.words, w.pattern)
  group by t.words
)
select
  s.series_key::uuid as series_key,
  s.study_key::uuid as study_key,
  p.patient_key::uuid as patient_key,
  s.series_instance_uid::varchar as series_instance_uid,
  s.is_in_dicom::boolean as is_in_dicom,
  s.is_in_fhir::boolean as is_in_fhir,
  try_cast(s.series_number as integer) as series_number,
  s.series_date::date as series_date,
  s.series_precision::varchar as series_precision,
  s.series_at::timestamptz as series_at,
  s.modality::varchar as modality,
  s.sop_class::varchar as sop_class,
  s.body_part::varchar as body_part,
  coalesce(t.body_region, c.body_region, w.body_region)::varchar as body_region,
  s.laterality::varchar as laterality,
  s.series_description::varchar as series_description,
  s.manufacturer::varchar as manufacturer,
  s.model::varchar as model,
  nullif(concat_ws(' ', s.manufacturer, s.model), '')::varchar as scanner,
  s.slice_thickness_mm::double as slice_thickness_mm,
  s.slice_spacing_mm::double as slice_spacing_mm,
  s.pixel_spacing_row_mm::double as pixel_spacing_row_mm,
  s.pixel_spacing_column_mm::double as pixel_spacing_column_mm,
  try_cast(s.pixel_rows as integer) as pixel_rows,
  try_cast(s.pixel_columns as integer) as pixel_columns,
  s.kernel::varchar as kernel,
  s.tube_voltage_kv::double as tube_voltage_kv,
  s.field_strength_t::double as field_strength_t,
  s.ctdi_vol_mgy::double as ctdi_vol_mgy,
  s.radiopharmaceutical::varchar as radiopharmaceutical,
  s.has_contrast::boolean as has_contrast,
  s.contrast_agent::varchar as contrast_agent,
  s.is_localizer::boolean as is_localizer,
  s.has_burned_in_annotation::boolean as has_burned_in_annotation,
  s.instance_count::integer as instance_count,
  try_cast(s.frame_count as integer) as frame_count,
  s.has_disagreement::boolean as has_disagreement
from series s
left join staging.study_person p on p.study_key = s.study_key
left join codes.body_region t on t.system = 'body-part-examined' and t.code::varchar = s.body_part_term
left join codes.body_region c on c.system = 'snomed' and c.code::varchar = s.region_code
left join region_word w on w.words = s.region_words
