-- is1 and is2 give one study to two people: an event of nobody, its records with no person. q2 is the Procedure of is3; q4 fits
-- m1 and m2; q3 may not have been done; q5 made no images. r1 to r3: mammography, MRI of subcutaneous tissue of the chest (of
-- no breast) and coronary angiography in ICD-10-PCS, where a finer row is as long as a coarser one.
insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, false as is_birth_date_withheld,
  [] as race_displays
from (values ('ann'), ('bob'), ('cyd'), ('dot')) t(id);
insert into staging.dicom_instance by name
select key(study) as instance_record_key, key(study) as sop_instance_key, key('cyd') as patient_key, 'pacs' as source,
  key('series ' || study) as series_key, key(study) as study_key, study as study_instance_uid, 'MR' as modality,
  'BRAIN' as body_part_examined, date '2020-03-01' as study_date, 'day' as study_precision
from (values ('m1'), ('m2')) t(study);
insert into staging.imaging_link by name
select study_key, 'pacs' as source, patient_key, 'identifier' as rule, 1.0 as confidence, 'linked' as status
from staging.dicom_instance;
insert into staging.imaging_study by name
select key(id) as imaging_study_key, key(person) as patient_key, 'ehr' as source, key(study) as study_key,
  study as study_instance_uid, 'available' as status, on_date::date as started_date, 'day' as started_precision,
  ['CT'] as modality_codes, procedure as procedure_display
from (values
  ('is1', 'ann', 'shared', '2020-01-01', null),
  ('is2', 'bob', 'shared', '2020-01-01', null),
  ('is3', 'ann', 'own', '2020-02-01', 'CT chest'),
  ('is4', 'bob', 'alone', '2020-02-02', 'CT neck')
) t(id, person, study, on_date, procedure);
insert into staging.procedure by name
select key(id) as procedure_key, key(person) as patient_key, 'ehr' as source, status, code,
  if(display is null, 'http://www.cms.gov/Medicare/Coding/ICD10', 'http://snomed.info/sct') as code_system,
  if(display is null, null, code) as snomed_code, if(display is null, code, null) as icd10pcs_code, display as code_display,
  on_date::date as performed_date, 'day' as performed_precision
from (values
  ('q1', 'ann', 'completed', '169069000', 'CT of chest', '2020-01-01'),
  ('q2', 'ann', 'completed', '169069000', 'CT of chest', '2020-02-01'),
  ('q3', 'ann', 'unknown', '169069000', 'CT of chest', '2020-05-01'),
  ('q4', 'cyd', 'completed', '816077007', 'MRI of brain', '2020-03-01'),
  ('q5', 'cyd', 'completed', '73761001', 'Colonoscopy', '2020-04-01'),
  ('r1', 'dot', 'completed', 'BH00ZZZ', null, '2020-06-01'),
  ('r2', 'dot', 'completed', 'BH3GY0Z', null, '2020-06-02'),
  ('r3', 'dot', 'completed', 'B2111ZZ', null, '2020-06-03')
) t(id, person, status, code, display, on_date);
