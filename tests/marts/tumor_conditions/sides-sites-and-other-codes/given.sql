-- l1: the qualifier says left, the ICD-10-CM code right: left, flagged. l2: no qualifier, the code says right. l3: the
-- body structure says left. l4: nothing says a side. s1: SNOMED CT says lung, ICD-10-CM breast: ICD is believed
-- before SNOMED CT, flagged. d1: with and without dot are one code. g1: ICD-10-GM. w1: a code of no table, read by its
-- words. x1: only a local code and no words: no neoplasm to us. p1: no known code, but the profile of a primary.
-- q1: a suspected metastasis is a suspicion. b1: a benign neoplasm is kept and is no tumour.
-- n1 to n4: the fifth character of skin and soft tissue codes is no side where it says the kind or the place: basal cell of the
-- face, melanoma of anal skin, GIST of the stomach; n4 says right. n5: both ovaries.
-- u1: a metastasis without reference has no parent, although the person has one tumour. v1: with reference it has.
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source,
  if(status is null, 'confirmed', status) as verification_status,
  coalesce(snomed, cm, icd, loc) as code,
  case when snomed is not null then 'http://snomed.info/sct' when cm is not null then 'http://hl7.org/fhir/sid/icd-10-cm'
    when icd is not null then 'http://fhir.de/CodeSystem/bfarm/icd-10-gm' else 'urn:local' end as code_system,
  snomed as snomed_code, cm as icd10cm_code, icd as icd10_code, loc as local_code,
  if(loc is null, null, 'urn:local') as local_system, display as code_display, side as laterality_code,
  body as body_site_code, if(body is null, null, 'http://snomed.info/sct') as body_site_system,
  key(related) as related_condition_key, date '2020-01-01' as onset_date, 'day' as onset_precision,
  if(profile is null, [], [profile]) as profiles
from (values
  ('l1', 'ann', null, 'C50.411', null, null, null, '7771000', null, null, null, null),
  ('l2', 'bea', null, 'C34.11', null, null, null, null, null, null, null, null),
  ('l3', 'cat', '254837009', null, null, null, null, null, '80248007', null, null, null),
  ('l4', 'dan', '254637007', null, null, null, null, null, '39607008', null, null, null),
  ('s1', 'eve', '254637007', 'C50919', null, null, null, null, null, null, null, null),
  ('d1', 'fay', null, 'C61', null, null, null, null, null, null, null, null),
  ('g1', 'gus', null, null, 'C18.7', null, null, null, null, null, null, null),
  ('w1', 'hal', null, null, null, 'T-1', 'Bösartiges Melanom, malignant melanoma of trunk', null, null, null, null, null),
  ('x1', 'hal', null, null, null, 'T-2', null, null, null, null, null, null),
  ('p1', 'ida', null, null, null, 'T-3', null, null, '41216001', null,
    'http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-primary-cancer-condition', null),
  ('q1', 'jim', '94225005', null, null, null, null, null, null, null, null, 'provisional'),
  ('b1', 'kim', null, 'D24.1', null, null, null, null, null, null, null, null),
  ('n1', 'ned', null, 'C44.311', null, null, null, null, null, null, null, null),
  ('n2', 'oda', null, 'C43.51', null, null, null, null, null, null, null, null),
  ('n3', 'pam', null, 'C49.A2', null, null, null, null, null, null, null, null),
  ('n4', 'ron', null, 'C44.612', null, null, null, null, null, null, null, null),
  ('n5', 'sue', null, 'C56.3', null, null, null, null, null, null, null, null),
  ('u0', 'lou', '93761005', null, null, null, null, null, null, null, null, null),
  ('u1', 'lou', '94225005', null, null, null, null, null, null, null, null, null),
  ('v0', 'max', '93761005', null, null, null, null, null, null, null, null, null),
  ('v1', 'max', '94225005', null, null, null, null, null, null, 'v0', null, null)
) t(id, person, snomed, cm, icd, loc, display, side, body, related, profile, status);
