insert into staging.dicom_instance by name
select key(study) as instance_record_key, key(study) as sop_instance_key, key(person) as patient_key, 'pacs' as source,
  key('series ' || study) as series_key, key(study) as study_key, study as study_instance_uid, modality,
  part as body_part_examined, key(number) as accession_key, on_date::date as study_date, 'day' as study_precision
from (values
  ('p1', 'd1', 'CT', 'CHEST', 'A1', '2020-01-01'),
  ('p2', 'd2', 'CT', 'CHEST', null, '2020-01-01'),
  ('p2', 'd3', 'CT', 'CHEST', null, '2020-01-01'),
  ('p5', 'd5', 'MR', 'BRAIN', 'A5', '2020-01-01'),
  ('p6', 'd6', 'MR', 'BRAIN', null, '2020-01-01'),
  ('p10', 'd10', 'CT', 'HEAD', null, '2020-01-01'),
  ('p11', 'd11', 'CR', 'CHEST', null, '2020-01-01'),
  ('p12', 'd12', 'CT', 'ABDOMEN', null, '2020-01-01')
) t(person, study, modality, part, number, on_date);
insert into staging.imaging_link by name
select study_key, 'pacs' as source, patient_key, 'identifier' as rule, 1.0 as confidence, 'linked' as status
from staging.dicom_instance;
insert into staging.imaging_study by name
select key(id) as imaging_study_key, key(person) as patient_key, 'ehr' as source, key(study) as study_key,
  study as study_instance_uid, status, on_date::date as started_date, 'day' as started_precision, [modality] as modality_codes,
  key(number) as accession_key, key(order_id) as based_on_key, key(procedure) as procedure_key
from (values
  ('is1', 'p1', 'd1', 'available', '2020-01-01', 'CT', null, null, null),
  ('is4', 'p4', null, 'available', '2020-03-01', 'MR', null, null, 'q4'),
  ('is5', 'p5', null, 'available', '2020-01-02', 'MR', 'A5', null, null),
  ('is8', 'p8', 'u8', 'available', '2020-05-02', 'PT', null, 'o8', null),
  ('is9', 'p9', 'u9', 'entered-in-error', '2020-01-01', 'CT', null, null, null),
  ('is12', 'p12', 'u12', 'available', '2020-01-01', 'CT', null, null, null),
  ('is13', 'p13', 'u13', 'available', '2020-06-01', 'CT', 'A13', 'o13', null)
) t(id, person, study, status, on_date, modality, number, order_id, procedure);
insert into staging.service_request by name
select key('o1') as service_request_key, key('p1') as patient_key, 'ehr' as source, key('A1') as accession_key;
insert into staging.procedure by name
select key(id) as procedure_key, key(person) as patient_key, 'ehr' as source, status, code, 'http://snomed.info/sct' as code_system,
  code as snomed_code, display as code_display, on_date::date as performed_date, 'day' as performed_precision,
  key(order_id) as based_on_key, key(number) as accession_key, words as code_text_terms
from (values
  ('q1', 'p1', 'completed', '169069000', 'CT of chest', '2020-01-01', null, null, null),
  ('q1b', 'p1', 'completed', '363679005', 'Imaging', '2020-01-03', 'o1', null, null),
  ('q2', 'p2', 'completed', '169069000', 'CT of chest', '2020-01-01', null, null, null),
  ('q3', 'p3', 'completed', '169069000', 'CT of chest', '2020-02-01', null, null, null),
  ('q3b', 'p3', 'completed', '16335031000119103', 'HRCT of chest', '2020-02-01', null, null, null),
  ('q3c', 'p3', 'completed', '77477000', 'CT', '2020-02-01', null, null, null),
  ('q4', 'p4', 'completed', '113091000', 'MRI', '2020-02-20', null, null, null),
  ('q6', 'p6', 'completed', '363679005', 'Imaging', '2020-01-01', null, null, null),
  ('q7', 'p7', 'completed', '169069000', 'CT of chest', '2020-01-01', null, 'A1', null),
  ('q8', 'p8', 'completed', '443271005', 'PET/CT', '2020-05-01', 'o8', null, null),
  ('q9', 'p9', 'not-done', '169069000', 'CT of chest', '2020-01-01', null, null, null),
  ('q9b', 'p9', 'completed', '000', 'CT guided biopsy of lung', '2020-01-01', null, null, null),
  ('q9c', 'p9', 'completed', '001', 'Personal care, icf/mr', '2020-01-01', null, null, null),
  ('q9d', 'p9', 'completed', '002', null, '2020-01-01', null, null, ['modality:US', 'region:breast']),
  ('q10', 'p10', 'completed', '169069000', 'CT of chest', '2020-01-01', null, null, null),
  ('q11', 'p11', 'completed', '168537006', 'Plain radiography', '2020-01-01', null, null, null),
  ('q12', 'p12', 'completed', '169070004', 'CT of abdomen', '2020-01-01', null, null, null),
  ('q13', 'p13', 'completed', '399208008', 'Plain chest X-ray', '2020-06-01', 'o13', null, null),
  ('q13b', 'p13', 'completed', '169069000', 'CT of chest', '2021-06-01', null, 'A13', null)
) t(id, person, status, code, display, on_date, order_id, number, words);
