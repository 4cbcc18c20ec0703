import type { FixtureRow, FixtureRows } from '../cube/publish-fixture.ts';

/** What is true of one published snapshot, counted from its rows without a database. */
export interface Facts {
  readonly patients: number;
  readonly women: number;
  readonly tumours: number;
  /** Tumours by site, sorted by its name. */
  readonly sites: readonly (readonly [site: string, tumours: number])[];
  readonly series: number;
  /** Keys of the patients, sorted. */
  readonly patientKeys: readonly string[];
  readonly results: number;
  /** Laboratory results above a value. */
  resultsAbove(value: number): number;
}

export function factsOf(rows: FixtureRows): Facts {
  const table = (name: string): readonly FixtureRow[] => rows[name] ?? [];
  const sites = new Map<string, number>();
  for (const row of table('cancer_diagnoses')) {
    const site = String(row['site_group']);
    sites.set(site, (sites.get(site) ?? 0) + 1);
  }
  const values = table('lab_results').map((row) => Number(row['value_number']));
  return {
    patients: table('patients').length,
    women: table('patients').filter((row) => row['sex'] === 'female').length,
    tumours: table('cancer_diagnoses').length,
    sites: [...sites].sort(([a], [b]) => (a < b ? -1 : 1)),
    series: table('imaging_series').length,
    patientKeys: table('patients')
      .map((row) => String(row['patient_key']))
      .sort(),
    results: values.length,
    resultsAbove: (value) => values.filter((each) => each > value).length,
  };
}

/** Which snapshots a reader may see while others are published. */
export interface Publications {
  /** Number of the newest that was published whole. */
  finished: number;
  /** Number of the newest that somebody has begun to publish. */
  begun: number;
  readonly facts: Map<number, Facts>;
}

/** The facts of the snapshots that an answer may be of: that which it names, or each that was current since `from` was. */
export function possibleFacts(
  { begun, facts }: Publications,
  from: number,
  snapshot?: number,
): readonly Facts[] {
  return [...facts]
    .filter(([number]) => number >= from && number <= begun && number === (snapshot ?? number))
    .map(([, each]) => each);
}
