import type { FixtureRow, FixtureRows } from './publish-fixture.ts';
import { makeTumorRows } from './tumor-rows.ts';
import { uuid } from './uuid.ts';

/** Small coherent rows for every mart, from a seed: tumours, treatments, outcomes and imaging of 90 persons. */
export function makeFixtureRows(seed = 7, persons = 90): FixtureRows {
  const random = mulberry(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const rows: Record<string, FixtureRow[]> = {
    patients: [],
    cancer_diagnoses: [],
    outcomes: [],
    treatments: [],
    treatment_records: [],
    radiotherapy_volumes: [],
    treatment_lines: [],
    treatment_line_agents: [],
    disease_status: [],
    imaging_studies: [],
    imaging_series: [],
    diagnosis_imaging: [],
    imaging_links: [],
    patient_events: [],
    encounters: [],
    lab_results: [],
    pathology_slides: [],
    stage_assessments: [],
    diagnosis_dates: [],
    biopsy_episodes: [],
    biopsy_findings: [],
    biomarkers: [],
    variants: [],
    performance_status: [],
    tumor_conditions: [],
  };
  const add = (mart: string, row: FixtureRow): void => void rows[mart]?.push(row);

  for (let person = 1; person <= persons; person += 1) {
    const patientKey = uuid(1, person);
    const tumours = person % 7 === 0 ? 2 : person % 11 === 0 ? 0 : 1;
    const studies = between(0, 4);
    // A few tumours and images belong to persons without a Patient record.
    if (person % 13 !== 0) {
      add('patients', {
        patient_key: patientKey,
        sex: pick(['female', 'male', 'unknown', null]),
        is_deceased: person % 3 === 0,
        has_cancer: tumours > 0,
        has_imaging: studies > 0,
        cancer_diagnosis_count: tumours,
        imaging_study_count: studies,
        encounter_count: 1,
        patient_record_count: 1,
      });
    }
    const diagnoses = Array.from({ length: tumours }, (_, index) => ({
      key: uuid(2, person * 10 + index),
      date: addDays('2019-01-01', between(0, 900)),
    }));
    diagnoses.forEach(({ key, date }, index) => {
      const isTreated = random() < 0.8;
      const firstClass = pick(['surgery', 'chemotherapy', 'immunotherapy', 'radiotherapy']);
      const age = random() < 0.9 ? between(30, 89) : null;
      const daysToFirst = isTreated ? between(0, 120) : null;
      add('cancer_diagnoses', {
        diagnosis_key: key,
        patient_key: patientKey,
        tumor_number: index + 1,
        site_group: pick(['lung', 'lung', 'breast', 'colorectal']),
        histology_group: pick(['adenocarcinoma', 'squamous cell carcinoma', null]),
        stage_group: pick(['I', 'II', 'III', 'IV', null]),
        diagnosis_date: date,
        diagnosis_year: Number(date.slice(0, 4)),
        age_at_diagnosis_years: age,
        age_band: age === null ? 'unknown' : age < 50 ? '40-49' : age < 70 ? '60-69' : '70-79',
        has_stage_conflict: false,
        condition_count: 1,
        first_treatment_class: isTreated ? firstClass : null,
        first_treatment_agent: firstClass === 'chemotherapy' && isTreated ? 'cisplatin' : null,
        first_treatment_date: daysToFirst === null ? null : addDays(date, daysToFirst),
        days_to_first_treatment: daysToFirst,
        is_treated: isTreated,
      });
      for (const item of ['group', 't'].slice(0, between(0, 2))) {
        add('stage_assessments', {
          stage_key: uuid(13, person * 100 + index * 10 + item.length),
          patient_key: patientKey,
          diagnosis_key: random() < 0.8 ? key : null,
          stage_source: 'observation',
          record_key: key,
          item,
          stage_raw: 'IIIA',
          is_repeat: person % 4 === 1,
          has_conflict: person % 6 === 0,
          source: 'ehr',
        });
      }
      for (const role of ['primary', 'suspected'].slice(0, between(1, 2))) {
        add('tumor_conditions', {
          condition_key: uuid(14, person * 100 + index * 10 + role.length),
          patient_key: patientKey,
          diagnosis_key: role === 'primary' ? key : null,
          role,
          site_group: 'lung',
          source: 'ehr',
        });
      }
      for (const [mart, row] of makeTumorRows(person, index, patientKey, { key, date })) add(mart, row);
      const followUp = between(10, 2500);
      const isDeceased = random() < 0.5;
      const horizon = (days: number): readonly [boolean, boolean | null, boolean | null] => {
        if (followUp >= days) return [true, true, false];
        return isDeceased ? [true, false, true] : [false, null, null];
      };
      const [atRisk1, alive1, dead1] = horizon(365);
      const [atRisk2, alive2, dead2] = horizon(730);
      const [atRisk5, alive5, dead5] = horizon(1826);
      add('outcomes', {
        diagnosis_key: key,
        patient_key: patientKey,
        diagnosis_date: date,
        vital_status: isDeceased ? 'deceased' : 'alive',
        is_deceased: isDeceased,
        follow_up_days: followUp,
        is_censored: !isDeceased,
        is_cancer_death: isDeceased && person % 2 === 0 ? true : null,
        has_death_conflict: false,
        has_contact_after_death: false,
        days_to_death: isDeceased ? followUp : null,
        is_at_risk_1y: atRisk1,
        is_alive_1y: alive1,
        is_deceased_within_1y: dead1,
        is_at_risk_2y: atRisk2,
        is_alive_2y: alive2,
        is_deceased_within_2y: dead2,
        is_at_risk_5y: atRisk5,
        is_alive_5y: alive5,
        is_deceased_within_5y: dead5,
      });
      const lines = isTreated ? between(0, 2) : 0;
      for (let line = 1; line <= lines; line += 1) {
        add('treatment_lines', {
          line_key: uuid(15, person * 100 + index * 10 + line),
          patient_key: patientKey,
          diagnosis_key: random() < 0.9 ? key : null,
          line_number: line,
          regimen: pick(['FOLFOX', 'cisplatin']),
          confidence: pick(['high', 'low']),
          duration_days: between(0, 200),
          days_from_diagnosis: between(0, 400),
          cycle_count: random() < 0.8 ? between(1, 9) : null,
          treatment_count: 1,
        });
      }
      for (const status of ['improved', 'progression'].slice(0, between(0, 2))) {
        add('disease_status', {
          status_key: uuid(16, person * 100 + index * 10 + status.length),
          patient_key: patientKey,
          diagnosis_key: random() < 0.8 ? key : null,
          disease_status: status,
          status_group: status,
          has_conflict: random() < 0.2,
          record_count: 1,
        });
      }
      const episodes = isTreated ? between(1, 3) : 0;
      for (let episode = 0; episode < episodes; episode += 1) {
        const treatmentKey = uuid(3, person * 100 + index * 10 + episode);
        for (let record = 0; record < between(1, 2); record += 1) {
          add('treatment_records', {
            treatment_key: treatmentKey,
            record_table: 'staging.procedure',
            record_key: uuid(17, person * 1000 + index * 100 + episode * 10 + record),
            patient_key: patientKey,
            source: pick(['ehr', 'pharmacy']),
            source_type: 'procedure',
            is_counted: record === 0,
          });
        }
        const treatmentClass = episode === 0 ? firstClass : pick(['surgery', 'chemotherapy', 'other']);
        add('treatments', {
          treatment_key: treatmentKey,
          patient_key: patientKey,
          diagnosis_key: key,
          diagnosis_link: 'reference',
          treatment_class: treatmentClass,
          agent: treatmentClass === 'chemotherapy' ? pick(['cisplatin', 'carboplatin']) : null,
          start_date: addDays(date, (daysToFirst ?? 0) + episode * 30),
          duration_days: between(0, 200),
          days_from_diagnosis: (daysToFirst ?? 0) + episode * 30,
          administration_count: treatmentClass === 'chemotherapy' ? between(1, 8) : null,
          dose_gy: treatmentClass === 'radiotherapy' ? between(20, 70) + 0.5 : null,
          record_count: 1,
          source_type: 'procedure',
          source: 'ehr',
        });
        for (let volume = 0; treatmentClass === 'radiotherapy' && volume < between(0, 2); volume += 1) {
          add('radiotherapy_volumes', {
            radiotherapy_volume_key: uuid(18, person * 1000 + index * 100 + episode * 10 + volume),
            treatment_key: treatmentKey,
            patient_key: patientKey,
            location_display: pick(['Lung', 'Lymph node']),
            dose_gy: random() < 0.9 ? between(20, 70) + 0.5 : null,
            has_dose_conflict: false,
          });
        }
      }
    });
    addImaging(person, patientKey, studies, diagnoses);
    addRecord(person, patientKey, diagnoses);
  }
  rows['data_quality'] = [
    {
      finding_key: uuid(9, 1),
      check_name: 'unmapped-cancer-site',
      severity: 'warning',
      subject_table: 'marts.cancer_diagnoses',
      record_count: 4,
      description: 'The code names no site.',
    },
    {
      finding_key: uuid(9, 2),
      check_name: 'series-disagreement',
      severity: 'info',
      subject_table: 'marts.imaging_series',
      record_count: 2,
      description: 'Instances disagree.',
    },
  ];
  rows['refresh_runs'] = [
    {
      run_id: 'r1',
      started_at: '2024-05-01T01:00:00Z',
      finished_at: '2024-05-01T01:02:00Z',
      duration_seconds: 120,
      status: 'published',
      snapshot: 1,
      records_new: 100,
      records_changed: 5,
      records_deleted: 0,
      records_quarantined: 1,
    },
  ];
  return rows;

  function addImaging(
    person: number,
    patientKey: string,
    studies: number,
    diagnoses: readonly { key: string; date: string }[],
  ): void {
    for (let study = 0; study < studies; study += 1) {
      const studyKey = uuid(4, person * 10 + study);
      const base = diagnoses[0]?.date ?? '2020-01-01';
      const date = addDays(base, pick([-90, -61, -60, -30, -1, 0, 0, 1, 40]));
      const region = pick(['chest', 'chest', 'abdomen', null]);
      const isLinked = random() < 0.9;
      add('imaging_studies', {
        study_key: studyKey,
        patient_key: patientKey,
        is_in_dicom: true,
        is_in_fhir: random() < 0.5,
        link_status: isLinked ? 'linked' : 'unlinked',
        study_date: date,
        primary_modality: 'CT',
        body_region: region,
        instance_count: 20,
        dicom_series_count: 2,
        dicom_instance_count: 20,
        has_segmentation: false,
      });
      add('imaging_links', {
        study_key: studyKey,
        source: 'pacs',
        patient_key: patientKey,
        status: isLinked ? 'linked' : 'unlinked',
        rule: 'mrn',
        confidence: 1,
        reason: 'issuer and patient id agree',
        is_in_fhir: false,
        instance_count: 20,
      });
      const seriesCount = between(1, 3);
      for (let series = 0; series < seriesCount; series += 1) {
        const seriesKey = uuid(5, person * 100 + study * 10 + series);
        add('imaging_series', {
          series_key: seriesKey,
          study_key: studyKey,
          patient_key: patientKey,
          is_in_dicom: true,
          is_in_fhir: false,
          series_date: date,
          modality: pick(['CT', 'CT', 'PT', 'MR']),
          // Some series say nothing of the region: then the study speaks.
          body_region: random() < 0.5 ? region : null,
          scanner: pick(['Siemens SOMATOM', 'GE Revolution']),
          slice_thickness_mm: pick([1, 2, 2.5, 2.5, 3, 5, null]),
          instance_count: between(10, 30),
          has_disagreement: false,
        });
        for (const diagnosis of diagnoses) {
          add('diagnosis_imaging', {
            diagnosis_key: diagnosis.key,
            series_key: seriesKey,
            study_key: studyKey,
            patient_key: patientKey,
            days_from_diagnosis: daysBetween(diagnosis.date, date),
          });
        }
      }
    }
  }

  function addRecord(
    person: number,
    patientKey: string,
    diagnoses: readonly { key: string; date: string }[],
  ): void {
    add('encounters', {
      encounter_key: uuid(6, person),
      patient_key: patientKey,
      encounter_class: pick(['ambulatory', 'inpatient']),
      start_date: '2020-03-04',
      length_of_stay_days: between(0, 9),
      source: 'ehr',
    });
    add('lab_results', {
      lab_result_key: uuid(7, person),
      observation_key: uuid(7, person),
      patient_key: patientKey,
      loinc_code: '718-7',
      lab_group: 'blood count',
      result_date: '2020-03-04',
      value_number: between(80, 160) / 10,
      unit: 'g/dL',
      is_abnormal: random() < 0.3,
      source: 'ehr',
    });
    if (person % 4 === 0) {
      add('pathology_slides', {
        slide_key: uuid(8, person),
        study_key: uuid(4, person * 10),
        series_key: uuid(5, person * 100),
        patient_key: patientKey,
        specimen_count: 1,
        level_count: 4,
        instance_count: 4,
        series_count: 1,
        has_label: true,
        has_overview: false,
        pixel_spacing_um: 0.25,
        magnification: 40,
        stain: 'hematoxylin and eosin',
      });
    }
    diagnoses.forEach(({ key, date }, index) => {
      add('patient_events', {
        event_key: uuid(10, person * 10 + index),
        patient_key: patientKey,
        event_date: date,
        event_precision: 'day',
        event_type: 'diagnosis',
        event_class: 'lung',
        title: 'Malignant tumor',
        is_contact: true,
        source_table: 'marts.cancer_diagnoses',
        source_key: key,
      });
    });
    add('patient_events', {
      event_key: uuid(11, person),
      patient_key: patientKey,
      event_date: '2020-03-04',
      event_precision: 'day',
      event_type: 'lab result',
      event_class: 'blood count',
      title: 'Hemoglobin',
      code: '718-7',
      is_contact: true,
      source_table: 'marts.lab_results',
      source_key: uuid(7, person),
    });
  }
}

function addDays(date: string, days: number): string {
  const time = Date.parse(`${date}T00:00:00Z`) + days * 86_400_000;
  return new Date(time).toISOString().slice(0, 10);
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
