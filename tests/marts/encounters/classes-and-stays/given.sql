insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, sex as gender,
  birth::date as birth_date, 'day' as birth_precision, false as is_birth_date_withheld,
  died::date as deceased_date, if(died is null, null, 'day') as deceased_precision, [] as race_displays
from (values ('p1', 'male', '1950-06-01', null)) t(id, sex, birth, died);
insert into staging.encounter by name
select key(id) as encounter_key, key(person) as patient_key, 'ehr' as source, status, class as class_code,
  starts::date as start_date, 'day' as start_precision, ends::date as end_date, 'day' as end_precision
from (values
  ('e1', 'p1', 'finished', 'IMP', '2020-05-01', '2020-05-04'),
  ('e2', 'p1', 'finished', 'VR', '2020-06-01', null),
  ('e3', 'p2', 'finished', 'zzz', '2020-06-01', '2020-06-01'),
  ('e4', 'p2', 'finished', null, null, null)
) t(id, person, status, class, starts, ends);
insert into staging.condition by name
select key('c1') as condition_key, key('p1') as patient_key, 'ehr' as source, '38341003' as code, 'Hypertension' as code_display;
update staging.encounter set reason_condition_key = key('c1') where encounter_key = key('e1');
