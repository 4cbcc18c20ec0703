insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'mary', '254637007', 'Non-small cell lung cancer (disorder)', '2020-03-01')
) t(id, person, code, display, onset);
insert into staging.medication_administration by name
select key(id) as medication_administration_key, key(person) as patient_key, 'ehr' as source, status, rxnorm as medication_rxnorm,
  rxnorm as medication_code, display as medication_display, on_date::date as effective_date, 'day' as effective_precision,
  key(reason) as reason_condition_key
from (values
  ('a1', 'mary', 'completed', '1736854', 'Cisplatin 50 MG Injection', '2020-03-20', 'c1'),
  ('a2', 'mary', 'completed', '1736854', 'Cisplatin 50 MG Injection', '2020-04-10', 'c1'),
  ('a3', 'mary', 'completed', '1736854', 'Cisplatin 50 MG Injection', '2020-04-10', 'c1'),
  ('a4', 'mary', 'not-done', '1736854', 'Cisplatin 50 MG Injection', '2020-05-01', 'c1'),
  ('a5', 'mary', 'completed', '1736854', 'Cisplatin 50 MG Injection', '2021-05-01', 'c1')
) t(id, person, status, rxnorm, display, on_date, reason);
insert into staging.medication_request by name
select key(id) as medication_request_key, key(person) as patient_key, 'ehr' as source, status, rxnorm as medication_rxnorm,
  rxnorm as medication_code, display as medication_display, on_date::date as authored_date, 'day' as authored_precision,
  key(reason) as reason_condition_key
from (values
  ('r1', 'mary', 'completed', '1736854', 'Cisplatin 50 MG Injection', '2020-03-19', 'c1'),
  ('r2', 'mary', 'completed', '1736854', 'Cisplatin 50 MG Injection', '2020-04-09', 'c1'),
  ('r3', 'mary', 'active', null, 'osimertinib 80 MG Oral Tablet', '2022-01-01', null),
  ('r4', 'mary', 'draft', null, 'gefitinib 250 MG Oral Tablet', '2022-01-01', null)
) t(id, person, status, rxnorm, display, on_date, reason);
