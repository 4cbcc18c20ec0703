-- one row per DICOM series; of files that carry the same SOP instance one is counted.
-- Where instances disagree the most frequent slice thickness and otherwise the smallest value stands, and
-- disagreements names the facts.
with instance as (
  select
    *,
    coalesce(slice_thickness_mm, shared_slice_thickness_mm, frame_slice_thickness_mm) as thickness,
    coalesce(pixel_spacing_row_mm, shared_pixel_spacing_row_mm, imager_pixel_spacing_row_mm) as spacing_row,
    coalesce(pixel_spacing_column_mm, shared_pixel_spacing_column_mm, imager_pixel_spacing_column_mm) as spacing_column
  from staging.dicom_instance
  where series_key is not null and study_key is not null
  qualify row_number() over (partition by sop_instance_key order by source, instance_record_key) = 1
)
select
  series_key,
  min(study_key) as study_key,
  min(series_instance_uid) as series_instance_uid,
  min(study_instance_uid) as study_instance_uid,
  min(modality) as modality,
  min(sop_class) as sop_class,
  min(series_number) as series_number,
  min(study_date) as study_date,
  arg_min(study_precision, study_date) as study_precision,
  min(series_date) as series_date,
  arg_min(series_precision, series_date) as series_precision,
  min(acquisition_time_at) as acquisition_at,
  min(study_description) as study_description,
  min(series_description) as series_description,
  min(procedure_code) as procedure_code,
  arg_min(procedure_scheme, procedure_code) as procedure_scheme,
  arg_min(procedure_display, procedure_code) as procedure_display,
  min(body_part_examined) as body_part_examined,
  min(anatomic_region_code) as anatomic_region_code,
  arg_min(anatomic_region_display, anatomic_region_code) as anatomic_region_display,
  case
    when count(distinct coalesce(image_laterality, laterality)) > 1 then 'B'
    else min(coalesce(image_laterality, laterality))
  end as laterality,
  min(manufacturer) as manufacturer,
  min(model) as model,
  list_sort([{ 'n': -e.value, 'v': e.key } for e in map_entries(histogram(thickness))])[1].v as slice_thickness_mm,
  min(coalesce(slice_spacing_mm, shared_slice_spacing_mm)) as slice_spacing_mm,
  min(spacing_row) as pixel_spacing_row_mm,
  min(spacing_column) as pixel_spacing_column_mm,
  max(pixel_rows) as pixel_rows,
  max(pixel_columns) as pixel_columns,
  min(coalesce(kernel, shared_kernel)) as kernel,
  min(reconstruction_method) as reconstruction_method,
  max(tube_voltage_kv) as tube_voltage_kv,
  max(field_strength_t) as field_strength_t,
  round(avg(ctdi_vol_mgy), 6) as ctdi_vol_mgy,
  min(coalesce(radiopharmaceutical_display, radiopharmaceutical)) as radiopharmaceutical,
  coalesce(bool_or(has_contrast), false) as has_contrast,
  min(contrast_agent) as contrast_agent,
  list_sort(list_distinct(flatten(list(contrast_agent_terms) filter (where contrast_agent_terms is not null))))
    as contrast_agent_terms,
  list_sort(list_distinct(flatten(list(contrast_route_terms) filter (where contrast_route_terms is not null))))
    as contrast_route_terms,
  max(contrast_volume_ml) as contrast_volume_ml,
  list_sort(list(distinct contrast_phase_code) filter (where contrast_phase_code is not null)) as contrast_phase_codes,
  list_sort(list_distinct(flatten(list(study_description_terms) filter (where study_description_terms is not null))))
    as study_description_terms,
  list_sort(list_distinct(flatten(list(series_description_terms) filter (where series_description_terms is not null))))
    as series_description_terms,
  list_sort(list_distinct(flatten(list(protocol_name_terms) filter (where protocol_name_terms is not null))))
    as protocol_name_terms,
  list_sort(list(distinct accession_key) filter (where accession_key is not null)) as accession_keys,
  coalesce(bool_and(coalesce(list_contains(image_type, 'LOCALIZER'), image_flavor = 'LOCALIZER')), false) as is_localizer,
  min(coalesce(radionuclide_display, radionuclide_code)) as radionuclide,
  max(radionuclide_total_dose_bq) as radionuclide_total_dose_bq,
  max(radionuclide_half_life_s) as radionuclide_half_life_s,
  min(uptake_minutes) as uptake_minutes,
  min(pet_units) as pet_units,
  min(decay_correction) as decay_correction,
  bool_and(list_contains(corrected_image, 'ATTN')) as is_attenuation_corrected,
  max(patient_weight_kg) as patient_weight_kg,
  bool_or(burned_in_annotation = 'YES') as has_burned_in_annotation,
  min(patient_age) as patient_age,
  count(*) as instance_count,
  sum(coalesce(frame_count, if(pixel_rows is null, 0, 1)))::bigint as frame_count,
  list_filter([
    if(count(distinct study_key) > 1, 'study', null),
    if(count(distinct patient_key) > 1, 'person', null),
    if(count(distinct modality) > 1, 'modality', null),
    if(count(distinct manufacturer) > 1 or count(distinct model) > 1, 'scanner', null),
    if(count(distinct thickness) > 1, 'slice-thickness', null)
  ], lambda x: x is not null) as disagreements
from instance
group by series_key
