insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'bob', '840544004', 'Suspected COVID-19', '2020-03-01'),
  ('c2', 'bob', '31992008', 'Secondary hypertension (disorder)', '2020-03-01'),
  ('c3', 'bob', '312824007', 'Family history of cancer of colon', '2020-03-01'),
  ('c4', 'bob', '92691004x', 'Benign neoplasm of colon (disorder)', '2020-03-01'),
  ('c5', 'bob', '126906006', 'Neoplasm of prostate', '2020-03-01'),
  ('c6', 'bob', '94225005', 'Secondary malignant neoplasm of brain', '2020-03-01')
) t(id, person, code, display, onset);
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  code, 'http://hl7.org/fhir/sid/icd-10-cm' as code_system, code as icd10cm_code, display as code_display,
  onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c7', 'bob', 'Z85.118', 'Personal history of other malignant neoplasm of bronchus and lung', '2020-03-01'),
  ('c8', 'bob', 'C79.31', 'Secondary malignant neoplasm of brain', '2020-03-01'),
  ('c9', 'bob', 'C80.1', 'Malignant (primary) neoplasm, unspecified', '2020-03-01'),
  ('c10', 'bob', 'I10', 'Essential hypertension', '2020-03-01')
) t(id, person, code, display, onset);
insert into staging.condition by name
select key('d' || status) as condition_key, key('bob') as patient_key, 'ehr' as source, status as verification_status,
  '254637007' as code, '254637007' as snomed_code, 'Non-small cell lung cancer' as code_display, [] as profiles
from (values ('provisional'), ('differential'), ('unconfirmed'), ('refuted'), ('entered-in-error')) t(status);
