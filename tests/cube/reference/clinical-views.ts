import { count, median, sum } from './measure.ts';
import { outcomes } from './outcome-measures.ts';
import { type ReferenceView, same } from './view.ts';

const { alive_1y: _1, alive_2y: _2, alive_5y: _5, ...treatedOutcomes } = outcomes;

/** Columns of `outcomes` that its measures read, and the key under another name. */
const OUTCOME = `o.diagnosis_key as outcome_key, o.is_at_risk_1y, o.is_alive_1y, o.is_deceased_within_1y,
  o.is_at_risk_2y, o.is_alive_2y, o.is_deceased_within_2y,
  o.is_at_risk_5y, o.is_alive_5y, o.is_deceased_within_5y,
  o.follow_up_days, o.is_censored, o.is_cancer_death, o.is_deceased, o.vital_status`;
const OUTCOME_SEGMENTS = {
  deceased: 'is_deceased',
  followed_1y: 'is_at_risk_1y',
  followed_5y: 'is_at_risk_5y',
};
const TREATMENT_SEGMENTS = {
  drug_treatment: 'agent is not null',
  radiation: `treatment_class = 'radiotherapy'`,
  surgical: `treatment_class = 'surgery'`,
};
const STAGE_SEGMENTS = {
  early_stage: `stage_group in ('0', 'I', 'II')`,
  advanced_stage: `stage_group in ('III', 'IV')`,
  metastatic_at_diagnosis: 'is_metastatic_at_diagnosis',
};

