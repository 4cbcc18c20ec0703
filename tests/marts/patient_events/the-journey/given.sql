insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, sex as gender,
  birth::date as birth_date, 'day' as birth_precision, false as is_birth_date_withheld,
  died::date as deceased_date, if(died is null, null, 'day') as deceased_precision, [] as race_displays
from (values ('mary', 'female', '1960-05-01', '2021-01-01')) t(id, sex, birth, died);
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
  ('a1', 'mary', 'completed', '1736854', 'Cisplatin 50 MG Injection', '2020-03-20', 'c1')
) t(id, person, status, rxnorm, display, on_date, reason);
insert into staging.encounter by name
select key(id) as encounter_key, key(person) as patient_key, 'ehr' as source, status, class as class_code,
  starts::date as start_date, 'day' as start_precision, ends::date as end_date, 'day' as end_precision
from (values
  ('e1', 'mary', 'finished', 'AMB', '2020-02-01', '2020-02-01'),
  ('e2', 'mary', 'cancelled', 'AMB', '2020-02-03', '2020-02-03')
) t(id, person, status, class, starts, ends);
insert into staging.document_reference by name
select key('d1') as document_reference_key, key('mary') as patient_key, 'ehr' as source, '34133-9' as type_code,
  date '2020-02-01' as document_date, 'day' as document_precision;
insert into staging.immunization by name
select key('v1') as immunization_key, null as patient_key, 'ehr' as source, date '2020-02-01' as occurrence_date;
