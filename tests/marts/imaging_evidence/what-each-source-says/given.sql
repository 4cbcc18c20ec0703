insert into staging.dicom_instance by name
select key(id) as instance_record_key, key(id) as sop_instance_key, key('p') as patient_key, 'pacs' as source,
  key(series) as series_key, key('st') as study_key, modality, part as body_part_examined,
  ['region:chest'] as study_description_terms, said as series_description_terms, ['region:pelvis', 'contrast:no'] as protocol_name_terms,
  agent as contrast_agent_terms, flavor as image_type, 'LN' as procedure_scheme, '24627-2' as procedure_code,
  'CT Chest' as procedure_display, date '2020-01-01' as study_date, 'day' as study_precision
from (values
  ('i1', 'se1', 'CT', 'HEAD', ['region:chest', 'contrast:no'], [], null),
  ('i2', 'se1', 'CT', 'HEAD', ['region:chest', 'contrast:no'], [], null),
  ('i3', 'se2', 'CT', null, null, null, ['ORIGINAL', 'PRIMARY', 'LOCALIZER']),
  ('i4', 'se3', 'SEG', null, ['contrast:yes'], null, null)
) t(id, series, modality, part, said, agent, flavor);
insert into staging.imaging_link by name
select key('st') as study_key, 'pacs' as source, key('p') as patient_key, 'accession' as rule, 0.95 as confidence,
  'linked' as status;