/** Views over tumours, their treatments and what became of them. */
export const clinicalViews: Readonly<Record<string, ReferenceView>> = {
  cohort: {
    flat: `
      select d.*, ${OUTCOME},
        p.sex, p.race, t.treatment_key, t.agent, t.treatment_class, t.start_date,
        i.study_key, i.series_key, i.days_from_diagnosis,
        s.modality, s.scanner, s.slice_thickness_mm, s.is_in_dicom,
        coalesce(s.body_region, u.body_region) as region
      from marts.cancer_diagnoses d
      left join marts.outcomes o on o.diagnosis_key = d.diagnosis_key
      left join marts.patients p on p.patient_key = d.patient_key
      left join marts.treatments t on t.diagnosis_key = d.diagnosis_key
      left join marts.diagnosis_imaging i on i.diagnosis_key = d.diagnosis_key
      left join marts.imaging_series s on s.series_key = i.series_key
      left join marts.imaging_studies u on u.study_key = i.study_key`,
    dimensions: {
      ...same(
        'site_group',
        'stage_group',
        'first_treatment_class',
        'age_band',
        'histology_group',
        'is_treated',
      ),
      ...same('vital_status', 'sex', 'race', 'agent', 'treatment_class', 'modality', 'scanner'),
      imaging_body_region: 'region',
    },
    numbers: {
      ...same('age_at_diagnosis_years', 'slice_thickness_mm', 'follow_up_days'),
      imaging_days_before_diagnosis: '-days_from_diagnosis',
    },
    times: { ...same('diagnosis_date', 'first_treatment_date'), treatment_start_date: 'start_date' },
    segments: {
      ...STAGE_SEGMENTS,
      invasive: `behavior = 'malignant'`,
      treated: 'is_treated',
      pediatric: 'age_at_diagnosis_years < 18',
      older_adults: 'age_at_diagnosis_years >= 70',
      without_conflicts:
        'not has_site_conflict and not has_laterality_conflict and not has_grade_conflict and not has_stage_conflict',
      ...OUTCOME_SEGMENTS,
      ...TREATMENT_SEGMENTS,
      imaged_around_diagnosis: 'abs(days_from_diagnosis) <= 60',
      ct: `modality = 'CT'`,
      thin_slice_ct: `modality = 'CT' and slice_thickness_mm <= 2.5`,
      with_pixels: 'is_in_dicom',
    },
    measures: {
      ...outcomes,
      cancer_deaths: count('outcome_key', 'is_cancer_death', ['is_cancer_death']),
      patients: count('patient_key'),
      diagnoses: count('diagnosis_key'),
      median_age_years: median('diagnosis_key', 'age_at_diagnosis_years'),
      treated_diagnoses: count('diagnosis_key', 'is_treated', ['is_treated']),
      median_days_to_first_treatment: median('diagnosis_key', 'days_to_first_treatment'),
      median_follow_up_days: median('outcome_key', 'follow_up_days'),
      treatments: count('treatment_key'),
      studies: count('study_key'),
      series: count('series_key'),
    },
  },
  treatments_and_outcomes: {
    flat: `
      select t.*, ${OUTCOME}, d.diagnosis_key as tumor_key,
        d.site_group, d.stage_group, d.age_band, d.age_at_diagnosis_years, d.is_metastatic_at_diagnosis,
        d.diagnosis_date as tumor_date, p.sex
      from marts.treatments t
      left join marts.cancer_diagnoses d on d.diagnosis_key = t.diagnosis_key
      left join marts.outcomes o on o.diagnosis_key = d.diagnosis_key
      left join marts.patients p on p.patient_key = t.patient_key`,
    dimensions: same(
      'treatment_class',
      'agent',
      'intent',
      'status',
      'site_group',
      'stage_group',
      'age_band',
      'sex',
    ),
    numbers: same('duration_days', 'days_from_diagnosis', 'dose_gy'),
    times: { start_date: 'start_date', diagnosis_date: 'tumor_date' },
    segments: { ...TREATMENT_SEGMENTS, ...STAGE_SEGMENTS, ...OUTCOME_SEGMENTS },
    measures: {
      ...treatedOutcomes,
      treatments: count('treatment_key'),
      patients: count('patient_key'),
      diagnoses: count('tumor_key'),
      median_age_years: median('tumor_key', 'age_at_diagnosis_years'),
      median_duration_days: median('treatment_key', 'duration_days'),
      median_days_from_diagnosis: median('treatment_key', 'days_from_diagnosis'),
      administrations: sum('treatment_key', 'administration_count'),
      median_dose_gy: median('treatment_key', 'dose_gy'),
    },
  },
  lines_of_treatment: {
    flat: `
      select l.*, d.diagnosis_key as tumor_key, d.site_group, d.stage_group, p.sex
      from marts.treatment_lines l
      left join marts.cancer_diagnoses d on d.diagnosis_key = l.diagnosis_key
      left join marts.patients p on p.patient_key = l.patient_key`,
    dimensions: same('regimen', 'confidence', 'intent', 'site_group', 'stage_group', 'sex'),
    numbers: same('line_number', 'duration_days'),
    times: same('start_date', 'end_date'),
    measures: {
      lines: count('line_key'),
      patients: count('patient_key'),
      diagnoses: count('tumor_key'),
      median_duration_days: median('line_key', 'duration_days'),
      median_days_from_diagnosis: median('line_key', 'days_from_diagnosis'),
      cycles: sum('line_key', 'cycle_count'),
    },
  },
  disease_course: {
    flat: `
      select s.*, d.diagnosis_key as tumor_key, d.site_group, d.stage_group, p.sex
      from marts.disease_status s
      left join marts.cancer_diagnoses d on d.diagnosis_key = s.diagnosis_key
      left join marts.patients p on p.patient_key = s.patient_key`,
    dimensions: same('status_group', 'disease_status', 'evidence', 'site_group', 'stage_group', 'sex'),
    numbers: same('days_from_diagnosis'),
    times: same('status_date'),
    measures: {
      statements: count('status_key'),
      patients: count('patient_key'),
      diagnoses: count('tumor_key'),
      statements_in_conflict: count('status_key', 'has_conflict', ['has_conflict']),
    },
  },
  radiotherapy: {
    flat: `
      select v.*, t.intent, t.status, t.start_date, d.diagnosis_key as tumor_key, d.site_group, d.stage_group, p.sex
      from marts.radiotherapy_volumes v
      left join marts.treatments t on t.treatment_key = v.treatment_key
      left join marts.cancer_diagnoses d on d.diagnosis_key = t.diagnosis_key
      left join marts.patients p on p.patient_key = v.patient_key`,
    dimensions: same(
      'location_display',
      'has_dose_conflict',
      'intent',
      'status',
      'site_group',
      'stage_group',
      'sex',
    ),
    numbers: same('dose_gy', 'fraction_count'),
    times: same('start_date'),
    measures: {
      volumes: count('radiotherapy_volume_key'),
      courses: count('treatment_key'),
      patients: count('patient_key'),
      diagnoses: count('tumor_key'),
      median_dose_gy: median('radiotherapy_volume_key', 'dose_gy'),
    },
  },
  treatment_evidence: {
    flat: `
      select r.*, r.record_table || r.record_key || r.treatment_key as record, t.treatment_key as episode_key,
        t.treatment_class as class_of_episode
      from marts.treatment_records r left join marts.treatments t on t.treatment_key = r.treatment_key`,
    dimensions: {
      ...same('source', 'treatment_class', 'agent', 'status', 'is_counted', 'intent'),
      treatment_of_class: 'class_of_episode',
    },
    times: same('start_date'),
    measures: {
      records: count('record'),
      counted_records: count('record', 'is_counted', ['is_counted']),
      patients: count('patient_key'),
      treatments: count('episode_key'),
    },
  },
};
