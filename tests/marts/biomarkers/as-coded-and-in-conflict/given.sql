-- ann: what mCODE's Jenny M has (ER positive, PR negative, a recurrence score in a unit that is not UCUM), then what
-- hospitals add: a second HER2 of the same day and method that says the contrary (both kept and flagged), the very
-- result again under another id (a repeat), an answer in no table (no result, not a guess), a PD-L1 percentage as a
-- component, a marker of no table (no analyte), and a result whose value is absent with a reason.
-- bob has two tumours and a PSA that names none: it belongs to neither.
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'ann', '254837009', 'Malignant neoplasm of breast (disorder)', '2018-03-16'),
  ('c2', 'bob', '399068003', 'Malignant tumor of prostate', '2020-01-01'),
  ('c3', 'bob', '363406005', 'Malignant tumor of colon', '2021-01-01')
) t(id, person, code, display, onset);
insert into staging.specimen by name
select key('s1') as specimen_key, key('ann') as patient_key, 'ehr' as source, 'TUMOR' as type_code,
  date '2018-03-06' as collected_date, 'day' as collected_precision;
insert into staging.observation by name
select key(id) as observation_key, key(person) as patient_key, 'ehr' as source, 'final' as status, loinc as loinc_code,
  loinc as code, if(loinc is null, null, 'http://loinc.org') as code_system, value as value_code,
  if(value like 'LA%', 'http://loinc.org', 'http://snomed.info/sct') as value_system, number as value_number,
  unit as value_unit, ucum as value_unit_code, if(ucum is null, null, 'http://unitsofmeasure.org') as value_unit_system,
  on_date::date as effective_date, 'day' as effective_precision, key(specimen) as specimen_key,
  absent as data_absent_reason_code, ['laboratory'] as category_codes, [] as profiles
from (values
  ('er', 'ann', '85337-4', 'LA6576-8', null, null, null, '2018-03-10', 's1', null),
  ('pr', 'ann', '85339-0', '260385009', null, null, null, '2018-03-10', 's1', null),
  ('her2a', 'ann', '85319-2', '260385009', null, null, null, '2018-03-10', 's1', null),
  ('her2b', 'ann', '18474-7', '10828004', null, null, null, '2018-03-10', 's1', null),
  ('her2c', 'ann', '85319-2', '260385009', null, null, null, '2018-03-10', 's1', null),
  ('her2d', 'ann', '48676-1', '82334004x', null, null, null, '2018-05-10', null, null),
  ('pdl1', 'ann', '83052-1', null, null, null, null, '2018-12-10', null, null),
  ('ca', 'ann', '6875-9', null, 31.5, 'U/mL', 'U/mL', '2017-10-10', null, null),
  ('odd', 'ann', '19187-4', null, 4.0, 'units', null, '2018-03-10', null, null),
  ('none', 'ann', '2039-6', null, null, null, null, '2018-03-10', null, 'not-performed'),
  ('psa', 'bob', '2857-1', null, 6.5, 'ng/mL', 'ng/mL', '2020-01-01', null, null)
) t(id, person, loinc, value, number, unit, ucum, on_date, specimen, absent);
insert into staging.observation_component by name
select key('pdl1') as observation_key, key('ann') as patient_key, 'ehr' as source, '83053-9' as loinc_code,
  '83053-9' as code, 'http://loinc.org' as code_system, 60.0 as value_number, '%' as value_unit_code,
  'http://unitsofmeasure.org' as value_unit_system;
