-- an imaging event holds one study that has a UID at most, and every study with DICOM files is in an event
select r.imaging_event_key
from marts.imaging_event_records r
left join staging.imaging_study f on r.record_table = 'staging.imaging_study' and f.imaging_study_key = r.record_key
group by r.imaging_event_key
having count(distinct if(r.record_table = 'staging.dicom_instance', r.record_key, f.study_key)) > 1
union all
select d.study_key
from staging.dicom_study d
anti join marts.imaging_event_records r on r.record_table = 'staging.dicom_instance' and r.record_key = d.study_key
