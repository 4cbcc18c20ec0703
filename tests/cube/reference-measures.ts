/**
 * What every public measure must give, written by hand over the marts and independent of the Cube model. A view
 * is a flat relation; a measure aggregates over the distinct rows of its entity, so no join can multiply it.
 */
export interface ReferenceView {
  readonly flat: string;
  /** Dimension of the view → column of the flat relation. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Filters as Cube writes them → the same as SQL over the flat relation. */
  readonly filters: readonly { readonly cube: readonly CubeFilter[]; readonly sql: string }[];
  readonly measures: Readonly<Record<string, ReferenceMeasure>>;
}

export interface CubeFilter {
  readonly member: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface ReferenceMeasure {
  /** Columns that identify the entity counted. */
  readonly entity: string;
  /** Columns of the entity that the aggregate reads. */
  readonly reads?: readonly string[];
  /** Lists by group, made first; the aggregate is then an expression over them. */
  readonly lists?: Readonly<Record<string, string>>;
  readonly aggregate: string;
}

export const NONE = { cube: [], sql: 'true' };
export const count = (
  entity: string,
  condition = 'true',
  reads: readonly string[] = [],
): ReferenceMeasure => ({
  entity,
  reads,
  aggregate: `count(*) filter (where ${entity} is not null and (${condition}))`,
});
export const median = (entity: string, column: string): ReferenceMeasure => ({
  entity,
  reads: [column],
  aggregate: `median(${column}) filter (where ${entity} is not null)`,
});
const sum = (entity: string, column: string): ReferenceMeasure => ({
  entity,
  reads: [column],
  aggregate: `sum(${column}) filter (where ${entity} is not null)`,
});
const share = (entity: string, part: string, whole: string, reads: readonly string[]): ReferenceMeasure => ({
  entity,
  reads,
  aggregate: `(count(*) filter (where ${entity} is not null and (${part})))::double
    / nullif(count(*) filter (where ${entity} is not null and (${whole})), 0)`,
});

/** One factor for each distinct day of `ends`: the share of those at risk that did not end. */
const factors = (days: string): string => `list_aggregate(list_transform(${days}, lambda d:
  1 - len(list_filter(ends, lambda x: x = d)) / len(list_filter(times, lambda x: x >= d))), 'product')`;
const FOLLOWED = ['follow_up_days', 'is_censored'];
const TIMES = 'list(follow_up_days) filter (where outcome_key is not null and follow_up_days is not null)';
/** Share dead by a day after Kaplan and Meier. */
const mortality = (day: number): ReferenceMeasure => ({
  entity: 'outcome_key',
  reads: FOLLOWED,
  lists: {
    times: TIMES,
    ends: `list(follow_up_days) filter (where not is_censored and follow_up_days <= ${day})`,
  },
  aggregate: `case when times is null then null
    when list_max(times) >= ${day} or coalesce(${factors('list_distinct(ends)')}, 1) = 0
    then 1 - coalesce(${factors('list_distinct(ends)')}, 1) end`,
});
/** The first day at which half or fewer would still be followed if nobody died. */
const MEDIAN_FOLLOW_UP: ReferenceMeasure = {
  entity: 'outcome_key',
  reads: FOLLOWED,
  lists: { times: TIMES, ends: 'list(follow_up_days) filter (where is_censored)' },
  aggregate: `list_min(list_filter(list_distinct(ends), lambda u:
    ${factors('list_filter(list_distinct(ends), lambda v: v <= u)')} <= 0.5 + 1e-9))`,
};
const atRisk = (day: number): ReferenceMeasure => count('outcome_key', `follow_up_days >= ${day}`, FOLLOWED);

const outcomes: Readonly<Record<string, ReferenceMeasure>> = {
  at_risk_1y: count('outcome_key', 'is_at_risk_1y', ['is_at_risk_1y']),
  alive_1y: count('outcome_key', 'is_alive_1y', ['is_alive_1y']),
  deceased_within_1y: count('outcome_key', 'is_deceased_within_1y', ['is_deceased_within_1y']),
  share_alive_1y: share('outcome_key', 'is_alive_1y', 'is_at_risk_1y', ['is_alive_1y', 'is_at_risk_1y']),
  at_risk_2y: count('outcome_key', 'is_at_risk_2y', ['is_at_risk_2y']),
  alive_2y: count('outcome_key', 'is_alive_2y', ['is_alive_2y']),
  deceased_within_2y: count('outcome_key', 'is_deceased_within_2y', ['is_deceased_within_2y']),
  share_alive_2y: share('outcome_key', 'is_alive_2y', 'is_at_risk_2y', ['is_alive_2y', 'is_at_risk_2y']),
  at_risk_5y: count('outcome_key', 'is_at_risk_5y', ['is_at_risk_5y']),
  alive_5y: count('outcome_key', 'is_alive_5y', ['is_alive_5y']),
  deceased_within_5y: count('outcome_key', 'is_deceased_within_5y', ['is_deceased_within_5y']),
  share_alive_5y: share('outcome_key', 'is_alive_5y', 'is_at_risk_5y', ['is_alive_5y', 'is_at_risk_5y']),
  number_at_risk_1y: atRisk(365),
  mortality_1y: mortality(365),
  number_at_risk_2y: atRisk(730),
  mortality_2y: mortality(730),
  number_at_risk_5y: atRisk(1826),
  mortality_5y: mortality(1826),
  median_follow_up_reverse_km_days: MEDIAN_FOLLOW_UP,
};
const { alive_1y: _1, alive_2y: _2, alive_5y: _5, ...treatedOutcomes } = outcomes;

export const referenceViews: Readonly<Record<string, ReferenceView>> = {
  cohort: {
    flat: `
      select d.diagnosis_key, d.patient_key, d.site_group, d.stage_group, d.first_treatment_class, d.age_band,
        d.age_at_diagnosis_years, d.is_treated, d.days_to_first_treatment,
        o.diagnosis_key as outcome_key, o.is_at_risk_1y, o.is_alive_1y, o.is_deceased_within_1y,
        o.is_at_risk_2y, o.is_alive_2y, o.is_deceased_within_2y,
        o.is_at_risk_5y, o.is_alive_5y, o.is_deceased_within_5y, o.follow_up_days, o.is_censored, o.is_cancer_death,
        p.sex, t.treatment_key, t.agent, t.treatment_class,
        i.study_key, i.series_key, -i.days_from_diagnosis as days_before,
        s.modality, s.scanner, s.slice_thickness_mm, coalesce(s.body_region, u.body_region) as body_region
      from marts.cancer_diagnoses d
      left join marts.outcomes o on o.diagnosis_key = d.diagnosis_key
      left join marts.patients p on p.patient_key = d.patient_key
      left join marts.treatments t on t.diagnosis_key = d.diagnosis_key
      left join marts.diagnosis_imaging i on i.diagnosis_key = d.diagnosis_key
      left join marts.imaging_series s on s.series_key = i.series_key
      left join marts.imaging_studies u on u.study_key = i.study_key`,
    dimensions: {
      first_treatment_class: 'first_treatment_class',
      stage_group: 'stage_group',
      sex: 'sex',
      agent: 'agent',
      modality: 'modality',
      imaging_body_region: 'body_region',
    },
    filters: [
      NONE,
      {
        cube: [
          { member: 'cohort.modality', operator: 'equals', values: ['CT'] },
          { member: 'cohort.slice_thickness_mm', operator: 'lte', values: ['2.5'] },
          { member: 'cohort.imaging_days_before_diagnosis', operator: 'gte', values: ['0'] },
        ],
        sql: `modality = 'CT' and slice_thickness_mm <= 2.5 and days_before >= 0`,
      },
      {
        cube: [
          { member: 'cohort.treatment_class', operator: 'equals', values: ['chemotherapy', 'other'] },
          { member: 'cohort.site_group', operator: 'equals', values: ['lung'] },
        ],
        sql: `treatment_class in ('chemotherapy', 'other') and site_group = 'lung'`,
      },
    ],
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
      select t.treatment_key, t.patient_key, t.treatment_class, t.agent, t.duration_days, t.days_from_diagnosis,
        t.administration_count, t.dose_gy, d.diagnosis_key, d.site_group, d.age_at_diagnosis_years,
        o.diagnosis_key as outcome_key, o.is_at_risk_1y, o.is_alive_1y, o.is_deceased_within_1y,
        o.is_at_risk_2y, o.is_alive_2y, o.is_deceased_within_2y,
        o.is_at_risk_5y, o.is_alive_5y, o.is_deceased_within_5y, o.follow_up_days, o.is_censored, p.sex
      from marts.treatments t
      left join marts.cancer_diagnoses d on d.diagnosis_key = t.diagnosis_key
      left join marts.outcomes o on o.diagnosis_key = d.diagnosis_key
      left join marts.patients p on p.patient_key = t.patient_key`,
    dimensions: { treatment_class: 'treatment_class', site_group: 'site_group', sex: 'sex' },
    filters: [
      NONE,
      {
        cube: [
          { member: 'treatments_and_outcomes.treatment_class', operator: 'notEquals', values: ['surgery'] },
        ],
        sql: `treatment_class <> 'surgery'`,
      },
    ],
    measures: {
      ...treatedOutcomes,
      treatments: count('treatment_key'),
      patients: count('patient_key'),
      diagnoses: count('diagnosis_key'),
      median_age_years: median('diagnosis_key', 'age_at_diagnosis_years'),
      median_duration_days: median('treatment_key', 'duration_days'),
      median_days_from_diagnosis: median('treatment_key', 'days_from_diagnosis'),
      administrations: sum('treatment_key', 'administration_count'),
      median_dose_gy: median('treatment_key', 'dose_gy'),
    },
  },
  lines_of_treatment: {
    flat: `
      select l.line_key, l.patient_key, l.regimen, l.confidence, l.duration_days, l.days_from_diagnosis, l.cycle_count,
        d.diagnosis_key, d.site_group, p.sex
      from marts.treatment_lines l
      left join marts.cancer_diagnoses d on d.diagnosis_key = l.diagnosis_key
      left join marts.patients p on p.patient_key = l.patient_key`,
    dimensions: { regimen: 'regimen', site_group: 'site_group', sex: 'sex' },
    filters: [NONE],
    measures: {
      lines: count('line_key'),
      patients: count('patient_key'),
      diagnoses: count('diagnosis_key'),
      median_duration_days: median('line_key', 'duration_days'),
      median_days_from_diagnosis: median('line_key', 'days_from_diagnosis'),
      cycles: sum('line_key', 'cycle_count'),
    },
  },
  disease_course: {
    flat: `
      select s.status_key, s.patient_key, s.status_group, s.has_conflict, d.diagnosis_key, d.site_group
      from marts.disease_status s left join marts.cancer_diagnoses d on d.diagnosis_key = s.diagnosis_key`,
    dimensions: { status_group: 'status_group', site_group: 'site_group' },
    filters: [NONE],
    measures: {
      statements: count('status_key'),
      patients: count('patient_key'),
      diagnoses: count('diagnosis_key'),
      statements_in_conflict: count('status_key', 'has_conflict', ['has_conflict']),
    },
  },
  radiotherapy: {
    flat: `
      select v.radiotherapy_volume_key, v.treatment_key, v.patient_key, v.dose_gy, v.location_display, d.diagnosis_key,
        d.site_group
      from marts.radiotherapy_volumes v
      left join marts.treatments t on t.treatment_key = v.treatment_key
      left join marts.cancer_diagnoses d on d.diagnosis_key = t.diagnosis_key`,
    dimensions: { location_display: 'location_display', site_group: 'site_group' },
    filters: [NONE],
    measures: {
      volumes: count('radiotherapy_volume_key'),
      courses: count('treatment_key'),
      patients: count('patient_key'),
      diagnoses: count('diagnosis_key'),
      median_dose_gy: median('radiotherapy_volume_key', 'dose_gy'),
    },
  },
  treatment_evidence: {
    flat: `
      select r.record_table || r.record_key || r.treatment_key as record, r.patient_key, r.is_counted, r.source, t.treatment_key
      from marts.treatment_records r left join marts.treatments t on t.treatment_key = r.treatment_key`,
    dimensions: { source: 'source' },
    filters: [NONE],
    measures: {
      records: count('record'),
      counted_records: count('record', 'is_counted', ['is_counted']),
      patients: count('patient_key'),
      treatments: count('treatment_key'),
    },
  },
  imaging: {
    flat: `
      select s.series_key, s.study_key, s.patient_key, s.modality, s.scanner, s.slice_thickness_mm, s.ctdi_vol_mgy,
        s.instance_count, u.study_key as joined_study_key, u.link_status, u.body_region, p.sex
      from marts.imaging_series s
      left join marts.imaging_studies u on u.study_key = s.study_key
      left join marts.patients p on p.patient_key = u.patient_key`,
    dimensions: { modality: 'modality', scanner: 'scanner', study_body_region: 'body_region', sex: 'sex' },
    filters: [
      NONE,
      { cube: [{ member: 'imaging.modality', operator: 'equals', values: ['CT'] }], sql: `modality = 'CT'` },
    ],
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
    flat: `select study_key || source as link_key, status, rule from marts.imaging_links`,
    dimensions: { status: 'status', rule: 'rule' },
    filters: [NONE],
    measures: {
      studies: count('link_key'),
      linked: count('link_key', `status = 'linked'`, ['status']),
      share_linked: share('link_key', `status = 'linked'`, 'true', ['status']),
    },
  },
  pathology: {
    flat: `
      select l.slide_key, l.patient_key, l.pixel_spacing_um, l.stain, p.sex
      from marts.pathology_slides l left join marts.patients p on p.patient_key = l.patient_key`,
    dimensions: { stain: 'stain', sex: 'sex' },
    filters: [NONE],
    measures: {
      slides: count('slide_key'),
      patients: count('patient_key'),
      median_pixel_spacing_um: median('slide_key', 'pixel_spacing_um'),
    },
  },
  labs: {
    flat: `
      select r.lab_result_key, r.patient_key, r.is_abnormal, r.value_number, r.code_display, r.loinc_code, p.sex
      from marts.lab_results r left join marts.patients p on p.patient_key = r.patient_key`,
    dimensions: { loinc_code: 'loinc_code', sex: 'sex' },
    filters: [
      NONE,
      { cube: [{ member: 'labs.is_abnormal', operator: 'equals', values: ['true'] }], sql: 'is_abnormal' },
    ],
    measures: {
      results: count('lab_result_key'),
      patients: count('patient_key'),
      abnormal_results: count('lab_result_key', 'is_abnormal', ['is_abnormal']),
      median_value: median('lab_result_key', 'value_number'),
    },
  },
  journey: {
    flat: `
      select e.event_key, e.patient_key, e.event_type, p.sex
      from marts.patient_events e left join marts.patients p on p.patient_key = e.patient_key`,
    dimensions: { event_type: 'event_type', sex: 'sex' },
    filters: [NONE],
    measures: { events: count('event_key'), patients: count('patient_key') },
  },
  population: {
    flat: `select patient_key, sex, is_deceased, has_cancer, has_imaging from marts.patients`,
    dimensions: { sex: 'sex', has_cancer: 'has_cancer' },
    filters: [NONE],
    measures: {
      patients: count('patient_key'),
      deceased: count('patient_key', 'is_deceased', ['is_deceased']),
      patients_with_cancer: count('patient_key', 'has_cancer', ['has_cancer']),
      patients_with_imaging: count('patient_key', 'has_imaging', ['has_imaging']),
    },
  },
  visits: {
    flat: `
      select e.encounter_key, e.patient_key, e.encounter_class, e.length_of_stay_days, p.sex
      from marts.encounters e left join marts.patients p on p.patient_key = e.patient_key`,
    dimensions: { encounter_class: 'encounter_class', sex: 'sex' },
    filters: [NONE],
    measures: {
      encounters: count('encounter_key'),
      patients: count('patient_key'),
      median_length_of_stay_days: median('encounter_key', 'length_of_stay_days'),
    },
  },
  stage_evidence: {
    flat: `
      select a.stage_key, a.patient_key, a.item, a.is_repeat, a.has_conflict, d.diagnosis_key, d.site_group
      from marts.stage_assessments a left join marts.cancer_diagnoses d on d.diagnosis_key = a.diagnosis_key`,
    dimensions: { item: 'item', site_group: 'site_group' },
    filters: [NONE],
    measures: {
      statements: count('stage_key'),
      distinct_statements: count('stage_key', 'not is_repeat', ['is_repeat']),
      statements_in_conflict: count('stage_key', 'has_conflict', ['has_conflict']),
      patients: count('patient_key'),
      diagnoses: count('diagnosis_key'),
    },
  },
  tumor_evidence: {
    flat: `
      select c.condition_key, c.patient_key, c.role, d.diagnosis_key, d.site_group,
        c.diagnosis_key is null as is_unassigned
      from marts.tumor_conditions c left join marts.cancer_diagnoses d on d.diagnosis_key = c.diagnosis_key`,
    dimensions: { role: 'role', diagnosis_site_group: 'site_group' },
    filters: [NONE],
    measures: {
      conditions: count('condition_key'),
      patients: count('patient_key'),
      diagnoses: count('diagnosis_key'),
      conditions_without_tumor: count('condition_key', 'is_unassigned', ['is_unassigned']),
    },
  },
  data_quality: {
    flat: `select finding_key, check_name, severity, record_count from marts.data_quality`,
    dimensions: { severity: 'severity' },
    filters: [NONE],
    measures: { findings: count('finding_key'), records_concerned: sum('finding_key', 'record_count') },
  },
  refreshes: {
    flat: `select * from marts.refresh_runs`,
    dimensions: { status: 'status' },
    filters: [NONE],
    measures: {
      runs: count('run_id'),
      new_records: sum('run_id', 'records_new'),
      changed_records: sum('run_id', 'records_changed'),
      quarantined_records: sum('run_id', 'records_quarantined'),
      median_duration_seconds: median('run_id', 'duration_seconds'),
    },
  },
};

/** One row per value of the dimension (one row without), with the column `value`. */
export function referenceSql(
  view: ReferenceView,
  measure: ReferenceMeasure,
  dimension: string | undefined,
  filter: string,
): string {
  const group = dimension === undefined ? `'all'` : (view.dimensions[dimension] ?? dimension);
  const columns = [`${group} as grp`, measure.entity, ...(measure.reads ?? [])];
  return `
    with flat as (${view.flat}),
    entity as (select distinct ${[...new Set(columns)].join(', ')} from flat where ${filter})
    ${
      measure.lists === undefined
        ? `select grp::varchar as grp, ${measure.aggregate} as value from entity group by grp`
        : `
    select grp::varchar as grp, ${measure.aggregate} as value
    from (select grp, ${Object.entries(measure.lists)
      .map(([name, list]) => `${list} as ${name}`)
      .join(', ')} from entity group by grp)`
    }`;
}
