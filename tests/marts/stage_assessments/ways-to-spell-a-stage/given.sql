insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'ann', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-01-01')
) t(id, person, code, display, onset);
insert into staging.observation by name
select key(id) as observation_key, key(person) as patient_key, 'ehr' as source, 'final' as status, loinc as loinc_code,
  loinc as code, value as value_code, display as value_display, on_date::date as effective_date,
  'day' as effective_precision, key(focus) as focus_condition_key, [] as category_codes
from (values
  ('o1', 'ann', '21902-2', '3C', null, '2020-01-01', null),
  ('o2', 'ann', '21902-2', 'IIIA', null, '2020-01-01', null),
  ('o3', 'ann', '21908-9', 'Stage IIB', null, '2020-01-01', null),
  ('o4', 'ann', '21908-9', '1222769001', 'American Joint Committee on Cancer stage IIB (qualifier value)', '2020-01-01', null),
  ('o5', 'ann', '21914-7', '258219007', null, '2020-01-01', null),
  ('o6', 'ann', '21914-7', '261665006', 'Unknown', '2020-01-01', null),
  ('o7', 'ann', '21899-0', 'pT1c', null, '2020-01-01', null),
  ('o8', 'ann', '21900-6', 'ypN2a', null, '2020-01-01', null),
  ('o9', 'ann', '21907-1', '1229901006', 'American Joint Committee on Cancer cM0 (qualifier value)', '2020-01-01', null)
) t(id, person, loinc, value, display, on_date, focus);
update staging.observation set value_system = 'http://snomed.info/sct' where value_code = '258219007';
