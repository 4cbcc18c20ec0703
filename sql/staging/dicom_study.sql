-- one row per DICOM study
select
  study_key,
  min(study_instance_uid) as study_instance_uid,
  min(coalesce(study_date, series_date)) as study_date,
  arg_min(coalesce(study_precision, series_precision), coalesce(study_date, series_date)) as study_precision,
  min(acquisition_at) as study_at,
  min(study_description) as study_description,
  min(procedure_code) as procedure_code,
  arg_min(procedure_scheme, procedure_code) as procedure_scheme,
  arg_min(procedure_display, procedure_code) as procedure_display,
  min(patient_age) as patient_age,
  count(*) as series_count,
  sum(instance_count)::bigint as instance_count,
  count(distinct study_date) > 1 as has_date_disagreement
from staging.dicom_series
group by study_key
