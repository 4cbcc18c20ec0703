-- mary: two agents given on the same three days are three cycles of one line; pembrolizumab joins on day 28, so it
-- belongs; carboplatin is dropped: no line; day 29 after the start would be late, so docetaxel begins line 2; pemetrexed
-- comes back 121 days after the last exposure: line 3 by the gap. gap: 120 days are no gap.
-- drop: an agent resumed while the other went on is the same line, however long it paused.
insert into staging.patient by name
select key(id) as patient_record_key, key(id) as patient_key, 'ehr' as source, birth::date as birth_date,
  'day' as birth_precision, false as is_birth_date_withheld, died::date as deceased_date, prec as deceased_precision,
  [] as race_displays
from (values
  ('mary', '1950-01-01', null, null),
  ('gap', '1950-01-01', null, null),
  ('drop', '1950-01-01', null, null)
) t(id, birth, died, prec);
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  status as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'mary', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c2', 'gap', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01'),
  ('c3', 'drop', 'active', '254637007', 'Non-small cell lung cancer (disorder)', '2020-01-01')
) t(id, person, status, code, display, onset);
insert into staging.medication_administration by name
select key(id) as medication_administration_key, key(person) as patient_key, 'ehr' as source, status,
  display as medication_display, on_date::date as effective_date, prec as effective_precision, key(reason) as reason_condition_key
from (values
  ('a1', 'mary', 'completed', 'carboplatin', '2020-02-01', 'day', 'c1'),
  ('a2', 'mary', 'completed', 'pemetrexed', '2020-02-01', 'day', 'c1'),
  ('a3', 'mary', 'completed', 'carboplatin', '2020-02-22', 'day', 'c1'),
  ('a4', 'mary', 'completed', 'pemetrexed', '2020-02-22', 'day', 'c1'),
  ('a5', 'mary', 'completed', 'pembrolizumab', '2020-02-29', 'day', 'c1'),
  ('a6', 'mary', 'completed', 'pemetrexed', '2020-03-21', 'day', 'c1'),
  ('a7', 'mary', 'completed', 'docetaxel', '2020-03-21', 'day', 'c1'),
  ('a8', 'mary', 'completed', 'docetaxel', '2020-04-11', 'day', 'c1'),
  ('a9', 'mary', 'completed', 'pemetrexed', '2020-08-10', 'day', 'c1'),
  ('g1', 'gap', 'completed', 'docetaxel', '2020-02-01', 'day', 'c2'),
  ('g2', 'gap', 'completed', 'docetaxel', '2020-05-31', 'day', 'c2'),
  ('d1', 'drop', 'completed', 'cisplatin', '2020-02-01', 'day', 'c3'),
  ('d2', 'drop', 'completed', 'pemetrexed', '2020-02-01', 'day', 'c3'),
  ('d3', 'drop', 'completed', 'pemetrexed', '2020-05-01', 'day', 'c3'),
  ('d4', 'drop', 'completed', 'pemetrexed', '2020-08-01', 'day', 'c3'),
  ('d5', 'drop', 'completed', 'cisplatin', '2020-08-20', 'day', 'c3')
) t(id, person, status, display, on_date, prec, reason);
