insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, sex as gender,
  birth::date as birth_date, 'day' as birth_precision, false as is_birth_date_withheld,
  died::date as deceased_date, if(died is null, null, 'day') as deceased_precision, [] as race_displays
from (values ('mary', 'female', '1960-05-01', null)) t(id, sex, birth, died);
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c0', 'mary', '162573006', 'Suspected lung cancer (situation)', '2020-02-01'),
  ('c1', 'mary', '254637007', 'Non-small cell lung cancer (disorder)', '2020-03-01'),
  ('c2', 'mary', '422968005', 'Non-small cell carcinoma of lung, TNM stage 3 (disorder)', '2020-03-03')
) t(id, person, code, display, onset);
