import { count, median } from './measure.ts';
import { type ReferenceView, same } from './view.ts';

/** A mart with the tumour that its rows belong to. */
const ofTumor = (mart: string): string => `
  select a.*, d.site_group as tumor_site, d.stage_group as tumor_stage, d.histology_group as tumor_histology,
    d.has_stage_conflict as tumor_conflict, d.diagnosis_key as tumor_key
  from marts.${mart} a left join marts.cancer_diagnoses d on d.diagnosis_key = a.diagnosis_key`;
const SITE = { site_group: 'tumor_site' };
const TUMOR = { ...SITE, stage_group: 'tumor_stage' };

/** The views over what is known of a tumour. */
export const tumorViews: Readonly<Record<string, ReferenceView>> = {
  diagnosis_evidence: {
    flat: ofTumor('diagnosis_dates'),
    dimensions: { ...same('date_source', 'is_plausible', 'is_preferred', 'record_table', 'source'), ...SITE },
    numbers: same('days_from_preferred'),
    times: same('diagnosis_date'),
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
    flat: `select b.*, p.sex from marts.biopsy_episodes b left join marts.patients p on p.patient_key = b.patient_key`,
    dimensions: same(
      'result',
      'site_group',
      'result_source',
      'has_conflict',
      'has_suspicion',
      'source',
      'sex',
    ),
    numbers: same('follow_up_days'),
    times: same('biopsy_date'),
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
    flat: `select f.*, e.biopsy_key as episode_key, e.result, e.has_conflict
      from marts.biopsy_findings f left join marts.biopsy_episodes e on e.biopsy_key = f.biopsy_key`,
    dimensions: same('evidence', 'finding', 'site_group', 'is_decisive', 'source', 'result', 'has_conflict'),
    times: same('biopsy_date'),
    measures: {
      findings: count('biopsy_finding_key'),
      patients: count('patient_key'),
      biopsies: count('episode_key'),
    },
  },
  tumor_markers: {
    flat: `select m.*, p.sex from (${ofTumor('biomarkers')}) m left join marts.patients p on p.patient_key = m.patient_key`,
    dimensions: {
      ...same('analyte', 'result', 'scale', 'unit', 'has_conflict', 'is_repeat', 'sex'),
      ...TUMOR,
    },
    numbers: same('value_number', 'days_from_diagnosis'),
    times: same('result_date'),
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
    flat: ofTumor('variants'),
    dimensions: { ...same('presence', 'gene', 'source_class', 'has_conflict', 'is_repeat'), ...TUMOR },
    numbers: same('allele_fraction', 'copy_number'),
    times: same('result_date'),
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
    flat: ofTumor('performance_status'),
    dimensions: { ...same('scale', 'score_source', 'has_conflict', 'is_repeat', 'source'), ...TUMOR },
    numbers: same('score', 'days_from_diagnosis'),
    times: same('status_date'),
    measures: {
      statements: count('performance_status_key'),
      patients: count('patient_key'),
      diagnoses: count('tumor_key'),
      median_score: median('performance_status_key', 'score'),
    },
  },
  stage_evidence: {
    flat: ofTumor('stage_assessments'),
    dimensions: {
      ...same('item', 'context', 'is_preferred', 'has_conflict', 'is_repeat', 'stage_group', 'source'),
      ...SITE,
      diagnosis_stage_group: 'tumor_stage',
      has_stage_conflict: 'tumor_conflict',
    },
    times: same('stage_date'),
    measures: {
      statements: count('stage_key'),
      distinct_statements: count('stage_key', 'not is_repeat', ['is_repeat']),
      statements_in_conflict: count('stage_key', 'has_conflict', ['has_conflict']),
      patients: count('patient_key'),
      diagnoses: count('tumor_key'),
    },
  },
  tumor_evidence: {
    flat: `select c.*, c.diagnosis_key is null as is_unassigned from (${ofTumor('tumor_conditions')}) c`,
    dimensions: {
      ...same('role', 'read_by', 'grade', 'behavior', 'laterality', 'site_group', 'source'),
      diagnosis_site_group: 'tumor_site',
    },
    times: same('diagnosis_date', 'recorded_date'),
    measures: {
      conditions: count('condition_key'),
      patients: count('patient_key'),
      diagnoses: count('tumor_key'),
      conditions_without_tumor: count('condition_key', 'is_unassigned', ['is_unassigned']),
    },
  },
};
