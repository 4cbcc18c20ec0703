import { count, median, sum } from './measure.ts';
import { ofPerson, type ReferenceView, same } from './view.ts';

/** Views over records of every kind, persons, and the warehouse itself. */
export const recordViews: Readonly<Record<string, ReferenceView>> = {
  labs: {
    flat: ofPerson('lab_results'),
    dimensions: same(
      'loinc_code',
      'lab_group',
      'unit',
      'interpretation',
      'is_abnormal',
      'status',
      'sex',
      'has_cancer',
    ),
    numbers: same('value_number'),
    times: same('result_date'),
    segments: { abnormal: 'is_abnormal', numeric: 'value_number is not null and comparator is null' },
    measures: {
      results: count('lab_result_key'),
      patients: count('patient_key'),
      abnormal_results: count('lab_result_key', 'is_abnormal', ['is_abnormal']),
      median_value: median('lab_result_key', 'value_number'),
    },
  },
  coverage: {
    flat: ofPerson('coverages'),
    dimensions: same(
      'payer_kind',
      'payer_kind_source',
      'plan_type',
      'status',
      'is_open_ended',
      'sex',
      'has_cancer',
    ),
    times: same('start_date', 'end_date'),
    measures: { coverages: count('coverage_key'), patients: count('patient_key') },
  },
  journey: {
    flat: `
      select e.*, p.sex, p.has_cancer, p.has_imaging
      from marts.patient_events e left join marts.patients p on p.patient_key = e.patient_key`,
    dimensions: same('event_type', 'event_class', 'title', 'is_contact', 'sex', 'has_cancer', 'has_imaging'),
    times: same('event_date', 'end_date'),
    measures: { events: count('event_key'), patients: count('patient_key') },
  },
  population: {
    flat: `select * from marts.patients`,
    dimensions: same('sex', 'race', 'ethnicity', 'state', 'is_deceased', 'has_cancer', 'has_imaging'),
    numbers: same('birth_year', 'encounter_count'),
    times: same('first_event_date', 'last_contact_date'),
    segments: { with_cancer: 'has_cancer' },
    measures: {
      patients: count('patient_key'),
      deceased: count('patient_key', 'is_deceased', ['is_deceased']),
      patients_with_cancer: count('patient_key', 'has_cancer', ['has_cancer']),
      patients_with_imaging: count('patient_key', 'has_imaging', ['has_imaging']),
    },
  },
  visits: {
    flat: ofPerson('encounters'),
    dimensions: same(
      'encounter_class',
      'type_display',
      'service_type',
      'status',
      'source',
      'sex',
      'has_cancer',
    ),
    numbers: same('length_of_stay_days'),
    times: same('start_date', 'end_date'),
    measures: {
      encounters: count('encounter_key'),
      patients: count('patient_key'),
      median_length_of_stay_days: median('encounter_key', 'length_of_stay_days'),
    },
  },
  data_quality: {
    flat: `select * from marts.data_quality`,
    dimensions: same('severity', 'check_name', 'subject_table', 'subject', 'source', 'description'),
    segments: { errors: `severity = 'error'`, to_look_at: `severity = 'error' or severity = 'warning'` },
    measures: { findings: count('finding_key'), records_concerned: sum('finding_key', 'record_count') },
  },
  refreshes: {
    flat: `select * from marts.refresh_runs`,
    dimensions: same('status', 'run_id'),
    numbers: same('duration_seconds', 'snapshot'),
    times: { started_at: 'started_at::timestamp', finished_at: 'finished_at::timestamp' },
    measures: {
      runs: count('run_id'),
      new_records: sum('run_id', 'records_new'),
      changed_records: sum('run_id', 'records_changed'),
      quarantined_records: sum('run_id', 'records_quarantined'),
      median_duration_seconds: median('run_id', 'duration_seconds'),
    },
  },
};
