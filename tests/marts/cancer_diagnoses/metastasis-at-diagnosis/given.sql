insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'eve', '93761005', 'Primary malignant neoplasm of colon (disorder)', '2021-05-01'),
  ('c2', 'eve', '94381002', 'Metastatic malignant neoplasm to liver (disorder)', '2021-06-20'),
  ('c3', 'joe', '93761005', 'Primary malignant neoplasm of colon (disorder)', '2021-05-01'),
  ('c4', 'joe', '94381002', 'Metastatic malignant neoplasm to liver (disorder)', '2022-06-20')
) t(id, person, code, display, onset);
