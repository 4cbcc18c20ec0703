insert into staging.dicom_instance by name
select key(series || '-' || n) as instance_record_key, key(series || '-' || n) as sop_instance_key, key('p') as patient_key,
  'pacs' as source, key(series) as series_key, key(study) as study_key, modality, sop as sop_class, 512 as pixel_rows,
  512 as pixel_columns, 0.7 as pixel_spacing_row_mm, 0.7 as pixel_spacing_column_mm, thickness as slice_thickness_mm,
  [0, y, z]::double[] as image_position_mm, orientation as image_orientation, true as has_pixel_data, types as image_type,
  part as body_part_examined, has_agent as has_contrast, agent as contrast_agent_terms, words as series_description_terms,
  date '2020-01-01' as study_date, 'day' as study_precision
from (
  select series, study, modality, '1.2.840.10008.5.1.4.1.1.' || sop as sop, thickness, types, part, has_agent, agent, words,
    unnest(places)[1] as y, unnest(places)[2] as z, generate_subscripts(places, 1) as n,
    if(series = 'mixed' and generate_subscripts(places, 1) = 2, [0, 1, 0, 0, 0, 1], [1, 0, 0, 0, 1, 0])::double[] as orientation
  from (values
    ('regular', 'st', 'CT', '2', 2.0, ['ORIGINAL', 'PRIMARY', 'AXIAL'], null, null, null, ['contrast:yes', 'phase:portal venous', 'region:chest'],
      [[0, 6], [0, 0], [0, 4], [0, 2]]),
    ('missing', 'st', 'CT', '2', 2.0, null, 'CHEST', true, [], ['contrast:no', 'region:abdomen'],
      [[0, 0], [0, 2], [0, 4], [0, 8], [0, 10]]),
    ('gaps', 'st', 'CT', '2', 1.0, null, 'Chest ', null, ['agent:none'], [], [[0, 0], [0, 10], [0, 20]]),
    ('uneven', 'st', 'CT', '2', 5.0, null, 'ABDOMEN', null, ['agent:unstated'], null, [[0, 0], [0, 5], [0, 11], [0, 16]]),
    ('phases', 'st', 'CT', '2', 5.0, null, null, null, null, ['phase:multiphase'], [[0, 0], [0, 0], [0, 5], [0, 5], [0, 10], [0, 10]]),
    ('twice', 'st', 'CT', '2', 5.0, null, null, null, null, null, [[0, 0], [0, 0], [0, 5], [0, 10]]),
    ('tilted', 'st', 'CT', '2', 5.0, null, null, null, null, null, [[0, 0], [1.3, 5], [2.6, 10]]),
    ('mixed', 'st', 'MR', '4', 5.0, null, null, null, null, null, [[0, 0], [0, 5], [0, 10]]),
    ('scout', 'st', 'CT', '2', 1.0, ['ORIGINAL', 'PRIMARY', 'LOCALIZER'], null, null, null, null, [[0, 0]]),
    ('pilot', 'st', 'MR', '4', 5.0, null, null, null, null, ['localizer:yes'], [[0, 0], [0, 5], [0, 10]]),
    ('pair', 'st', 'CT', '2', 5.0, null, null, null, null, null, [[0, 0], [0, 5]]),
    ('listed', 'st', 'CT', '2', 5.0, null, null, null, null, null, [[0, 0], [0, 5], [0, 10]]),
    ('contours', 'st', 'SEG', '66.4', null, null, null, null, null, ['contrast:yes', 'region:abdomen'], [[0, 0]]),
    ('capture', 'st', 'CT', '7', null, null, null, null, null, null, [[0, 0], [0, 5], [0, 10]])
  ) t(series, study, modality, sop, thickness, types, part, has_agent, agent, words, places)
);
update staging.dicom_instance set image_position_mm = null where series_key = key('capture');
insert into staging.dicom_instance by name
select key(id) as instance_record_key, key(id) as sop_instance_key, key('p') as patient_key, 'pacs' as source,
  key(id) as series_key, key('st') as study_key, 'MR' as modality, '1.2.840.10008.5.1.4.1.1.4.1' as sop_class,
  frames as frame_count, 2 as shared_slice_spacing_mm, 256 as pixel_rows, 256 as pixel_columns, 1 as shared_pixel_spacing_row_mm,
  1 as shared_pixel_spacing_column_mm, 2 as shared_slice_thickness_mm, true as has_pixel_data,
  ['1\0\0\0\1\0'] as frame_orientations, '0\0\0' as first_frame_position, last as last_frame_position,
  'ARTERIAL' as contrast_phase_code, date '2020-01-01' as study_date, 'day' as study_precision
from (values ('frames', 10, '0\0\18'), ('dynamic', 10, '0\0\0'), ('header', 10, null), ('two stacks', 20, '0\0\18')) t(id, frames, last);
update staging.dicom_instance set has_pixel_data = false, first_frame_position = null where series_key = key('header');
insert into staging.dicom_instance by name
select key('pet' || n) as instance_record_key, key('pet' || n) as sop_instance_key, key('p') as patient_key,
  'pacs' as source, key('pet') as series_key, key('st') as study_key, 'PT' as modality,
  '1.2.840.10008.5.1.4.1.1.128' as sop_class, 4 as pixel_spacing_row_mm, 4 as pixel_spacing_column_mm, 3 as slice_thickness_mm,
  [0, 0, 3 * n]::double[] as image_position_mm, [1, 0, 0, 0, 1, 0]::double[] as image_orientation, true as has_pixel_data,
  'BQML' as pet_units, 'START' as decay_correction, ['DECY', 'ATTN'] as corrected_image, 300e6 as radionuclide_total_dose_bq,
  6586 as radionuclide_half_life_s, 70 as patient_weight_kg, 60 + n as uptake_minutes, '^18^Fluorine' as radionuclide_display,
  date '2020-01-01' as study_date, 'day' as study_precision
from range(3) t(n);
insert into staging.imaging_link by name
select key('st') as study_key, 'pacs' as source, key('p') as patient_key, 'accession' as rule, 0.95 as confidence,
  'linked' as status;
insert into staging.imaging_study by name
select key('is') as imaging_study_key, key('p') as patient_key, 'ehr' as source, key('st') as study_key,
  date '2020-01-01' as started_date, 'day' as started_precision, ['contrast:both'] as description_terms;
insert into staging.imaging_study_series by name
select key('is') as imaging_study_key, key('p') as patient_key, key('st') as study_key, 'ehr' as source,
  key('listed') as series_key, 'CT' as modality_code, 40 as number_of_instances;
