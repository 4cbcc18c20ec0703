-- what is said of a tumour is said of the person who has it
select f.fact
from (
  select stage_key as fact, patient_key, diagnosis_key from marts.stage_assessments
  union all
  select biomarker_key, patient_key, diagnosis_key from marts.biomarkers
  union all
  select variant_key, patient_key, diagnosis_key from marts.variants
  union all
  select performance_status_key, patient_key, diagnosis_key from marts.performance_status
  union all
  select biopsy_finding_key, patient_key, diagnosis_key from marts.biopsy_findings
  union all
  select diagnosis_date_key, patient_key, diagnosis_key from marts.diagnosis_dates
  union all
  select condition_key, patient_key, diagnosis_key from marts.tumor_conditions
) f
left join marts.cancer_diagnoses d using (diagnosis_key)
where f.diagnosis_key is not null and d.patient_key is distinct from f.patient_key
