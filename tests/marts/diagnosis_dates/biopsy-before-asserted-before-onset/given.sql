-- ann: onset known to the year, asserted to the month, a biopsy to the day: the biopsy, since it lies within 180 days
-- before to 60 days after what is asserted. rob: a biopsy of the recurrence two years later is no date of diagnosis.
-- yea: two onsets, one of a year and one of a day inside it: the day. rec: only dates of recording. non: no date at all.
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  code, 'http://snomed.info/sct' as code_system, code as snomed_code, asserted::date as asserted_date,
  if(asserted is null, null, asserted_precision) as asserted_precision, onset::date as onset_date,
  if(onset is null, null, onset_precision) as onset_precision, recorded::date as recorded_date,
  if(recorded is null, null, 'day') as recorded_precision, [] as profiles
from (values
  ('a1', 'ann', '254837009', '2020-02-01', 'month', '2020-01-01', 'year', '2020-03-15'),
  ('r1', 'rob', '254637007', null, null, '2018-05-05', 'day', '2018-05-07'),
  ('y1', 'yea', '363406005', null, null, '2019-01-01', 'year', '2021-01-01'),
  ('y2', 'yea', '363406005', null, null, '2019-11-11', 'day', null),
  ('d1', 'rec', '399068003', null, null, null, null, '2022-02-02'),
  ('d2', 'rec', '399068003', null, null, null, null, '2022-01-01'),
  ('n1', 'non', '399068003', null, null, null, null, null)
) t(id, person, code, asserted, asserted_precision, onset, onset_precision, recorded);
insert into staging.procedure by name
select key(id) as procedure_key, key(person) as patient_key, 'ehr' as source, 'completed' as status, code,
  'http://snomed.info/sct' as code_system, code as snomed_code, key(report) as report_key,
  on_date::date as performed_date, 'day' as performed_precision, [] as profiles
from (values
  ('ap', 'ann', '122548005', 'ar', '2020-01-20'), ('rp', 'rob', '432231006', 'rr', '2020-06-01')
) t(id, person, code, report, on_date);
insert into staging.diagnostic_report by name
select key(id) as diagnostic_report_key, key(person) as patient_key, 'ehr' as source, 'final' as status,
  [] as category_codes
from (values ('ar', 'ann'), ('rr', 'rob')) t(id, person);
insert into staging.diagnostic_report_conclusion by name
select key(id) as diagnostic_report_key, key(person) as patient_key, 'ehr' as source, code as conclusion_code,
  'http://snomed.info/sct' as conclusion_system
from (values ('ar', 'ann', '254837009'), ('rr', 'rob', '254637007')) t(id, person, code);
