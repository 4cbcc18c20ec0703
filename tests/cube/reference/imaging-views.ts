import { count, median, share, sum } from './measure.ts';
import { ofPerson, type ReferenceView, same } from './view.ts';

/** Views over images and how they were linked. */
export const imagingViews: Readonly<Record<string, ReferenceView>> = {
  imaging: {
    flat: `
      select s.*, u.study_key as joined_study_key, u.link_status, u.body_region as study_region,
        u.primary_modality, u.study_date, p.sex, p.has_cancer
      from marts.imaging_series s
      left join marts.imaging_studies u on u.study_key = s.study_key
      left join marts.patients p on p.patient_key = u.patient_key`,
    dimensions: {
      ...same('modality', 'scanner', 'manufacturer', 'body_region', 'is_in_fhir', 'has_contrast'),
      ...same('primary_modality', 'link_status', 'sex', 'has_cancer'),
      study_body_region: 'study_region',
    },
    numbers: same('slice_thickness_mm', 'instance_count'),
    times: same('series_date', 'study_date'),
    segments: {
      ct: `modality = 'CT'`,
      mr: `modality = 'MR'`,
      thin_slice_ct: `modality = 'CT' and slice_thickness_mm <= 2.5`,
      with_pixels: 'is_in_dicom',
      diagnostic: 'not coalesce(is_localizer, false)',
    },
    measures: {
      series: count('series_key'),
      studies: count('study_key'),
      patients: count('patient_key'),
      instances: sum('series_key', 'instance_count'),
      median_slice_thickness_mm: median('series_key', 'slice_thickness_mm'),
      median_ctdi_vol_mgy: median('series_key', 'ctdi_vol_mgy'),
      share_linked: share('joined_study_key', `link_status = 'linked'`, 'true', ['link_status']),
    },
  },
  image_linkage: {
    flat: `select l.*, l.study_key || l.source as link_key, u.primary_modality, u.study_date
      from marts.imaging_links l left join marts.imaging_studies u on u.study_key = l.study_key`,
    dimensions: same('status', 'rule', 'reason', 'is_in_fhir', 'primary_modality', 'source'),
    numbers: same('confidence'),
    times: same('study_date'),
    measures: {
      studies: count('link_key'),
      linked: count('link_key', `status = 'linked'`, ['status']),
      share_linked: share('link_key', `status = 'linked'`, 'true', ['status']),
    },
  },
  pathology: {
    flat: `
      select l.*, p.sex, p.has_cancer
      from marts.pathology_slides l left join marts.patients p on p.patient_key = l.patient_key`,
    dimensions: same(
      'stain',
      'tissue_site',
      'specimen_type',
      'body_region',
      'has_label',
      'scanner',
      'sex',
      'has_cancer',
    ),
    numbers: same('magnification', 'pixel_spacing_um'),
    times: same('scan_date'),
    segments: {
      hematoxylin_eosin: `regexp_matches(stain, 'hematoxylin', 'i') and regexp_matches(stain, 'eosin', 'i')`,
      fit_for_40x: 'not pixel_spacing_um > 0.3',
    },
    measures: {
      slides: count('slide_key'),
      patients: count('patient_key'),
      median_pixel_spacing_um: median('slide_key', 'pixel_spacing_um'),
    },
  },
  examinations: {
    flat: ofPerson('imaging_events'),
    dimensions: same(
      'modality',
      'body_region',
      'contrast',
      'is_in_dicom',
      'is_in_procedure',
      'is_ambiguous',
      'sex',
      'has_cancer',
    ),
    numbers: same('record_count', 'match_confidence'),
    times: same('event_date'),
    measures: { events: count('imaging_event_key'), patients: count('patient_key') },
  },
  examination_evidence: {
    flat: ofPerson('imaging_event_records'),
    dimensions: same('record_table', 'match_rule', 'modality', 'is_ambiguous', 'sex', 'has_cancer'),
    numbers: same('match_confidence'),
    times: same('record_date'),
    measures: { records: count('event_record_key'), patients: count('patient_key') },
  },
  image_evidence: {
    flat: ofPerson('imaging_evidence'),
    dimensions: same('item', 'evidence_source', 'value', 'is_shown', 'is_in_conflict', 'sex', 'has_cancer'),
    measures: { statements: count('evidence_key'), patients: count('patient_key') },
  },
  tissue: {
    flat: ofPerson('specimens'),
    dimensions: same('level', 'type', 'is_in_fhir', 'is_in_dicom', 'body_region', 'sex', 'has_cancer'),
    numbers: same('depth'),
    times: same('collected_date'),
    measures: { specimens: count('specimen_key'), patients: count('patient_key') },
  },
};
