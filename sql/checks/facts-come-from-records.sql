-- every stage, date, biopsy finding, biomarker, variant and performance status is traceable to a record
select f.fact
from (
  select stage_key as fact,
    if(stage_source = 'observation', 'staging.observation', 'staging.condition') as record_table, record_key, patient_key
  from marts.stage_assessments
  union all
  select diagnosis_date_key, record_table, record_key, patient_key from marts.diagnosis_dates
  union all
  select biopsy_finding_key, record_table, record_key, patient_key from marts.biopsy_findings
  union all
  select biomarker_key, 'staging.observation', observation_key, patient_key from marts.biomarkers
  union all
  select variant_key, 'staging.observation', variant_key, patient_key from marts.variants
  union all
  select performance_status_key, 'staging.observation', performance_status_key, patient_key
  from marts.performance_status
  union all
  select condition_key, 'staging.condition', condition_key, patient_key from marts.tumor_conditions
) f
left join (
  select 'staging.observation' as record_table, observation_key as record_key, patient_key from staging.observation
  union all
  select 'staging.condition', condition_key, patient_key from staging.condition
  union all
  select 'staging.procedure', procedure_key, patient_key from staging.procedure
  union all
  select 'staging.specimen', specimen_key, patient_key from staging.specimen
  union all
  select 'staging.diagnostic_report', diagnostic_report_key, patient_key from staging.diagnostic_report
) r using (record_table, record_key, patient_key)
where r.record_key is null
