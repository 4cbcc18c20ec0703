-- one row per tumour and imaging series of the same person
select
  d.diagnosis_key::uuid as diagnosis_key,
  s.series_key::uuid as series_key,
  s.study_key::uuid as study_key,
  d.patient_key::uuid as patient_key,
  (coalesce(t.study_date, s.series_date) - d.diagnosis_date)::integer as days_from_diagnosis
from marts.cancer_diagnoses d
join marts.imaging_series s using (patient_key)
join marts.imaging_studies t using (study_key)
