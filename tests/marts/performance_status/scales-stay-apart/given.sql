-- ECOG 0 and KPS 90 of one day (mCODE STU1) stay two scores; a coded answer is a score of its own scale only (KPS 80
-- under ECOG is none); a number outside the scale is no score; number and interpretation that disagree are flagged;
-- an interpretation alone counts; Lansky has its NCI code; a body weight is no performance status.
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'ann', '254837009', 'Malignant neoplasm of breast (disorder)', '2018-03-16')
) t(id, person, code, display, onset);
insert into staging.observation by name
select key(id) as observation_key, key(person) as patient_key, 'ehr' as source, 'final' as status,
  if(system = 'loinc', code, null) as loinc_code, code,
  if(system = 'nci', 'http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl', 'http://loinc.org') as code_system,
  number as value_integer, answer as value_code, interpretation as interpretation_code, on_date::date as effective_date,
  'day' as effective_precision, [] as category_codes, [] as profiles
from (values
  ('ecog', 'ann', 'loinc', '89247-1', 0, null, 'LA9622-7', '2018-04-12'),
  ('kps', 'ann', 'loinc', '89243-0', 90, null, 'LA29176-7', '2018-04-12'),
  ('answer', 'ann', 'loinc', '89247-1', null, '422894000', null, '2018-12-01'),
  ('wrong', 'ann', 'loinc', '89247-1', null, 'LA29177-5', null, '2018-04-13'),
  ('seven', 'ann', 'loinc', '89247-1', 7, null, null, '2018-04-14'),
  ('two', 'ann', 'loinc', '89247-1', 1, null, 'LA9624-3', '2018-04-15'),
  ('said', 'ann', 'loinc', '89243-0', null, null, 'LA9627-6', '2018-04-16'),
  ('again', 'ann', 'loinc', '89247-1', 7, null, null, '2018-04-14'),
  ('play', 'kid', 'nci', 'C38144', 80, null, null, '2018-04-14'),
  ('weight', 'ann', 'loinc', '29463-7', 80, null, null, '2018-04-14')
) t(id, person, system, code, number, answer, interpretation, on_date);
