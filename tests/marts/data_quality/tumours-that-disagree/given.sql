-- One of each: a diagnosis whose codes name two sites and one whose sides differ; a code of no table, read by its words;
-- onset dates a year apart; two grades; a biopsy called malignant and benign; HER2 positive and negative of one day by
-- one method; a marker and an answer of no table; a variant there and not there; an ECOG of 7.
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  code, system as code_system, if(system like '%sct', code, null) as snomed_code, cm as icd10cm_code,
  display as code_display, side as laterality_code, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'ann', '254637007', 'http://snomed.info/sct', 'C50919', null, null, '2020-01-01'),
  ('c2', 'bea', 'C50.411', 'http://hl7.org/fhir/sid/icd-10-cm', 'C50.411', null, '7771000', '2020-01-01'),
  ('c3', 'bea', 'T-1', 'urn:local', null, 'Carcinoma of breast', '7771000', '2021-01-01')
) t(id, person, code, system, cm, display, side, onset);
insert into staging.observation by name
select key(id) as observation_key, key('bea') as patient_key, 'ehr' as source, 'final' as status, loinc as loinc_code,
  loinc as code, 'http://loinc.org' as code_system, value as value_code, 'http://snomed.info/sct' as value_system,
  number as value_integer, date '2020-01-01' as effective_date, 'day' as effective_precision, [] as category_codes,
  [] as profiles
from (values
  ('g1', '33732-9', '399415002', null), ('g2', '33732-9', '399611001', null), ('h1', '85319-2', '10828004', null),
  ('h2', '85319-2', '260385009', null), ('m1', '19187-4', '123', null), ('v1', '69548-6', '10828004', null),
  ('v2', '69548-6', '260385009', null), ('e1', '89247-1', null, 7)
) t(id, loinc, value, number);
insert into staging.procedure by name
select key('p1') as procedure_key, key('bea') as patient_key, 'ehr' as source, 'completed' as status,
  '122548005' as code, 'http://snomed.info/sct' as code_system, '122548005' as snomed_code, key('r1') as report_key,
  date '2020-01-01' as performed_date, 'day' as performed_precision, [] as profiles;
insert into staging.diagnostic_report by name
select key('r1') as diagnostic_report_key, key('bea') as patient_key, 'ehr' as source, 'final' as status,
  [] as category_codes;
insert into staging.diagnostic_report_conclusion by name
select key('r1') as diagnostic_report_key, key('bea') as patient_key, 'ehr' as source, code as conclusion_code,
  'http://snomed.info/sct' as conclusion_system
from (values ('254837009'), ('254845004')) t(code);
