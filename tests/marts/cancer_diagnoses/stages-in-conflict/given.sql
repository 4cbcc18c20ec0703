insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'jen', '353431000119107', 'Primary malignant neoplasm of female left breast (disorder)', '2018-03-16')
) t(id, person, code, display, onset);
insert into staging.condition_stage by name
select key('c1') as condition_key, key('jen') as patient_key, 'ehr' as source, '3C' as summary_code,
  'http://cancerstaging.org' as summary_system, key('o1') as assessment_key;
insert into staging.observation by name
select key(id) as observation_key, key(person) as patient_key, 'ehr' as source, 'final' as status, loinc as loinc_code,
  loinc as code, value as value_code, display as value_display, on_date::date as effective_date,
  'day' as effective_precision, key(focus) as focus_condition_key, [] as category_codes
from (values
  ('o1', 'jen', '21908-9', '2B', 'IIB', '2018-03-16', null),
  ('o2', 'jen', '21905-5', 'cT3', null, '2018-03-16', 'c1'),
  ('o3', 'jen', '21907-1', 'cM0', null, '2018-03-16', 'c1'),
  ('o4', 'jen', '21902-2', '4', null, '2020-03-16', 'c1')
) t(id, person, loinc, value, display, on_date, focus);
