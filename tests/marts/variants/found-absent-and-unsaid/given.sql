-- stk11 and brca1 as in mCODE STU1 (HGNC numbers without names, no tumour referenced); palb2 as Jenny M's; egfr is
-- absent; the next Observation says nothing of presence (unknown, although it names a change); two records of one day
-- contradict each other on KRAS; bcr-abl is a fusion of two genes; an allele fraction of 38 % is 0.38, one of 380 none.
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'ann', '254837009', 'Malignant neoplasm of breast (disorder)', '2018-03-16')
) t(id, person, code, display, onset);
insert into staging.observation by name
select key(id) as observation_key, key('ann') as patient_key, 'ehr' as source, 'final' as status, '69548-6' as loinc_code,
  value as value_code, on_date::date as effective_date, 'day' as effective_precision, [] as category_codes,
  [] as profiles
from (values
  ('stk11', 'LA9633-4', '2018-03-20'), ('palb2', 'LA9633-4', '2018-03-15'), ('egfr', 'LA9634-2', '2018-03-15'),
  ('unsaid', null, '2018-03-15'), ('kras1', 'LA9633-4', '2019-01-01'), ('kras2', 'LA9634-2', '2019-01-01'),
  ('fusion', '10828004', '2018-03-15'), ('other', 'xyz', '2018-03-15')
) t(id, value, on_date);
insert into staging.observation_component by name
select key(id) as observation_key, key('ann') as patient_key, 'ehr' as source, part as loinc_code, value as value_code,
  display as value_display, number as value_number, unit as value_unit_code
from (values
  ('stk11', '48018-6', 'HGNC:11389', null, null, null), ('stk11', '81252-9', '619728', null, null, null),
  ('stk11', '81290-9', 'NC_000019.8:g.1171707G>A', null, null, null), ('stk11', '48002-0', 'LA6684-0', null, null, null),
  ('stk11', '81258-6', null, null, 38.0, '%'),
  ('palb2', '48018-6', '26144', 'PALB2', null, null), ('palb2', '48002-0', 'LA6683-2', null, null, null),
  ('palb2', '81258-6', null, null, 380.0, '1'),
  ('egfr', '48018-6', 'HGNC:3236', 'EGFR', null, null),
  ('unsaid', '48018-6', 'HGNC:999999', 'NOVEL1', null, null), ('unsaid', '48005-3', 'p.Gly12Asp', null, null, null),
  ('kras1', '48018-6', 'HGNC:6407', null, null, null), ('kras2', '48018-6', 'HGNC:6407', null, null, null),
  ('fusion', '48018-6', 'HGNC:1014', null, null, null), ('fusion', '48018-6', 'HGNC:76', null, null, null)
) t(id, part, value, display, number, unit);
