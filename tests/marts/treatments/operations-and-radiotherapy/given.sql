insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'jen', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-01-01'),
  ('c2', 'dan', '399068003', 'Malignant tumor of prostate (disorder)', '2020-01-01'),
  -- an operation for a benign neoplasm is no cancer treatment
  ('c3', 'gil', '254845004', 'Fibroadenoma of breast (disorder)', '2020-01-01')
) t(id, person, code, display, onset);
insert into staging.procedure by name
select key(id) as procedure_key, key(person) as patient_key, 'ehr' as source, 'completed' as status, code,
  'http://snomed.info/sct' as code_system, code as snomed_code, display as code_display,
  on_date::date as performed_date, 'day' as performed_precision, key(reason) as reason_condition_key,
  sessions as radiotherapy_sessions, [] as profiles
from (values
  ('p1', 'jen', '392021009', 'Lumpectomy of breast (procedure)', '2020-02-01', null, null),
  ('p2', 'jen', '80146002', 'Appendectomy', '2020-03-01', null, null),
  ('p3', 'jen', '122548005', 'Biopsy of breast (procedure)', '2019-12-20', 'c1', null),
  ('p4', 'dan', '90470006', 'Prostatectomy', '2020-02-01', null, null),
  ('p5', 'eli', '90470006', 'Prostatectomy', '2020-02-01', null, null),
  ('p6', 'jen', '1217123003', 'Radiotherapy course of treatment (regime/therapy)', '2020-04-01', 'c1', 31),
  ('p7', 'dan', '385798007', 'Radiation therapy care (regime/therapy)', '2020-04-01', null, null),
  ('p8', 'dan', '385798007', 'Radiation therapy care (regime/therapy)', '2020-04-02', null, null),
  ('p9', 'dan', '385798007', 'Radiation therapy care (regime/therapy)', '2021-04-02', null, null),
  ('p10', 'dan', '367336001', 'Chemotherapy', '2020-05-02', null, null),
  ('p11', 'fay', '80146002', 'Appendectomy', '2020-03-01', null, null),
  ('p12', 'gil', '392021009', 'Lumpectomy of breast (procedure)', '2020-02-01', 'c3', null)
) t(id, person, code, display, on_date, reason, sessions);
update staging.procedure
set reason_system = 'http://hl7.org/fhir/sid/icd-10-cm', reason_code = 'C18.1' where procedure_key = key('p11');
insert into staging.radiotherapy_dose by name
select key('p6') as procedure_key, key(volume) as volume_key, dose as total_dose, unit as total_dose_unit,
  fractions as fractions_delivered
from (values ('v1', 5040.0, 'cGy', 28), ('v2', 60.0, 'Gy', 30)) t(volume, dose, unit, fractions);
