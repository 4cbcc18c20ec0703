import type { FixtureRows } from './publish-fixture.ts';
import { uuid } from './uuid.ts';

/** Tumours in every snapshot of `numbered`. */
export const NUMBERED_TUMOURS = 40;

/** Every table carries the number of its snapshot: diagnosis_year in one, follow_up_days in the other. */
export function numbered(number: number): FixtureRows {
  const keys = Array.from({ length: NUMBERED_TUMOURS }, (_, index) => index + 1);
  return {
    cancer_diagnoses: keys.map((key) => ({
      diagnosis_key: uuid(2, key),
      patient_key: uuid(1, key),
      tumor_number: 1,
      site_group: 'lung',
      diagnosis_date: '2020-01-01',
      diagnosis_year: number,
      has_stage_conflict: false,
      condition_count: 1,
      is_treated: false,
    })),
    outcomes: keys.map((key) => ({
      diagnosis_key: uuid(2, key),
      patient_key: uuid(1, key),
      vital_status: 'alive',
      is_deceased: false,
      follow_up_days: number,
      is_at_risk_1y: false,
      is_at_risk_5y: false,
    })),
  };
}
