-- A metastasis of this tumour within 90 days makes it metastatic at diagnosis (eve), a later one says nothing of then
-- (joe). One that names no primary may be of this tumour: unknown, even though M0 is recorded (ivy).
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, key(related) as related_condition_key, [] as profiles
from (values
  ('c1', 'eve', '93761005', 'Primary malignant neoplasm of colon (disorder)', '2021-05-01', null),
  ('c2', 'eve', '94381002', 'Metastatic malignant neoplasm to liver (disorder)', '2021-06-20', 'c1'),
  ('c3', 'joe', '93761005', 'Primary malignant neoplasm of colon (disorder)', '2021-05-01', null),
  ('c4', 'joe', '94381002', 'Metastatic malignant neoplasm to liver (disorder)', '2022-06-20', 'c3'),
  ('c5', 'ivy', '93761005', 'Primary malignant neoplasm of colon (disorder)', '2021-05-01', null),
  ('c6', 'ivy', '94381002', 'Metastatic malignant neoplasm to liver (disorder)', '2021-06-20', null)
) t(id, person, code, display, onset, related);
insert into staging.observation by name
select key('m') as observation_key, key('ivy') as patient_key, 'ehr' as source, 'final' as status,
  '21907-1' as loinc_code, 'cM0' as value_code, date '2021-05-02' as effective_date, 'day' as effective_precision,
  [] as category_codes, [] as profiles;
