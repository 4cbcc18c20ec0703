insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  code, 'http://hl7.org/fhir/sid/icd-10-cm' as code_system, code as icd10cm_code, display as code_display,
  onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'ann', 'C50.411', 'Malignant neoplasm of upper-outer quadrant of right female breast', '2019-01-10'),
  ('c2', 'ann', 'C50.912', 'Malignant neoplasm of unspecified site of left female breast', '2022-06-01'),
  ('c3', 'ann', 'C50.919', 'Malignant neoplasm of unspecified site of unspecified female breast', '2022-07-01')
) t(id, person, code, display, onset);
