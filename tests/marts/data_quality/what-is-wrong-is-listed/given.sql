insert into staging.dicom_instance by name
select key(id) as instance_record_key, key(person) as patient_key, 'pacs' as source, key(sop) as sop_instance_key,
  key(series) as series_key, key(study) as study_key, modality, part as body_part_examined,
  thickness as slice_thickness_mm, 'GE' as manufacturer, 'Revolution' as model, flavor as image_flavor,
  contrast as has_contrast, 512 as pixel_rows, on_date::date as study_date, 'day' as study_precision
from (values
  ('f1', 'p1', 'i1', 'se1', 'st1', 'CT', 'CHEST', 1.25, 'AXIAL', true, '2020-01-01'),
  ('f2', 'p1', 'i2', 'se1', 'st1', 'CT', 'CHEST', 1.25, 'AXIAL', null, '2020-01-01'),
  ('f4', 'p1', 'i3', 'se1', 'st1', 'CT', 'CHEST', 5.0, 'AXIAL', null, '2020-01-01'),
  ('f5', 'p1', 'i4', 'se2', 'st1', 'CT', 'CHEST', 0.6, 'LOCALIZER', null, '2020-01-01'),
  ('f6', 'p1', 'i5', 'se3', 'st1', 'SEG', null, null, 'PRIMARY', null, '2020-01-01'),
  ('f7', 'x2', 'i6', 'se4', 'st2', 'PT', 'WHOLE BODY', 3.0, 'AXIAL', null, '2020-02-01'),
  ('f8', 'x2', 'i7', 'se5', 'st2', 'CT', 'WHOLE BODY', 4.0, 'AXIAL', null, '2020-02-01'),
  ('f9', 'x2', 'i8', 'se5', 'st2', 'CT', 'WHOLE BODY', 4.0, 'AXIAL', null, '2020-02-01'),
  ('f10', 'x3', 'i9', 'se6', 'st3', 'CT', null, 2.0, 'AXIAL', null, '2020-03-01'),
  ('f11', 'x4', 'i10', null, null, 'CT', null, 2.0, 'AXIAL', null, '2020-03-01')
) t(id, person, sop, series, study, modality, part, thickness, flavor, contrast, on_date);
insert into staging.imaging_link by name
select key(study) as study_key, 'pacs' as source, key(person) as patient_key, rule, confidence, status
from (values
  ('st1', 'p1', 'study-uid', 0.98, 'linked'),
  ('st2', 'x2', 'patient-id-without-issuer', 0.0, 'candidate'),
  ('st3', null, 'identifier', 0.0, 'conflict')
) t(study, person, rule, confidence, status);
insert into staging.imaging_study by name
select key(id) as imaging_study_key, key(person) as patient_key, 'ehr' as source, key(study) as study_key,
  on_date::date as started_date, 'day' as started_precision, [] as modality_codes, series as number_of_series,
  instances as number_of_instances, display as procedure_display
from (values
  ('is1', 'p1', 'st1', '2020-01-01', 3, 400, null),
  ('is2', 'p5', null, '2020-05-01', 1, 357, 'Computed tomography of abdomen (procedure)')
) t(id, person, study, on_date, series, instances, display);
insert into staging.imaging_study_series by name
select key(id) as imaging_study_key, key(study) as study_key, 'ehr' as source, key(series) as series_key,
  'CT' as modality_code, site as body_site_code, 357 as number_of_instances
from (values ('is1', 'st1', 'se1', '51185008'), ('is2', null, 'se9', null)) t(id, study, series, site);
insert into staging.shadowed_instance by name
select key('p1') as patient_key, 'pacs' as source, key('st1') as study_key, key(sop) as sop_instance_key,
  is_same_patient
from (values ('i1', true), ('i3', true), ('i2', false)) t(sop, is_same_patient);
insert into staging.record_without_patient values ('ehr', 'Condition', 2, 7);
insert into staging.landed_type values ('ehr', 'Claim', 12, false), ('ehr', 'Patient', 3, true);
insert into staging.quarantine_count values ('ehr', 'invalid-json', 2);
insert into staging.condition by name
select key(id) as condition_key, key(person) as patient_key, 'ehr' as source, 'confirmed' as verification_status,
  'active' as clinical_status, code, 'http://snomed.info/sct' as code_system, code as snomed_code,
  display as code_display, onset::date as onset_date, 'day' as onset_precision, [] as profiles
from (values
  ('c1', 'p1', '254637007', 'Non-small cell lung cancer (disorder)', null),
  ('c2', 'p1', '312824007', 'Family history of cancer of colon', '2020-01-01')
) t(id, person, code, display, onset);
