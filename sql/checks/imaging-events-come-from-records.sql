-- every imaging event has records of its person, as many as it says, and each record is in one event
select e.imaging_event_key
from marts.imaging_events e
full join (
  select imaging_event_key, count(*) as records, min(patient_key) as patient_key, count(distinct patient_key) as people
  from marts.imaging_event_records
  group by imaging_event_key
) r using (imaging_event_key)
where e.imaging_event_key is null
  or r.records is null
  or e.record_count <> r.records
  or r.people > 1
  or e.patient_key is distinct from r.patient_key
union all
select r.event_record_key
from marts.imaging_event_records r
left join (
  select 'staging.imaging_study' as record_table, imaging_study_key as record_key from staging.imaging_study
  union all
  select 'staging.procedure', procedure_key from staging.procedure
  union all
  select 'staging.dicom_instance', study_key from staging.dicom_study
) f using (record_table, record_key)
where f.record_key is null
