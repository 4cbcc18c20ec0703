import type { FixtureRow } from './publish-fixture.ts';
import { uuid } from './uuid.ts';

/** Biopsies, dates of diagnosis, markers, variants and performance status of one tumour; a few of none. */
export function makeTumorRows(
  person: number,
  index: number,
  patientKey: string,
  diagnosis: { readonly key: string; readonly date: string },
): readonly (readonly [mart: string, row: FixtureRow])[] {
  const number = person * 10 + index;
  const owner = { patient_key: patientKey, source: 'ehr', rule_version: 'test' };
  const tumor = { ...owner, diagnosis_key: number % 5 === 0 ? null : diagnosis.key };
  const result = ['malignant', 'benign_coded', 'no_cancer_180d', 'unknown'][number % 4] ?? 'unknown';
  const hasSuspicion = number % 3 > 0;
  const biopsyKey = uuid(20, number);
  return [
    ...[0, 70].slice(0, 1 + (number % 2)).map((days): readonly [string, FixtureRow] => [
      'diagnosis_dates',
      {
        ...owner,
        diagnosis_key: diagnosis.key,
        diagnosis_date_key: uuid(21, number * 100 + days),
        date_source: days === 0 ? 'biopsy' : 'onset',
        diagnosis_date: diagnosis.date,
        days_from_preferred: days,
        is_plausible: true,
        is_preferred: days === 0,
        record_table: 'staging.condition',
        record_key: uuid(22, number),
      },
    ]),
    [
      'biopsy_episodes',
      {
        ...tumor,
        biopsy_key: biopsyKey,
        biopsy_date: diagnosis.date,
        site_group: number % 2 === 0 ? 'lung' : 'breast',
        result,
        has_conflict: number % 7 === 0,
        has_suspicion: hasSuspicion,
        is_false_positive: hasSuspicion && result === 'benign_coded',
        is_false_positive_proxy: hasSuspicion && result === 'no_cancer_180d',
        procedure_count: 1,
        specimen_count: 0,
        record_count: 2,
      },
    ],
    ...['taken', 'report'].slice(0, 1 + (number % 2)).map((evidence): readonly [string, FixtureRow] => [
      'biopsy_findings',
      {
        ...tumor,
        biopsy_finding_key: uuid(23, number * 10 + evidence.length),
        biopsy_key: biopsyKey,
        site_group: 'lung',
        evidence,
        is_decisive: evidence === 'report',
        record_table: 'staging.procedure',
        record_key: uuid(22, number),
      },
    ]),
    ...['ER', 'PD-L1', 'PSA'].slice(0, 1 + (number % 3)).map((analyte): readonly [string, FixtureRow] => [
      'biomarkers',
      {
        ...tumor,
        biomarker_key: uuid(24, number * 10 + analyte.length),
        observation_key: uuid(22, number),
        analyte,
        result: analyte === 'ER' ? 'positive' : null,
        value_number: analyte === 'ER' ? null : number % 100,
        has_conflict: false,
        is_repeat: number % 4 === 1,
      },
    ]),
    [
      'variants',
      {
        ...tumor,
        variant_key: uuid(25, number),
        presence: number % 3 === 0 ? 'absent' : 'present',
        gene: 'EGFR',
        has_conflict: false,
        is_repeat: number % 4 === 1,
      },
    ],
    [
      'performance_status',
      {
        ...tumor,
        performance_status_key: uuid(26, number),
        scale: number % 2 === 0 ? 'ECOG' : 'KPS',
        score: number % 2 === 0 ? number % 5 : 90,
        has_conflict: false,
        is_repeat: false,
      },
    ],
  ];
}
