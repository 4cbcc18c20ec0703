insert into staging.patient by name
select key(id) as patient_record_key, key('p1') as patient_key, source, is_active, key(successor) as replaced_by_key,
  sex as gender, birth::date as birth_date, 'day' as birth_precision, false as is_birth_date_withheld, zip as postal_code,
  race as race_displays, 'Not Hispanic or Latino' as ethnicity_display
from (values
  ('r1', 'a', true, 'r2', 'female', '1960-01-01', '021', ['White']),
  ('r2', 'a', true, null, 'female', '1961-01-01', null, ['White', 'Asian']),
  ('r3', 'b', false, null, null, null, '945', [])
) t(id, source, is_active, successor, sex, birth, zip, race);
insert into staging.encounter by name
select key(id) as encounter_key, key(person) as patient_key, 'ehr' as source, status, class as class_code,
  starts::date as start_date, 'day' as start_precision, ends::date as end_date, 'day' as end_precision
from (values
  ('e1', 'p1', 'finished', 'AMB', '2020-05-01', '2020-05-01'),
  ('e2', 'p1', 'cancelled', 'AMB', '2021-06-09', '2021-06-09')
) t(id, person, status, class, starts, ends);
insert into staging.imaging_study by name
select key('s1') as imaging_study_key, key('p1') as patient_key, 'a' as source, key('u1') as study_key,
  date '2020-07-01' as started_date, 'day' as started_precision, ['CT'] as modality_codes;
