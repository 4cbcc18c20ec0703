insert into staging.specimen by name
select key(id) as specimen_key, key(person) as patient_key, 'ehr' as source, status, type as type_display,
  container as container_code, 'http://snomed.info/sct' as container_system, key(parent) as parent_key,
  on_date::date as collected_date, if(on_date is null, null, 'day') as collected_precision, site as body_site_snomed,
  site as body_site_code, if(site is null, null, 'Lung structure') as body_site_display, steps as processing_displays
from (values
  ('part', 'p1', 'available', 'Tissue', null, null, '2020-01-01', '39607008', null),
  ('block', 'p1', 'available', 'Paraffin embedded tissue', null, 'part', null, null, null),
  ('slide', 'p1', 'available', 'Tissue section', '433466003', 'block', null, null, ['H&E staining', 'Cutting']),
  ('void', 'p1', 'entered-in-error', 'Tissue', null, null, '2020-01-01', null, null),
  ('orphan', 'p1', 'available', 'Tissue', null, 'void', null, null, null),
  ('stolen', 'p2', 'available', 'Tissue', null, 'part', '2021-01-01', null, null),
  ('hen', 'p3', 'available', 'Tissue', null, 'egg', null, null, null),
  ('egg', 'p3', 'available', 'Tissue', null, 'hen', null, null, null)
) t(id, person, status, type, container, parent, on_date, site, steps);
insert into staging.dicom_instance by name
select key(id) as instance_record_key, key(person) as patient_key, 'pacs' as source, key(id) as sop_instance_key,
  key('series ' || id) as series_key, key('study ' || id) as study_key, 'SM' as modality
from (values ('i1', 'p1'), ('i2', 'p2')) t(id, person);
insert into staging.imaging_link by name
select study_key, source, patient_key, 'accession' as rule, 0.95 as confidence, 'linked' as status from staging.dicom_instance;
insert into staging.dicom_slide_specimen by name
select key(id) as instance_record_key, key('series ' || id) as series_key, key('study ' || id) as study_key,
  key(person) as patient_key, 'pacs' as source, key(specimen) as specimen_key, key('container') as container_key,
  'Tissue section' as specimen_type_display, 'Brain' as anatomic_structure_display
from (values ('i1', 'p1', 'dicom1'), ('i2', 'p2', 'dicom2')) t(id, person, specimen);
insert into staging.specimen_identifier by name
select key('slide') as specimen_key, key('p1') as patient_key, 'ehr' as source, 'container' as identifier_kind,
  key('container') as identifier_key;
