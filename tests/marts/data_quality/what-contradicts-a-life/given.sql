-- one finding for each contradiction that the rules keep and flag
insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, birth::date as birth_date,
  'day' as birth_precision, false as is_birth_date_withheld, died::date as deceased_date, prec as deceased_precision,
  [] as race_displays
from (values
  ('late', '1950-01-01', '2020-06-01', 'day'),
  ('born', '1950-01-01', '1940-01-01', 'day')
) t(id, birth, died, prec);
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  status as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'late', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c2', 'born', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01')
) t(id, person, status, code, display, onset);
insert into staging.medication_administration by name
select key(id) as medication_administration_key, key(person) as patient_key, 'ehr' as source, status,
  display as medication_display, on_date::date as effective_date, prec as effective_precision, key(reason) as reason_condition_key
from (values
  ('a1', 'late', 'completed', 'cisplatin', '2020-06-02', 'day', 'c1'),
  ('a2', 'late', 'completed', 'docetaxel', '2020-08-02', 'day', 'c1'),
  ('a3', 'born', 'completed', 'cisplatin', '1949-06-02', 'day', 'c2'),
  ('a4', 'born', 'completed', 'pemetrexed', null, 'day', 'c2')
) t(id, person, status, display, on_date, prec, reason);
insert into staging.medication_request by name
select key('r1') as medication_request_key, key('late') as patient_key, 'ehr' as source, 'active' as status,
  key('gone') as medication_key;
insert into staging.medication_request by name
select key('r2') as medication_request_key, key('late') as patient_key, 'ehr' as source, 'active' as status;
insert into staging.procedure by name
select key(id) as procedure_key, key('born') as patient_key, 'ehr' as source, 'completed' as status, display as code_display,
  starts::date as performed_start_date, 'day' as performed_start_precision, ends::date as performed_end_date,
  intent as treatment_intent_display, code as treatment_intent_code, 'http://snomed.info/sct' as treatment_intent_system,
  sessions as radiotherapy_sessions, [] as profiles
from (values
  ('p1', 'Radiotherapy course', '2020-02-01', '2020-03-01', 'Curative', '373808002', 3),
  ('p2', 'Radiotherapy course', '2020-02-01', '2020-03-01', 'Palliative', '363676003', 3),
  ('p3', 'Chemotherapy', '2010-02-01', '2010-01-01', null, null, null)
) t(id, display, starts, ends, intent, code, sessions);
insert into staging.radiotherapy_dose by name
select key(procedure) as procedure_key, key('born') as patient_key, dose as total_dose, unit as total_dose_unit
from (values ('p1', 50.0, 'Gy'), ('p2', 40.0, 'Gy'), ('p2', 40.0, 'rem')) t(procedure, dose, unit);
insert into staging.observation by name
select key(id) as observation_key, key(person) as patient_key, 'ehr' as source, 'final' as status, loinc as loinc_code,
  'http://snomed.info/sct' as value_system, value as value_code, on_date::date as effective_date,
  'day' as effective_precision, [] as profiles, [] as evidence_type_codes
from (values
  ('o1', 'born', '97509-4', '271299001', '2020-03-01'), ('o2', 'born', '97509-4', '268910001', '2020-03-01'),
  ('o3', 'born', '97509-4', '1', '2020-04-01'), ('o4', 'late', '97509-4', '271299001', '2021-04-01'),
  ('o5', 'late', '69453-9', '22298006', null), ('o6', 'late', '69453-9', '254637007', null)
) t(id, person, loinc, value, on_date);
