insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'dem', '399068003', 'Malignant tumor of prostate (disorder)', '2020-01-01'),
  ('c2', 'ra', '69896004', 'Rheumatoid arthritis (disorder)', '2020-01-01'),
  ('c3', 'kid', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01')
) t(id, person, code, display, onset);
insert into staging.medication_request by name
select key(id) as medication_request_key, key(person) as patient_key, 'ehr' as source, status, rxnorm as medication_rxnorm,
  rxnorm as medication_code, display as medication_display, on_date::date as authored_date, 'day' as authored_precision,
  key(reason) as reason_condition_key
from (values
  ('r1', 'dem', 'active', null, '0.25 ML Leuprolide Acetate 30 MG/ML Prefilled Syringe', '2020-02-01', null),
  ('r2', 'ra', 'active', null, 'Methotrexate 2.5 MG Oral Tablet', '2020-02-01', 'c2'),
  ('r3', 'kid', 'active', null, 'Leuprolide Acetate 3.75 MG Injection', '2020-02-01', null),
  ('r4', 'ra', 'active', null, 'Cisplatin 50 MG Injection', '2020-02-01', null),
  ('r5', 'dem', 'active', null, 'Amlodipine 5 MG Oral Tablet', '2020-02-01', 'c1')
) t(id, person, status, rxnorm, display, on_date, reason);
