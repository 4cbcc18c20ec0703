-- a site that counts a gap of 60 days, a window of 7 days, and no hormones
update codes.rule_parameter set value = '60' where parameter = 'treatment_gap_days';
update codes.rule_parameter set value = '7' where parameter = 'line_window_days';
update codes.rule_parameter set value = 'chemotherapy' where parameter = 'line_classes';
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  status as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'mary', 'active', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-01-01')
) t(id, person, status, code, display, onset);
insert into staging.medication_administration by name
select key(id) as medication_administration_key, key(person) as patient_key, 'ehr' as source, status,
  display as medication_display, on_date::date as effective_date, prec as effective_precision, key(reason) as reason_condition_key
from (values
  ('a1', 'mary', 'completed', 'cyclophosphamide', '2020-02-01', 'day', 'c1'),
  ('a2', 'mary', 'completed', 'fluorouracil', '2020-02-08', 'day', 'c1'),
  ('a3', 'mary', 'completed', 'methotrexate', '2020-02-09', 'day', 'c1'),
  ('a4', 'mary', 'completed', 'methotrexate', '2020-04-10', 'day', 'c1'),
  ('a5', 'mary', 'completed', 'tamoxifen', '2020-04-10', 'day', 'c1')
) t(id, person, status, display, on_date, prec, reason);
