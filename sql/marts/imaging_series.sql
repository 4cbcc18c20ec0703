-- one row per series seen as DICOM, in a FHIR ImagingStudy, or both. What the DICOM files say stands before the rest.
-- Rule imaging-1 (docs/marts/imaging_series.md): body region, contrast, phase and localizer as imaging_evidence shows them; a
-- volume is usable, or it has reasons why not.
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
    coalesce(d.body_part_examined, d.anatomic_region_display, g.display, f.body_site_display, f.body_site_code) as body_part,
    case
      when d.laterality = 'L' or f.laterality_code in ('7771000', 'G-A101') then 'left'
      when d.laterality = 'R' or f.laterality_code in ('24028007', 'G-A100') then 'right'
      when d.laterality = 'B' or f.laterality_code in ('51440002', 'G-A102') then 'bilateral'
    end as laterality,
    coalesce(d.series_description, f.description) as series_description,
    d.manufacturer, d.model,
    d.slice_thickness_mm, d.slice_spacing_mm, d.pixel_spacing_row_mm, d.pixel_spacing_column_mm,
    d.pixel_rows, d.pixel_columns, d.kernel, d.tube_voltage_kv, d.field_strength_t, d.ctdi_vol_mgy,
    d.reconstruction_method, d.radiopharmaceutical, d.radionuclide, d.radionuclide_total_dose_bq / 1e6 as injected_dose_mbq,
    if(d.uptake_minutes >= 0, d.uptake_minutes, null) as uptake_minutes,
    d.pet_units, d.is_attenuation_corrected,
    d.pet_units = 'BQML' and d.decay_correction in ('START', 'ADMIN') and d.radionuclide_total_dose_bq > 0
      and d.radionuclide_half_life_s > 0 and d.patient_weight_kg > 0 and d.uptake_minutes >= 0 as has_suv_inputs,
    d.has_contrast, d.contrast_agent, d.contrast_route_terms, d.has_burned_in_annotation,
    coalesce(d.instance_count, f.number_of_instances, 0) as instance_count,
    d.instance_count < f.number_of_instances as is_incomplete,
    list_has_any(d.disagreements, ['study', 'person', 'modality']) as is_mixed,
    d.frame_count,
    coalesce(len(d.disagreements) > 0, false) as has_disagreement
  from staging.dicom_series d
  full join listed f using (series_key)
  left join specimen g on g.series_key = d.series_key
  left join dated s on s.imaging_study_key = f.imaging_study_key
),
told as (
  select
    series_key,
    max(value) filter (where is_shown and item = 'body_region') as body_region,
    max(evidence_source) filter (where is_shown and item = 'body_region') as body_region_source,
    bool_or(is_in_conflict) filter (where item = 'body_region') as has_body_region_conflict,
    max(value) filter (where is_shown and item = 'contrast') as contrast,
    max(evidence_source) filter (where is_shown and item = 'contrast') as contrast_source,
    bool_or(is_in_conflict) filter (where item = 'contrast') as has_contrast_conflict,
    max(value) filter (where is_shown and item = 'contrast_phase') as contrast_phase,
    max(evidence_source) filter (where is_shown and item = 'contrast_phase') as contrast_phase_source,
    max(evidence_source) filter (where is_shown and item = 'localizer') as localizer_source
  from marts.imaging_evidence
  group by series_key
),
judged as (
  select
    s.series_key,
    v.slice_count,
    v.measured_spacing_mm,
    v.missing_slices,
    case
      when not s.is_in_dicom then null
      when c.sop_class is null then ['not-volumetric']
      when t.localizer_source is not null then ['localizer']
      else list_sort(list_concat(
        coalesce(v.reasons, ['no-position']),
        list_filter([
          if(v.slice_count < n.value::integer, 'too-few-slices', null),
          if(s.is_incomplete, 'files-missing', null),
          if(s.is_mixed, 'mixed-instances', null)
        ], lambda reason: reason is not null)
      ))
    end as reasons
  from series s
  left join told t using (series_key)
  left join staging.dicom_volume v using (series_key)
  left join codes.volume_sop_class c on c.sop_class = s.sop_class
  join codes.rule_parameter n on n.parameter = 'volume_min_slices'
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
  t.body_region::varchar as body_region,
  t.body_region_source::varchar as body_region_source,
  coalesce(t.has_body_region_conflict, false)::boolean as has_body_region_conflict,
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
  s.reconstruction_method::varchar as reconstruction_method,
  s.radiopharmaceutical::varchar as radiopharmaceutical,
  s.radionuclide::varchar as radionuclide,
  s.injected_dose_mbq::double as injected_dose_mbq,
  s.uptake_minutes::integer as uptake_minutes,
  s.pet_units::varchar as pet_units,
  s.is_attenuation_corrected::boolean as is_attenuation_corrected,
  if(s.is_in_dicom and s.modality = 'PT', coalesce(s.has_suv_inputs, false), null)::boolean as has_suv_inputs,
  s.has_contrast::boolean as has_contrast,
  s.contrast_agent::varchar as contrast_agent,
  coalesce(t.contrast, 'unknown')::varchar as contrast,
  t.contrast_source::varchar as contrast_source,
  coalesce(t.has_contrast_conflict, false)::boolean as has_contrast_conflict,
  split_part(list_filter(s.contrast_route_terms, lambda term: starts_with(term, 'route:'))[1], ':', 2)::varchar
    as contrast_route,
  t.contrast_phase::varchar as contrast_phase,
  t.contrast_phase_source::varchar as contrast_phase_source,
  if(s.is_in_dicom, t.localizer_source is not null, null)::boolean as is_localizer,
  t.localizer_source::varchar as localizer_source,
  s.has_burned_in_annotation::boolean as has_burned_in_annotation,
  s.instance_count::integer as instance_count,
  try_cast(s.frame_count as integer) as frame_count,
  s.has_disagreement::boolean as has_disagreement,
  j.slice_count::integer as slice_count,
  j.measured_spacing_mm::double as measured_spacing_mm,
  j.missing_slices::integer as missing_slices,
  if(j.reasons is null, null, len(j.reasons) = 0)::boolean as is_volume_usable,
  nullif(array_to_string(j.reasons, ', '), '')::varchar as volume_reasons,
  'imaging-1'::varchar as rule_version
from series s
join judged j using (series_key)
left join told t using (series_key)
left join staging.study_person p on p.study_key = s.study_key
