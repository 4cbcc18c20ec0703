-- a study is seen somewhere, and its DICOM counts are those of its series
select t.study_key
from marts.imaging_studies t
left join marts.imaging_series s on s.study_key = t.study_key and s.is_in_dicom
group by t.study_key, t.is_in_dicom, t.is_in_fhir, t.dicom_series_count, t.dicom_instance_count
having not (t.is_in_dicom or t.is_in_fhir)
  or t.dicom_series_count <> count(s.series_key)
  or t.dicom_instance_count <> coalesce(sum(s.instance_count), 0)
