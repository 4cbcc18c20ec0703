-- cGy and mGy become Gy, another unit is unknown; the same course told twice is one course, and its doses that differ
-- are both kept; fractions told one by one within a course are part of it.
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  status as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'jen', 'active', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-01-01')
) t(id, person, status, code, display, onset);
insert into staging.procedure by name
select key(id) as procedure_key, key('jen') as patient_key, 'ehr' as source, 'completed' as status, code,
  'http://snomed.info/sct' as code_system, code as snomed_code, display as code_display,
  starts::date as performed_start_date, 'day' as performed_start_precision, ends::date as performed_end_date,
  'day' as performed_end_precision, key('c1') as reason_condition_key, sessions as radiotherapy_sessions,
  [] as profiles
from (values
  ('p1', '1217123003', 'Radiotherapy course of treatment', '2020-04-01', '2020-05-12', 30),
  ('p2', '1217123003', 'Radiotherapy course of treatment', '2020-04-01', '2020-05-12', 30),
  ('p3', '385798007', 'Radiation therapy care', '2020-04-01', '2020-04-01', null),
  ('p4', '385798007', 'Radiation therapy care', '2020-05-12', '2020-05-12', null),
  ('p5', '385798007', 'Radiation therapy care', '2021-05-12', '2021-05-12', null)
) t(id, code, display, starts, ends, sessions);
insert into staging.radiotherapy_dose by name
select key(procedure) as procedure_key, key(volume) as volume_key, key('jen') as patient_key, dose as total_dose,
  unit as total_dose_unit, fractions as fractions_delivered
from (values
  ('p1', 'v1', 5040.0, 'cGy', 28), ('p1', 'v2', 60.0, 'Gy', 30), ('p1', 'v3', 12000.0, 'mGy', 6), ('p1', 'v4', 5.0, 'Sv', 1),
  ('p2', 'w1', 50.4, 'Gy', 28), ('p2', 'w2', 66.0, 'Gy', 33)
) t(procedure, volume, dose, unit, fractions);
insert into staging.body_structure by name
select key(id) as body_structure_key, key('jen') as patient_key, code as location_code, [side] as location_qualifier_codes
from (values ('v1', '76752008', '7771000'), ('v2', '78904004', '7771000'), ('v3', '59441001', '7771000'), ('v4', '1', '1'),
  ('w1', '76752008', '7771000'), ('w2', '78904004', '7771000')) t(id, code, side);
