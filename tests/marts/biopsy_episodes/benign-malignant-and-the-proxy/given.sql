-- The seven people of biopsy_findings. pro was suspected, has nothing coded, no cancer, and was seen 225 days later:
-- no_cancer_180d, a proxy that is counted apart. few was seen for 41 days only: unknown, not benign.
-- ben is the false positive: suspicion and a coded benign answer.
insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, 'female' as gender,
  date '1950-01-01' as birth_date, 'day' as birth_precision, false as is_birth_date_withheld, [] as race_displays
from (values ('mary'), ('jen'), ('tru'), ('ben'), ('pro'), ('few'), ('odd'), ('two')) t(id);
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('m0', 'mary', '162573006', 'Suspected lung cancer (situation)', '2025-08-25'),
  ('m1', 'mary', '254626006', 'Adenocarcinoma of lung (disorder)', '2025-09-22'),
  ('j1', 'jen', '254837009', 'Malignant neoplasm of breast (disorder)', '2018-03-16'),
  ('t0', 'tru', '162573006', 'Suspected lung cancer (situation)', '2011-05-05'),
  ('t1', 'tru', '254637007', 'Non-small cell lung cancer (disorder)', '2011-05-19'),
  ('b0', 'ben', '134405005', 'Suspected breast cancer (situation)', '2020-01-10'),
  ('p0', 'pro', '162573006', 'Suspected lung cancer (situation)', '2020-01-10'),
  ('f0', 'few', '162573006', 'Suspected lung cancer (situation)', '2020-01-10'),
  ('o1', 'odd', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-02-20'),
  ('w1', 'two', '93761005', 'Primary malignant neoplasm of colon (disorder)', '2020-02-20')
) t(id, person, code, display, onset);
insert into staging.procedure by name
select key(id) as procedure_key, key(person) as patient_key, 'ehr' as source, 'completed' as status, code,
  'http://snomed.info/sct' as code_system, code as snomed_code, display as code_display, key(enc) as encounter_key,
  key(reason) as reason_condition_key, on_date::date as performed_date, 'day' as performed_precision, [] as profiles
from (values
  ('mp', 'mary', '432231006', 'Fine needle aspiration biopsy of lung (procedure)', 'me', null, '2025-09-16'),
  ('jp', 'jen', '723990008', 'Biopsy of breast using ultrasonographic guidance (procedure)', null, 'j1', '2018-03-06'),
  ('tp', 'tru', '432231006', 'Fine needle aspiration biopsy of lung (procedure)', null, 't0', '2011-05-19'),
  ('te', 'tru', '432231006', 'Fine needle aspiration biopsy of lung (procedure)', null, null, '2011-04-20'),
  ('bp', 'ben', '122548005', 'Biopsy of breast (procedure)', 'be', null, '2020-01-20'),
  ('pp', 'pro', '432231006', 'Fine needle aspiration biopsy of lung (procedure)', 'pe', null, '2020-01-20'),
  ('fp', 'few', '432231006', 'Fine needle aspiration biopsy of lung (procedure)', 'fe', null, '2020-01-20'),
  ('op', 'odd', '122548005', 'Biopsy of breast (procedure)', 'oe', null, '2020-02-10'),
  ('sn', 'odd', '396487001', 'Sentinel lymph node biopsy (procedure)', null, null, '2020-03-20'),
  ('wp', 'two', '86273004', 'Biopsy (procedure)', 'we', null, '2020-02-10')
) t(id, person, code, display, enc, reason, on_date);
insert into staging.specimen by name
select key('ms') as specimen_key, key('mary') as patient_key, 'ehr' as source, 'available' as status,
  '432231006' as method_code, 'http://snomed.info/sct' as method_system,
  'Fine needle aspiration biopsy of lung (procedure)' as method_display, date '2025-09-16' as collected_date,
  'day' as collected_precision;
insert into staging.diagnostic_report by name
select key(id) as diagnostic_report_key, key(person) as patient_key, 'ehr' as source, status, key(enc) as encounter_key,
  key(specimen) as specimen_key, ['PAT'] as category_codes
from (values
  ('mr', 'mary', 'final', null, 'ms'), ('br', 'ben', 'final', 'be', null), ('pr', 'pro', 'final', 'pe', null),
  ('or', 'odd', 'final', 'oe', null), ('or2', 'odd', 'amended', 'oe', null), ('wr', 'two', 'final', 'we', null),
  ('fr', 'few', 'entered-in-error', 'fe', null)
) t(id, person, status, enc, specimen);
insert into staging.diagnostic_report_conclusion by name
select key(id) as diagnostic_report_key, key(person) as patient_key, 'ehr' as source, code as conclusion_code,
  system as conclusion_system, display as conclusion_display
from (values
  ('mr', 'mary', '254626006', 'http://snomed.info/sct', 'Adenocarcinoma of lung (disorder)'),
  ('br', 'ben', 'D24.1', 'http://hl7.org/fhir/sid/icd-10-cm', 'Benign neoplasm of right breast'),
  ('pr', 'pro', '427359005', 'http://snomed.info/sct', 'Solitary nodule of lung (disorder)'),
  ('or', 'odd', '8500/3', 'http://terminology.hl7.org/CodeSystem/icd-o-3', null),
  ('or2', 'odd', '254845004', 'http://snomed.info/sct', 'Fibroadenoma of breast (disorder)'),
  ('wr', 'two', '8140/6', 'http://terminology.hl7.org/CodeSystem/icd-o-3', null),
  ('fr', 'few', '254626006', 'http://snomed.info/sct', 'Adenocarcinoma of lung (disorder)')
) t(id, person, code, system, display);
insert into staging.encounter by name
select key(person || on_date) as encounter_key, key(person) as patient_key, 'ehr' as source, 'finished' as status,
  on_date::date as start_date, 'day' as start_precision
from (values ('mary', '2026-06-23'), ('pro', '2020-09-01'), ('few', '2020-03-01'), ('ben', '2020-02-01')) t(person, on_date);
