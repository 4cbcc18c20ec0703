-- late: given after the death; early: before the birth; year: a death known to the year contradicts nothing in it.
-- atc: an ATC code, in a Medication contained in the record. bag: two agents in one Medication, one by reference.
-- cat: a code that no table knows says nothing; the words of its display do. two: two intents. ends: ends before it starts.
insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, birth::date as birth_date,
  'day' as birth_precision, false as is_birth_date_withheld, died::date as deceased_date, prec as deceased_precision,
  [] as race_displays
from (values
  ('late', '1950-01-01', '2020-06-01', 'day'),
  ('early', '1990-01-01', null, null),
  ('year', '1950-01-01', '2020-01-01', 'year'),
  ('atc', '1950-01-01', null, null),
  ('bag', '1950-01-01', null, null),
  ('two', '1950-01-01', null, null),
  ('supply', '1950-01-01', '2020-06-01', 'day')
) t(id, birth, died, prec);
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  status as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('clate', 'late', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('cearly', 'early', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('cyear', 'year', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('catc', 'atc', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('cbag', 'bag', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('ctwo', 'two', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('csupply', 'supply', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01')
) t(id, person, status, code, display, onset);
insert into staging.medication_administration by name
select key(id) as medication_administration_key, key(person) as patient_key, 'ehr' as source, 'completed' as status,
  display as medication_display, atc as medication_atc, key(medication) as medication_key,
  starts::date as effective_start_date, 'day' as effective_start_precision, ends::date as effective_end_date,
  'day' as effective_end_precision, intent as treatment_intent_code, 'http://snomed.info/sct' as treatment_intent_system,
  key('c' || person) as reason_condition_key
from (values
  ('a1', 'late', 'Cisplatin 50 MG Injection', null, null, '2020-05-01', null, null),
  ('a2', 'late', 'Cisplatin 50 MG Injection', null, null, '2020-06-02', null, null),
  ('a3', 'early', 'Cisplatin 50 MG Injection', null, null, '1989-12-31', null, null),
  ('a4', 'year', 'Cisplatin 50 MG Injection', null, null, '2020-12-31', null, null),
  ('a5', 'year', 'Cisplatin 50 MG Injection', null, null, '2021-01-01', null, null),
  ('a6', 'atc', null, null, 'a6#med', '2020-02-01', null, null),
  ('a7', 'bag', null, null, 'bag', '2020-02-01', null, null),
  ('a8', 'two', 'Pemetrexed', null, null, '2020-02-01', '2020-01-01', '373808002'),
  ('a9', 'two', 'Pemetrexed', null, null, '2020-02-22', null, '363676003'),
  ('a10', 'two', 'an unknown substance', 'L01XA02', null, '2020-02-22', null, '363676003')
) t(id, person, display, atc, medication, starts, ends, intent);
insert into staging.medication_administration_contained by name
select key('a6#med') as medication_key, key('atc') as patient_key, 'ehr' as source, 'L01FF02' as atc_code,
  [] as ingredient_rxnorms, [] as ingredient_atcs, [] as ingredient_displays;
insert into staging.medication by name
select key(id) as medication_key, 'ehr' as source, rxnorms as ingredient_rxnorms, [] as ingredient_atcs,
  displays as ingredient_displays, key(ingredient) as ingredient_medication_key
from (values ('bag', ['4179'], ['etoposide'], 'vial'), ('vial', [], ['vinCRIStine sulfate'], null))
  t(id, rxnorms, displays, ingredient);
insert into staging.medication_dispense by name
select key('d1') as medication_dispense_key, key('supply') as patient_key, 'ehr' as source, 'completed' as status,
  'osimertinib 80 MG Oral Tablet' as medication_display, date '2020-05-20' as handed_over_date,
  'day' as handed_over_precision, 30 as days_supply_number, 'd' as days_supply_unit;
