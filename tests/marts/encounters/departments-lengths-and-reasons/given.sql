insert into staging.organization by name
select key(id) as organization_key, 'ehr' as source, type as type_code, 'http://terminology.hl7.org/CodeSystem/organization-type' as type_system, name
from (values ('centre', 'prov', 'Cancer centre'), ('oncology', 'dept', 'Oncology')) t(id, type, name);
insert into staging.location by name
select key(id) as location_key, 'ehr' as source, type as type_code, 'http://terminology.hl7.org/CodeSystem/v3-RoleCode' as type_system,
  physical as physical_type_code, name
from (values ('ward', 'HU', 'wa', 'Ward 3'), ('unnamed', 'ONCL', null, null), ('home', null, 'ho', 'A home')) t(id, type, physical, name);
insert into staging.condition by name
select key('cough') as condition_key, key('p1') as patient_key, 'ehr' as source, '49727002' as code, 'http://snomed.info/sct' as code_system,
  'Cough' as code_display;
insert into staging.encounter by name
select key(id) as encounter_key, key(person) as patient_key, 'ehr' as source, 'finished' as status, class as class_code,
  service as service_type_code, if(service is null, null, 'urn:services') as service_type_system, key(provider) as organization_key,
  place_text as location_text, key(place) as location_key, reason as reason_code, if(reason is null, null, 'urn:reasons') as reason_system,
  key(because) as diagnosis_condition_key, long as length_value, unit as length_unit_code,
  starts::timestamptz as start_at, starts::timestamptz::date as start_date, 'time' as start_precision,
  ends::timestamptz as end_at, ends::timestamptz::date as end_date, 'time' as end_precision
from (values
  ('service', 'p1', 'AMB', '394593009', 'centre', null, 'ward', 'R05', 'cough', 140, 'min', '2020-05-01 08:00:00+00', '2020-05-01 09:00:00+00'),
  ('department', 'p1', 'AMB', null, 'oncology', null, 'ward', null, 'cough', null, null, '2020-05-01 08:00:00+00', '2020-05-01 09:00:00+00'),
  ('ward', 'p1', 'IMP', null, 'centre', null, 'ward', null, null, 2, 'd', '2020-05-01 08:00:00+00', '2020-05-03 08:00:00+00'),
  ('kind-of-place', 'p1', 'AMB', null, 'centre', null, 'unnamed', null, null, 56, 'visits', null, null),
  ('words', 'p1', 'AMB', null, null, 'Radiology', null, null, null, null, null, '2020-05-02 08:00:00+00', '2020-05-01 08:00:00+00'),
  ('home', 'p1', 'HH', null, 'centre', null, 'home', null, null, null, null, null, null),
  ('other-person', 'p2', 'AMB', null, null, null, null, null, 'cough', null, null, null, null)
) t(id, person, class, service, provider, place_text, place, reason, because, long, unit, starts, ends);
