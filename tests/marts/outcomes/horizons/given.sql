insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, sex as gender,
  birth::date as birth_date, 'day' as birth_precision, false as is_birth_date_withheld,
  died::date as deceased_date, if(died is null, null, 'day') as deceased_precision, [] as race_displays
from (values 
  ('soon', 'male', '1950-01-01', '2020-06-01'), ('late', 'male', '1950-01-01', '2023-01-01'),
  ('alive', 'female', '1950-01-01', null), ('lost', 'female', '1950-01-01', null),
  ('before', 'female', '1950-01-01', '2019-12-01')
) t(id, sex, birth, died);
insert into staging.patient by name
select key('undated') as patient_record_key, key('undated') as patient_key, 'ehr' as source, true as is_deceased,
  [] as race_displays;
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c0', 'soon', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c1', 'late', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c2', 'alive', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c3', 'lost', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c4', 'before', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c5', 'undated', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c6', 'nobody', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01')
) t(id, person, code, display, onset);
insert into staging.encounter by name
select key(id) as encounter_key, key(person) as patient_key, 'ehr' as source, status, class as class_code,
  starts::date as start_date, 'day' as start_precision, ends::date as end_date, 'day' as end_precision
from (values
  ('e1', 'soon', 'finished', 'AMB', '2020-05-01', '2020-05-01'),
  ('e2', 'soon', 'finished', 'AMB', '2020-06-09', '2020-06-09'),
  ('e3', 'alive', 'finished', 'AMB', '2021-06-01', '2021-06-01'),
  ('e4', 'alive', 'planned', 'AMB', '2027-06-01', '2027-06-01'),
  ('e5', 'lost', 'finished', 'AMB', '2020-04-10', '2020-04-10'),
  ('e6', 'undated', 'finished', 'AMB', '2022-04-10', '2022-04-10'),
  ('e7', 'nobody', 'finished', 'AMB', '2022-04-10', '2022-04-10')
) t(id, person, status, class, starts, ends);
