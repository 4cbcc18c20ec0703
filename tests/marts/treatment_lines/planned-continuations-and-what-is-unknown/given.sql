-- ann: durvalumab after chemoradiation continues the line; ben: without radiotherapy it does not; cyd: a progression
-- recorded between makes it a new line; dee: AC, then paclitaxel, then anastrozole are one plan, named AC-T; eli: a
-- chemotherapy that names no agent is a line of which the agents are unknown; fay: a date known to the month, two
-- tumours and no reason: low; gus: a progression alone begins no line; hal: ordered twice, the first never ended.
insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, birth::date as birth_date,
  'day' as birth_precision, false as is_birth_date_withheld, died::date as deceased_date, prec as deceased_precision,
  [] as race_displays
from (values
  ('ann', '1950-01-01', null, null),
  ('ben', '1950-01-01', null, null),
  ('cyd', '1950-01-01', null, null),
  ('dee', '1950-01-01', null, null),
  ('eli', '1950-01-01', null, null),
  ('fay', '1950-01-01', null, null),
  ('gus', '1950-01-01', null, null),
  ('hal', '1950-01-01', null, null)
) t(id, birth, died, prec);
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  status as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('ca', 'ann', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('cb', 'ben', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('cc', 'cyd', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('cd', 'dee', 'active', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-01-01'),
  ('ce', 'eli', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('cf', 'fay', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('cf2', 'fay', 'active', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-01-01'),
  ('cg', 'gus', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('ch', 'hal', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01')
) t(id, person, status, code, display, onset);
insert into staging.medication_administration by name
select key(id) as medication_administration_key, key(person) as patient_key, 'ehr' as source, status,
  display as medication_display, on_date::date as effective_date, prec as effective_precision, key(reason) as reason_condition_key
from (values
  ('a1', 'ann', 'completed', 'carboplatin', '2020-02-01', 'day', 'ca'),
  ('a2', 'ann', 'completed', 'paclitaxel', '2020-02-01', 'day', 'ca'),
  ('a3', 'ann', 'completed', 'durvalumab', '2020-04-20', 'day', 'ca'),
  ('a4', 'ann', 'completed', 'durvalumab', '2020-05-20', 'day', 'ca'),
  ('b1', 'ben', 'completed', 'carboplatin', '2020-02-01', 'day', 'cb'),
  ('b2', 'ben', 'completed', 'durvalumab', '2020-04-20', 'day', 'cb'),
  ('y1', 'cyd', 'completed', 'cisplatin', '2020-02-01', 'day', 'cc'),
  ('y2', 'cyd', 'completed', 'durvalumab', '2020-04-20', 'day', 'cc'),
  ('d1', 'dee', 'completed', 'doxorubicin', '2020-02-01', 'day', 'cd'),
  ('d2', 'dee', 'completed', 'cyclophosphamide', '2020-02-01', 'day', 'cd'),
  ('d3', 'dee', 'completed', 'paclitaxel', '2020-04-01', 'day', 'cd'),
  ('f1', 'fay', 'completed', 'cisplatin', '2020-02-01', 'month', null),
  ('g1', 'gus', 'completed', 'docetaxel', '2020-02-01', 'day', 'cg'),
  ('g2', 'gus', 'completed', 'docetaxel', '2020-03-01', 'day', 'cg')
) t(id, person, status, display, on_date, prec, reason);
insert into staging.medication_request by name
select key(id) as medication_request_key, key(person) as patient_key, 'ehr' as source, status,
  display as medication_display, on_date::date as authored_date, prec as authored_precision, key(reason) as reason_condition_key
from (values
  ('o1', 'dee', 'active', 'anastrozole 1 MG Oral Tablet', '2020-06-01', 'day', 'cd'),
  ('h1', 'hal', 'active', 'erlotinib', '2020-02-01', 'day', 'ch'),
  ('h2', 'hal', 'active', 'erlotinib', '2021-02-01', 'day', 'ch')
) t(id, person, status, display, on_date, prec, reason);
insert into staging.procedure by name
select key(id) as procedure_key, key(person) as patient_key, 'ehr' as source, 'completed' as status,
  display as code_display, starts::date as performed_date, 'day' as performed_precision, key(reason) as reason_condition_key,
  pcs as icd10pcs_code, [] as profiles
from (values
  ('p1', 'ann', 'Stereotactic body radiation therapy', '2020-02-03', 'ca', null),
  ('p2', 'cyd', 'Stereotactic body radiation therapy', '2020-02-03', 'cc', null),
  ('p3', 'eli', null, '2020-02-03', 'ce', '3E03305')
) t(id, person, display, starts, reason, pcs);
insert into staging.observation by name
select key(id) as observation_key, key(person) as patient_key, 'ehr' as source, 'final' as status,
  '97509-4' as loinc_code, '271299001' as value_code, 'http://snomed.info/sct' as value_system,
  on_date::date as effective_date, 'day' as effective_precision, [] as profiles, [] as evidence_type_codes
from (values ('s1', 'cyd', '2020-04-10'), ('s2', 'gus', '2020-02-15')) t(id, person, on_date);
