import { count, median, NONE, type ReferenceView } from './reference-measures.ts';

/** A mart with the tumour that its rows belong to. */
const ofTumor = (mart: string, columns: string): string => `
  select a.*, d.site_group as tumor_site, d.diagnosis_key as tumor_key
  from (select ${columns}, patient_key, diagnosis_key as own_tumor from marts.${mart}) a
  left join marts.cancer_diagnoses d on d.diagnosis_key = a.own_tumor`;

/** The views over what is known of a tumour. */
export const tumorViews: Readonly<Record<string, ReferenceView>> = {
  diagnosis_evidence: {
    flat: ofTumor('diagnosis_dates', 'diagnosis_date_key, date_source, days_from_preferred'),
    dimensions: { date_source: 'date_source', site_group: 'tumor_site' },
    filters: [NONE],
    measures: {
      dates: count('diagnosis_date_key'),
      patients: count('patient_key'),
      diagnoses: count('tumor_key'),
      dates_over_60_days_apart: count('diagnosis_date_key', 'abs(days_from_preferred) > 60', [
        'days_from_preferred',
      ]),
    },
  },
  biopsies: {
    flat: `select biopsy_key, patient_key, result, site_group, is_false_positive, is_false_positive_proxy
      from marts.biopsy_episodes`,
    dimensions: { result: 'result', site_group: 'site_group' },
    filters: [NONE],
    measures: {
      biopsies: count('biopsy_key'),
      patients: count('patient_key'),
      malignant: count('biopsy_key', `result = 'malignant'`, ['result']),
      benign_coded: count('biopsy_key', `result = 'benign_coded'`, ['result']),
      false_positives: count('biopsy_key', 'is_false_positive', ['is_false_positive']),
      false_positives_by_follow_up: count('biopsy_key', 'is_false_positive_proxy', [
        'is_false_positive_proxy',
      ]),
    },
  },
  biopsy_evidence: {
    flat: `select f.biopsy_finding_key, f.patient_key, f.evidence, e.biopsy_key, e.result
      from marts.biopsy_findings f left join marts.biopsy_episodes e on e.biopsy_key = f.biopsy_key`,
    dimensions: { evidence: 'evidence', result: 'result' },
    filters: [NONE],
    measures: {
      findings: count('biopsy_finding_key'),
      patients: count('patient_key'),
      biopsies: count('biopsy_key'),
    },
  },
  tumor_markers: {
    flat: ofTumor('biomarkers', 'biomarker_key, analyte, result, value_number, is_repeat'),
    dimensions: { analyte: 'analyte', site_group: 'tumor_site' },
    filters: [NONE],
    measures: {
      results: count('biomarker_key'),
      patients: count('patient_key'),
      diagnoses: count('tumor_key'),
      distinct_results: count('biomarker_key', 'not is_repeat', ['is_repeat']),
      positive_results: count('biomarker_key', `result = 'positive' and not is_repeat`, [
        'result',
        'is_repeat',
      ]),
      median_value: median('biomarker_key', 'value_number'),
    },
  },
  genomics: {
    flat: ofTumor('variants', 'variant_key, gene, presence, is_repeat'),
    dimensions: { presence: 'presence', site_group: 'tumor_site' },
    filters: [NONE],
    measures: {
      statements: count('variant_key'),
      patients: count('patient_key'),
      diagnoses: count('tumor_key'),
      variants_present: count('variant_key', `presence = 'present' and not is_repeat`, [
        'presence',
        'is_repeat',
      ]),
    },
  },
  performance: {
    flat: ofTumor('performance_status', 'performance_status_key, scale, score'),
    dimensions: { scale: 'scale', site_group: 'tumor_site' },
    filters: [NONE],
    measures: {
      statements: count('performance_status_key'),
      patients: count('patient_key'),
      diagnoses: count('tumor_key'),
      median_score: median('performance_status_key', 'score'),
    },
  },
};
