-- after real records: US Core's example (SOPT 3712 and PPO), FHIR's 7546D (EHCPOL) and SP1234 (self-pay), a German one
insert into staging.organization by name
select key(id) as organization_key, 'ehr' as source, type as type_code, 'Payer ' || id as name
from (values ('ins', 'ins'), ('state', 'govt')) t(id, type);
insert into staging.coverage by name
select key(id) as coverage_key, key('p1') as patient_key, 'ehr' as source, status, type as type_code, system as type_system,
  if(system = 'https://nahdo.org/sopt', type, null) as type_sopt, act as type_act,
  if(payor = 'person', key('p1'), null) as payor_patient_key,
  if(payor not in ('person', 'none'), key(payor), null) as payor_organization_key, relation as relationship_code,
  starts::date as start_date, if(starts is null, null, 'day') as start_precision,
  ends::date as end_date, if(ends is null, null, 'day') as end_precision
from (values
  ('us-core', 'active', '3712', 'https://nahdo.org/sopt', 'PPO', 'ins', 'self', '2020-01-01', null),
  ('medicare', 'active', '1', 'https://nahdo.org/sopt', null, 'ins', 'self', '2020-01-01', '2020-12-31'),
  ('medicare-hmo', 'active', '1111', 'https://nahdo.org/sopt', null, 'ins', null, null, null),
  ('7546D', 'active', 'EHCPOL', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'EHCPOL', 'ins', 'self', '2011-03-17', '2012-03-17'),
  ('SP1234', 'active', 'pay', 'http://terminology.hl7.org/CodeSystem/coverage-selfpay', null, 'person', 'self', null, '2012-03-17'),
  ('gkv', 'cancelled', 'GKV', 'http://fhir.de/CodeSystem/versicherungsart-de-basis', null, 'ins', 'spouse', '2019-01-01', null),
  ('product', 'active', 'HIP', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'HIP', 'ins', 'self', '2020-06-01', '2020-05-01'),
  ('by-payor', 'active', null, null, null, 'state', 'self', '2020-01-01', null),
  ('by-person', 'active', 'HIP', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'HIP', 'person', 'self', '2020-01-01', null),
  ('contradicts', 'active', '5', 'https://nahdo.org/sopt', null, 'person', 'self', '2020-01-01', null),
  ('nothing', null, null, null, null, 'none', null, null, null)
) t(id, status, type, system, act, payor, relation, starts, ends);
