insert into staging.dicom_instance by name
select key(id) as instance_record_key, key('p1') as patient_key, 'pacs' as source, key(id) as sop_instance_key,
  key(series) as series_key, key('st1') as study_key, 'SM' as modality, 'Leica' as manufacturer, 'GT450' as model,
  date '2020-01-01' as study_date, 'day' as study_precision
from (values ('i1', 'se1'), ('i2', 'se1'), ('i3', 'se1'), ('i4', 'se2'), ('i5', 'se3')) t(id, series);
insert into staging.dicom_slide_level by name
select key(id) as instance_record_key, key('p1') as patient_key, 'pacs' as source, key(id) as sop_instance_key,
  key(series) as series_key, key('st1') as study_key, key(container) as container_key, flavor as image_flavor,
  width as total_columns, width as total_rows, spacing as pixel_spacing_row_mm, 40 as objective_lens_power,
  date '2020-01-02' as content_date, 'day' as content_precision
from (values
  ('i1', 'se1', 'slide1', 'VOLUME', 40000, 0.00025), ('i2', 'se1', 'slide1', 'VOLUME', 10000, 0.001),
  ('i3', 'se1', 'slide1', 'LABEL', 600, null), ('i4', 'se2', 'slide1', 'VOLUME', 20000, 0.0005),
  ('i5', 'se3', null, 'VOLUME', 20000, 0.0005)
) t(id, series, container, flavor, width, spacing);
insert into staging.dicom_slide_specimen by name
select key(id) as instance_record_key, 'pacs' as source, key('p1') as patient_key, key('sp1') as specimen_key,
  key('number') as specimen_identifier_key, key('se1') as series_key, key('st1') as study_key, '39607008' as anatomic_structure_code,
  'SCT' as anatomic_structure_scheme, 'Lung' as anatomic_structure_display,
  ['hematoxylin stain', 'eosin stain'] as stain_displays
from (values ('i1'), ('i2')) t(id);
insert into staging.imaging_link by name
select key(study) as study_key, 'pacs' as source, key(person) as patient_key, rule, confidence, status
from (values
  ('st1', 'p1', 'accession', 0.95, 'linked')
) t(study, person, rule, confidence, status);
-- the record of what was taken, by its number; the same number of another person is another specimen
insert into staging.specimen by name
select key(id) as specimen_key, key(person) as patient_key, 'ehr' as source, date '2019-12-20' as collected_date,
  'day' as collected_precision
from (values ('taken', 'p1'), ('other', 'p2')) t(id, person);
insert into staging.specimen_identifier by name
select key(id) as specimen_key, key(person) as patient_key, 'ehr' as source, 'identifier' as identifier_kind,
  key('number') as identifier_key
from (values ('taken', 'p1'), ('other', 'p2')) t(id, person);
