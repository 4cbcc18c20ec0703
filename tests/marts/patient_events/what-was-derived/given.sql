-- jen: a biopsy, its oestrogen receptor by the day of the specimen (the very result comes twice: one event), a variant,
-- a stage, a score, a progression, two coverages (one a draft, one that began before she was born is no first event),
-- an encounter whose end is known to the month. dee: her death is told by a certificate only.
insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, 'female' as gender,
  date '1970-01-01' as birth_date, 'day' as birth_precision, false as is_birth_date_withheld, [] as race_displays
from (values ('jen'), ('dee')) t(id);
insert into staging.condition by name
select key('c1') as condition_key, key('jen') as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, '254837009' as code, 'http://snomed.info/sct' as code_system, '254837009' as snomed_code,
  'Malignant neoplasm of breast (disorder)' as code_display, date '2018-03-16' as onset_date, 'day' as onset_precision,
  date '2020-01-01' as abatement_date, 'year' as abatement_precision, [] as profiles;
insert into staging.specimen by name
select key('s1') as specimen_key, key('jen') as patient_key, 'ehr' as source, 'TUMOR' as type_code,
  date '2018-03-06' as collected_date, 'day' as collected_precision;
insert into staging.procedure by name
select key('b1') as procedure_key, key('jen') as patient_key, 'ehr' as source, 'completed' as status, '122548005' as code,
  'http://snomed.info/sct' as code_system, '122548005' as snomed_code, 'Biopsy of breast (procedure)' as code_display,
  date '2018-03-06' as performed_date, 'day' as performed_precision, [] as profiles;
insert into staging.observation by name
select key(id) as observation_key, key('jen') as patient_key, 'ehr' as source, 'final' as status, loinc as loinc_code,
  loinc as code, 'http://loinc.org' as code_system, value as value_code,
  if(value like 'LA%', 'http://loinc.org', 'http://snomed.info/sct') as value_system, number as value_integer,
  key(specimen) as specimen_key, on_date::date as effective_date, 'day' as effective_precision, [] as category_codes,
  [] as profiles
from (values
  ('er', '85337-4', '10828004', null, 's1', '2018-03-10'),
  ('er-again', '85337-4', '10828004', null, 's1', '2018-03-10'),
  ('brca1', '69548-6', 'LA9633-4', null, 's1', '2018-03-20'),
  ('stage', '21908-9', '1222769001', null, null, '2018-03-16'),
  ('ecog', '89247-1', null, 1, null, '2018-04-01'),
  ('worse', '97509-4', '271299001', null, null, '2019-02-01')
) t(id, loinc, value, number, specimen, on_date);
insert into staging.coverage by name
select key(id) as coverage_key, key('jen') as patient_key, 'ehr' as source, status, '1' as type_code,
  'https://nahdo.org/sopt' as type_system, '1' as type_sopt, starts::date as start_date, 'day' as start_precision
from (values ('v1', 'active', '1960-01-01'), ('v2', 'draft', '2018-01-01')) t(id, status, starts);
insert into staging.encounter by name
select key('e1') as encounter_key, key('jen') as patient_key, 'ehr' as source, 'finished' as status, 'IMP' as class_code,
  date '2018-03-05' as start_date, 'day' as start_precision, date '2018-04-01' as end_date, 'month' as end_precision;
insert into staging.observation by name
select key('dead') as observation_key, key('dee') as patient_key, 'ehr' as source, 'final' as status,
  '81956-5' as loinc_code, '81956-5' as code, 'http://loinc.org' as code_system, date '2019-05-01' as value_date,
  'day' as value_precision, [] as category_codes, [] as profiles;
