-- ann had chemotherapy before her operation: the pathological stage after it is one after therapy, and the clinical
-- stage is preferred at diagnosis. bob was operated first: pathological before clinical, which is no conflict, and the
-- same statement under another id is a repeat; at the recurrence three years later he is staged again. cyd: FIGO in NCI
-- codes. dee has two tumours and a stage that names none: it stays without tumour, context and preference.
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('a1', 'ann', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-01-01'),
  ('b1', 'bob', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c1', 'cyd', '363443007', 'Malignant tumor of ovary', '2020-01-01'),
  ('d1', 'dee', '93761005', 'Primary malignant neoplasm of colon (disorder)', '2020-01-01'),
  ('d2', 'dee', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-01-01')
) t(id, person, code, display, onset);
insert into staging.procedure by name
select key(id) as procedure_key, key(person) as patient_key, 'ehr' as source, 'completed' as status, code,
  'http://snomed.info/sct' as code_system, code as snomed_code, key(reason) as reason_condition_key,
  on_date::date as performed_date, 'day' as performed_precision, [] as profiles
from (values
  ('ap', 'ann', '64368001', 'a1', '2020-06-01'), ('bp', 'bob', '173171007', 'b1', '2020-02-01')
) t(id, person, code, reason, on_date);
insert into staging.medication_administration by name
select key('am') as medication_administration_key, key('ann') as patient_key, 'ehr' as source, 'completed' as status,
  '56946' as medication_rxnorm, 'paclitaxel' as medication_display, date '2020-02-01' as effective_date,
  'day' as effective_precision, key('a1') as reason_condition_key;
insert into staging.observation by name
select key(id) as observation_key, key(person) as patient_key, 'ehr' as source, 'final' as status,
  if(system = 'loinc', code, null) as loinc_code, if(system = 'snomed', code, null) as snomed_code, code,
  case system when 'loinc' then 'http://loinc.org' when 'snomed' then 'http://snomed.info/sct'
    else 'http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl' end as code_system,
  value as value_code, vsystem as value_system, method as method_code,
  if(method like 'C%', 'http://ncimeta.nci.nih.gov', 'http://snomed.info/sct') as method_system,
  on_date::date as effective_date, 'day' as effective_precision, [] as category_codes, [] as profiles
from (values
  ('ac', 'ann', 'snomed', '399537006', '1222769001', 'http://snomed.info/sct', '897275008', '2020-01-10'),
  ('ap', 'ann', 'snomed', '399588009', 'IA', 'http://cancerstaging.org', '897275008', '2020-06-08'),
  ('at', 'ann', 'snomed', '384625004', 'ypT1c', 'http://cancerstaging.org', '897275008', '2020-06-08'),
  ('ax', 'ann', 'snomed', '399504009', '1228938002', 'http://snomed.info/sct', '443830009', '2020-01-10'),
  ('bc', 'bob', 'loinc', '21908-9', '2A', 'http://cancerstaging.org', 'C146985', '2020-01-10'),
  ('bp', 'bob', 'loinc', '21902-2', 'IIB', 'http://cancerstaging.org', 'C146985', '2020-02-08'),
  ('bq', 'bob', 'loinc', '21902-2', 'IIB', 'http://cancerstaging.org', 'C146985', '2020-02-08'),
  ('br', 'bob', 'loinc', '21914-7', 'rIV', 'http://cancerstaging.org', 'C146985', '2023-02-08'),
  ('cf', 'cyd', 'snomed', '385361009', 'C96256', 'http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl', null, '2020-01-05'),
  ('cg', 'cyd', 'snomed', '385361009', 'unk', 'urn:local', null, '2020-01-04'),
  ('dg', 'dee', 'loinc', '21908-9', '3', 'http://cancerstaging.org', null, '2020-01-05')
) t(id, person, system, code, value, vsystem, method, on_date);
