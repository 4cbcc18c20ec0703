-- improving is no response; worsening is progression in the words of mCODE; a category of response is one, with its
-- criteria; a value in words is read by its words; no value, or one nobody knows, is unknown; contradictions are kept.
-- A recurrence as clinical status has no day; a metastasis counts after 90 days. A change of treatment says nothing.
insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, birth::date as birth_date,
  'day' as birth_precision, false as is_birth_date_withheld, died::date as deceased_date, prec as deceased_precision,
  [] as race_displays
from (values
  ('mary', '1950-01-01', null, null),
  ('dead', '1950-01-01', '2020-06-01', 'day')
) t(id, birth, died, prec);
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  status as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'mary', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c2', 'rec', 'recurrence', '254837009', 'Malignant neoplasm of breast (disorder)', '2015-01-01'),
  ('c3', 'dead', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c4', 'two', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c5', 'two', 'active', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-01-01'),
  ('m1', 'mary', 'active', '94225005', 'Secondary malignant neoplasm of brain', '2021-01-01'),
  ('m2', 'mary', 'active', '94381002', 'Secondary malignant neoplasm of liver', '2020-02-01')
) t(id, person, status, code, display, onset);
insert into staging.observation by name
select key(id) as observation_key, key(person) as patient_key, 'ehr' as source, status, loinc as loinc_code,
  value as value_code, system as value_system, display as value_display, method as method_display,
  on_date::date as effective_date, 'day' as effective_precision, key(focus) as focus_condition_key,
  if(profile is null, [], ['http://hl7.org/fhir/us/mcode/StructureDefinition/' || profile]) as profiles, evidence as evidence_type_codes
from (values
  ('o1', 'mary', 'final', '88040-1', '268910001', 'http://snomed.info/sct', 'Patient condition improved', null, '2020-03-01', 'c1', null, ['252416005', '363679005']),
  ('o2', 'mary', 'final', '97509-4', '271299001', 'http://snomed.info/sct', null, null, '2020-06-01', null, null, ['1']),
  ('o3', 'mary', 'final', '88040-1', 'LA28369-9', 'http://loinc.org', 'Partial response', 'RECIST 1.1', '2020-06-01', null, null, []),
  ('o4', 'mary', 'final', null, 'x', 'http://local', 'Local recurrence', null, '2020-09-01', null, 'mcode-cancer-disease-status', []),
  ('o5', 'mary', 'preliminary', '97509-4', null, null, null, null, '2020-10-01', null, null, []),
  ('o6', 'mary', 'entered-in-error', '97509-4', '271299001', 'http://snomed.info/sct', null, null, '2020-11-01', null, null, []),
  ('o7', 'mary', 'final', '72166-2', '271299001', 'http://snomed.info/sct', 'worsened', null, '2020-11-01', null, null, []),
  ('o8', 'dead', 'final', '97509-4', '359746009', 'http://snomed.info/sct', null, null, '2021-01-01', null, null, []),
  ('o9', 'two', 'final', '97509-4', '260415000', 'http://snomed.info/sct', null, null, '2020-05-01', null, null, [])
) t(id, person, status, loinc, value, system, display, method, on_date, focus, profile, evidence);
insert into staging.medication_administration by name
select key(id) as medication_administration_key, key(person) as patient_key, 'ehr' as source, status,
  display as medication_display, on_date::date as effective_date, prec as effective_precision, key(reason) as reason_condition_key
from (values
  ('a1', 'mary', 'completed', 'cisplatin', '2020-02-01', 'day', 'c1'),
  ('a2', 'mary', 'completed', 'docetaxel', '2020-08-01', 'day', 'c1')
) t(id, person, status, display, on_date, prec, reason);
