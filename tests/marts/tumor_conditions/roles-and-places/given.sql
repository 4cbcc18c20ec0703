insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'kris', '363406005', 'Malignant tumor of colon (disorder)', '2020-01-01'),
  ('c2', 'kris', '35917007', 'Adenocarcinoma (morphologic abnormality)', '2020-01-02'),
  ('c3', 'kris', 'x', 'Suspected colon cancer (situation)', '2019-12-01'),
  ('c4', 'kris', '94260004', 'Secondary malignant neoplasm of colon (disorder)', '2021-01-01'),
  ('c5', 'rose', '126906006', 'Neoplasm of prostate', '2020-01-01'),
  ('c6', 'rose', '92691004', 'Carcinoma in situ of prostate (disorder)', '2020-01-01'),
  ('c7', 'lone', '94225005', 'Secondary malignant neoplasm of brain', '2020-01-01')
) t(id, person, code, display, onset);
