-- an order, a dispense and two administrations of one agent: all are told, the administrations count
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  status as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'mary', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01')
) t(id, person, status, code, display, onset);
insert into staging.medication_administration by name
select key(id) as medication_administration_key, key(person) as patient_key, 'ehr' as source, status,
  display as medication_display, on_date::date as effective_date, prec as effective_precision, key(reason) as reason_condition_key
from (values
  ('a1', 'mary', 'completed', 'Cisplatin 50 MG Injection', '2020-03-20', 'day', 'c1'),
  ('a2', 'mary', 'completed', 'Cisplatin 50 MG Injection', '2020-04-10', 'day', 'c1')
) t(id, person, status, display, on_date, prec, reason);
insert into staging.medication_request by name
select key(id) as medication_request_key, key(person) as patient_key, 'ehr' as source, status,
  display as medication_display, on_date::date as authored_date, prec as authored_precision, key(reason) as reason_condition_key
from (values
  ('r1', 'mary', 'active', 'Cisplatin 50 MG Injection', '2020-03-19', 'day', 'c1')
) t(id, person, status, display, on_date, prec, reason);
insert into staging.medication_dispense by name
select key('d1') as medication_dispense_key, key('mary') as patient_key, 'pharmacy' as source, 'completed' as status,
  'Cisplatin' as medication_display, date '2020-03-20' as handed_over_date, 'day' as handed_over_precision;
