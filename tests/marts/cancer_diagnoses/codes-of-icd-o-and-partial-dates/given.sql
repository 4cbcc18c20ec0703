insert into staging.condition by name
select key(id) as condition_key, key('kim') as patient_key, 'registry' as source, topography as body_site_icdo3,
  topography as body_site_code, morphology as histology_icdo3, morphology as histology_code,
  'http://terminology.hl7.org/CodeSystem/icd-o-3' as histology_system, laterality as laterality_code,
  onset::date as onset_date, precision as onset_precision, [] as profiles
from (values
  ('c1', 'C34.1', '8140/3', '24028007', '2018-01-01', 'year'),
  ('c2', 'C34.1', '8140/3', '24028007', '2018-04-01', 'month'),
  ('c3', 'C42.1', '9732/3', null, '2020-09-09', 'day'),
  ('c4', 'C50.1', '8500/2', '7771000', '2021-09-09', 'day'),
  ('c5', 'C71.0', '8140/6', null, '2018-05-01', 'day'),
  ('c6', 'C05.0', '8525/3', null, '2022-09-09', 'day'),
  ('c7', 'C64.9', '8960/3', null, '2023-09-09', 'day')
) t(id, topography, morphology, laterality, onset, precision);
