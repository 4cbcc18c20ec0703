import { makeFixtureRows } from '../cube/fixture-rows.ts';
import type { FixtureRow, FixtureRows } from '../cube/publish-fixture.ts';
import { uuid } from '../cube/uuid.ts';

export const MARY = uuid(1, 7000);

/** A cohort large enough for a chart, and one patient with a life of events. */
export function makeMaryRows(): FixtureRows {
  const rows = makeFixtureRows(5, 700);
  const events = maryEvents();
  return {
    ...rows,
    patients: [
      ...(rows['patients'] ?? []),
      {
        patient_key: MARY,
        sex: 'female',
        birth_year: 1963,
        is_deceased: false,
        last_contact_date: '2026-06-23',
        has_cancer: true,
        has_imaging: true,
        cancer_diagnosis_count: 1,
        imaging_study_count: 4,
        encounter_count: 40,
        patient_record_count: 1,
      },
    ],
    cancer_diagnoses: [
      ...(rows['cancer_diagnoses'] ?? []),
      {
        diagnosis_key: uuid(2, 7000),
        patient_key: MARY,
        tumor_number: 1,
        site_group: 'lung',
        histology_group: 'adenocarcinoma',
        stage_group: 'III',
        stage_subgroup: 'IIIA',
        diagnosis_date: '2025-09-22',
        diagnosis_year: 2025,
        age_at_diagnosis_years: 62,
        age_band: '60-69',
        has_stage_conflict: false,
        condition_count: 1,
        is_treated: true,
      },
    ],
    patient_events: [...(rows['patient_events'] ?? []), ...events],
  };
}

type Event = readonly [date: string, type: string, kind: string | null, title: string, end?: string];

function maryEvents(): readonly FixtureRow[] {
  const events: Event[] = [
    ['1963-04-17', 'birth', null, 'Birth'],
    ['2018-05-02', 'immunization', null, 'Influenza, seasonal, injectable'],
    ['2021-03-11', 'condition', 'other', 'Essential hypertension'],
    ['2025-09-03', 'condition', 'suspected', 'Suspected lung cancer'],
    ['2025-09-02', 'imaging', 'CT', 'CT of chest'],
    ['2025-09-16', 'procedure', null, 'Percutaneous needle biopsy of lung'],
    ['2025-09-16', 'specimen', null, 'Tissue specimen from lung'],
    ['2025-09-18', 'pathology slide', 'SM', 'Hematoxylin and eosin'],
    ['2025-09-18', 'pathology slide', 'SM', 'Thyroid transcription factor 1'],
    ['2025-09-18', 'imaging', 'SM', 'Slide microscopy'],
    ['2025-09-22', 'diagnosis', 'lung', 'Adenocarcinoma of right upper lobe'],
    ['2025-10-01', 'imaging', 'PT', 'PET/CT'],
    ['2025-10-13', 'treatment', 'chemotherapy', 'Cisplatin', '2025-11-24'],
    ['2025-10-13', 'treatment', 'chemotherapy', 'Etoposide', '2025-11-24'],
    ['2025-10-13', 'treatment', 'radiotherapy', 'External beam radiotherapy', '2025-11-26'],
    ['2025-12-18', 'imaging', 'CT', 'CT of chest'],
    ['2026-01-05', 'treatment', 'immunotherapy', 'Durvalumab', '2026-06-20'],
    ['2026-06-09', 'imaging', 'PT', 'PET/CT'],
  ];
  for (let week = 0; week < 38; week += 1) {
    const date = new Date(Date.UTC(2025, 9, 6) + week * 7 * 86_400_000).toISOString().slice(0, 10);
    const tests = ['Hemoglobin', 'Leukocytes', 'Platelets', 'Creatinine'].slice(0, 1 + (week % 4));
    for (const name of tests) events.push([date, 'lab result', 'blood count', name]);
    if (week % 2 === 0) events.push([date, 'encounter', 'ambulatory', 'Oncology visit']);
  }
  for (let year = 1990; year < 2025; year += 1)
    events.push([`${year}-02-10`, 'encounter', 'ambulatory', 'Check up']);
  return events.map(([date, type, kind, title, end], index) => ({
    event_key: uuid(12, index),
    patient_key: MARY,
    event_date: date,
    event_precision: 'day',
    end_date: end ?? null,
    event_type: type,
    event_class: kind,
    title,
    is_contact: true,
    source_table: 'marts.encounters',
    source_key: uuid(12, index),
  }));
}
