-- one row per DICOM specimen, Specimen record of the same person and rule that they share an identifier by.
-- By parent-identifier the Specimen is what the DICOM specimen was sampled from, otherwise it is the same or its slide.
with seen as (
  select distinct s.study_key, p.patient_key, s.specimen_key, s.specimen_identifier_key, s.container_key
  from staging.dicom_slide_specimen s
  join staging.study_person p using (study_key)
  where s.specimen_key is not null and p.patient_key is not null
),
named as (
  select study_key, patient_key, specimen_key, 'specimen-uid' as rule, specimen_key as value from seen
  union
  select study_key, patient_key, specimen_key, 'specimen-identifier', specimen_identifier_key from seen
  union
  select study_key, patient_key, specimen_key, 'container', container_key from seen
  union
  select s.study_key, s.patient_key, s.specimen_key, 'parent-identifier', p.parent_identifier_key
  from seen s
  join staging.dicom_specimen_parent p using (study_key, specimen_key)
)
select distinct
  n.study_key,
  n.patient_key,
  n.specimen_key as dicom_specimen_key,
  i.specimen_key,
  n.rule,
  case n.rule when 'specimen-uid' then 1.0 when 'specimen-identifier' then 0.95 else 0.9 end::double as confidence
from named n
join staging.specimen_identifier i on i.identifier_key = n.value and i.patient_key = n.patient_key
where n.rule <> 'container' or i.identifier_kind in ('container', 'identifier')
