-- cert: the Patient record knows nothing, a certificate has the day; year: the Patient record knows the year, the
-- certificate a day in it; month: dead within the month, not before the last contact; only: a year alone gives no days
-- and only the horizons that hold whatever the day; exp: discharged dead; clash: two days, the Patient record's counts;
-- born: dead before birth is dead on an unknown day; ghost: given something long after; stay: present until the end of a
-- stay; causes: two causes are none.
insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, birth::date as birth_date,
  'day' as birth_precision, false as is_birth_date_withheld, died::date as deceased_date, prec as deceased_precision,
  [] as race_displays
from (values
  ('cert', '1950-01-01', null, null),
  ('year', '1950-01-01', '2020-01-01', 'year'),
  ('month', '1950-01-01', '2020-12-01', 'month'),
  ('only', '1950-01-01', '2021-01-01', 'year'),
  ('exp', '1950-01-01', null, null),
  ('clash', '1950-01-01', '2020-06-01', 'day'),
  ('born', '1950-01-01', '1940-01-01', 'day'),
  ('ghost', '1950-01-01', '2020-06-01', 'day'),
  ('stay', '1950-01-01', null, null),
  ('causes', '1950-01-01', '2020-06-01', 'day')
) t(id, birth, died, prec);
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  status as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c-cert', 'cert', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c-year', 'year', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c-month', 'month', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c-only', 'only', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c-exp', 'exp', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c-clash', 'clash', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c-born', 'born', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c-ghost', 'ghost', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c-stay', 'stay', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c-causes', 'causes', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01')
) t(id, person, status, code, display, onset);
insert into staging.observation by name
select key(id) as observation_key, key(person) as patient_key, 'ehr' as source, 'final' as status, loinc as loinc_code,
  died::date as value_date, if(died is null, null, 'day') as value_precision, cause as value_code,
  'http://hl7.org/fhir/sid/icd-10' as value_system, [] as profiles, [] as evidence_type_codes
from (values
  ('o1', 'cert', '81956-5', '2020-03-01', null), ('o2', 'cert', '69453-9', null, 'C34.9'),
  ('o3', 'year', '81956-5', '2020-09-01', null), ('o4', 'year', '69453-9', null, 'I21.9'),
  ('o5', 'clash', '81956-5', '2020-07-01', null),
  ('o6', 'causes', '69453-9', null, 'C34.9'), ('o7', 'causes', '69453-9', null, 'I21.9')
) t(id, person, loinc, died, cause);
insert into staging.encounter by name
select key(id) as encounter_key, key(person) as patient_key, 'ehr' as source, 'finished' as status, 'IMP' as class_code,
  starts::date as start_date, 'day' as start_precision, ends::date as end_date, 'day' as end_precision,
  disposition as discharge_disposition_code
from (values
  ('e1', 'exp', '2020-02-01', '2020-02-20', 'exp'), ('e2', 'month', '2020-12-10', '2020-12-11', 'home'),
  ('e3', 'ghost', '2020-08-01', '2020-08-01', null), ('e4', 'stay', '2020-03-01', '2020-03-15', 'home'),
  ('e5', 'born', '2020-03-01', '2020-03-01', null), ('e6', 'clash', '2020-06-10', '2020-06-10', null)
) t(id, person, starts, ends, disposition);
