-- a hormone or steroid counts by its own reason, by the reason of its order, or (a hormone only) by a tumour of the site
-- that it is for; never when another disease is the reason, and never years before the tumour. Ordered again while the
-- first order is active: no end is known, so no gap is; ordered again after a completed order: two episodes.
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  status as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('cb', 'bea', 'active', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-01-01'),
  ('cd', 'dot', 'active', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-01-01'),
  ('ce', 'eve', 'active', '254837009', 'Malignant neoplasm of breast (disorder)', '2020-01-01'),
  ('cl', 'leo', 'active', '118600007', 'Malignant lymphoma (disorder)', '2020-01-01'),
  ('cr', 'leo', 'active', '69896004', 'Rheumatoid arthritis (disorder)', '2020-01-01'),
  ('co', 'dot', 'active', '64859006', 'Osteoporosis (disorder)', '2020-01-01')
) t(id, person, status, code, display, onset);
insert into staging.medication_request by name
select key(id) as medication_request_key, key(person) as patient_key, 'ehr' as source, status,
  display as medication_display, on_date::date as authored_date, prec as authored_precision, key(reason) as reason_condition_key
from (values
  ('r1', 'bea', 'active', 'tamoxifen 20 MG Oral Tablet', '2020-02-01', 'day', null),
  ('r2', 'bea', 'active', 'tamoxifen 20 MG Oral Tablet', '2021-02-01', 'day', null),
  ('r3', 'bea', 'active', 'prednisone 5 MG Oral Tablet', '2020-02-01', 'day', null),
  ('r4', 'bea', 'active', 'medroxyprogesterone', '2020-02-01', 'day', null),
  ('r5', 'dot', 'active', 'tamoxifen 20 MG Oral Tablet', '2020-02-01', 'day', 'co'),
  ('r6', 'eve', 'active', 'tamoxifen 20 MG Oral Tablet', '2010-02-01', 'day', null),
  ('r7', 'leo', 'completed', 'prednisone 50 MG Oral Tablet', '2020-02-01', 'day', 'cl'),
  ('r8', 'leo', 'active', 'prednisone 5 MG Oral Tablet', '2021-02-01', 'day', 'cr'),
  ('r9', 'leo', 'active', 'methotrexate 2.5 MG Oral Tablet', '2021-02-01', 'day', 'cr'),
  ('r10', 'leo', 'completed', 'Rituximab', '2020-02-01', 'day', 'cl'),
  ('r11', 'leo', 'completed', 'Rituximab', '2021-02-01', 'day', 'cl')
) t(id, person, status, display, on_date, prec, reason);
insert into staging.medication_administration by name
select key('a1') as medication_administration_key, key('leo') as patient_key, 'ehr' as source, 'completed' as status,
  'dexamethasone 40 MG Oral Tablet' as medication_display, key('r7') as medication_request_key,
  date '2020-02-03' as effective_date, 'day' as effective_precision;
