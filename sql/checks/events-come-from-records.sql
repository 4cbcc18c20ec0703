-- every event of a mart is a row of that mart
select e.event_key
from marts.patient_events e
left join (
  select 'marts.cancer_diagnoses' as source_table, diagnosis_key as source_key from marts.cancer_diagnoses
  union all
  select 'marts.treatments', treatment_key from marts.treatments
  union all
  select 'marts.encounters', encounter_key from marts.encounters
  union all
  select 'marts.imaging_studies', study_key from marts.imaging_studies
  union all
  select 'marts.pathology_slides', slide_key from marts.pathology_slides
  union all
  select 'marts.lab_results', lab_result_key from marts.lab_results
  union all
  select 'marts.patients', patient_key from marts.patients
) r using (source_table, source_key)
where starts_with(e.source_table, 'marts.') and r.source_key is null
