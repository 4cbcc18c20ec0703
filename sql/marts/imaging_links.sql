-- one row per DICOM study and source: how it was linked to a person, and why not where it was not
select
  l.study_key::uuid as study_key,
  l.source::varchar as source,
  l.patient_key::uuid as patient_key,
  l.status::varchar as status,
  l.rule::varchar as rule,
  l.confidence::double as confidence,
  concat(
    case l.status
      when 'linked' then 'Linked to a Patient record'
      when 'candidate' then 'Not linked: a Patient record may be meant, but the evidence is not sufficient'
      when 'conflict' then 'Not linked: the evidence names more than one person'
      else 'Not linked: nothing in the files names a known person'
    end,
    if(l.rule is null, '', ' (rule ' || l.rule || ')'),
    '.'
  )::varchar as reason,
  s.is_in_fhir::boolean as is_in_fhir,
  s.study_date::date as study_date,
  s.primary_modality::varchar as primary_modality,
  s.dicom_instance_count::integer as instance_count
from staging.imaging_link l
join marts.imaging_studies s using (study_key)
