import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sqlString } from '../../base/sql-text.ts';
import { ALL_CHANGED, checkMarts } from '../../etl/refresh/check-marts.ts';
import { queryJson } from '../../etl/warehouse/duckdb.ts';
import { makeMarts, openEmptyWarehouse } from './warehouse.ts';

type Kind =
  | 'administration'
  | 'dispense'
  | 'statement'
  | 'order'
  | 'surgery'
  | 'fraction'
  | 'course'
  | 'status';

interface Entry {
  readonly kind: Kind;
  readonly agent: string;
  readonly day: number;
  readonly hasReason: boolean;
}

const history = fc.array(
  fc.record({
    kind: fc.constantFrom<Kind>(
      'administration',
      'administration',
      'dispense',
      'statement',
      'order',
      'surgery',
      'fraction',
      'course',
      'status',
    ),
    agent: fc.constantFrom('cisplatin', 'paclitaxel', 'durvalumab', 'letrozole', 'prednisone', 'aspirin'),
    day: fc.integer({ min: -30, max: 900 }),
    hasReason: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
);

/**
 * Four ways to export one history: as it is; every record twice, as when two exports overlap; in another order; and
 * under other ids.
 */
const EXPORTS: Readonly<Record<string, (entries: readonly string[]) => readonly string[]>> = {
  plain: (rows) => rows,
  twice: (rows) => [...rows, ...rows.map((row) => row.replaceAll(/'id-(\w+)'/g, `'again-$1'`))],
  backwards: (rows) => rows.toReversed(),
  rekeyed: (rows) =>
    rows.map((row) => row.replaceAll(/'id-(\w+?)(\d+)'/g, (_, kind, n) => `'z${9999 - Number(n)}-${kind}'`)),
};

/** What must be the same whoever exports: everything but keys and numbers of records. */
const SUMMARY = `
  select 'treatment' as what, patient_key, concat_ws('|', treatment_class, agent, start_date, end_date, source_type,
    administration_count, intent, diagnosis_link, dose_gy, fraction_count, volume_count, reason_basis, is_open_ended) as text
  from marts.treatments
  union all
  select 'line', patient_key, concat_ws('|', line_number, regimen, agents, started_by, start_date, end_date, cycle_count,
    treatment_count, confidence, confidence_reasons)
  from marts.treatment_lines
  union all
  select 'status', patient_key, concat_ws('|', status_date, disease_status, diagnosis_link, has_conflict)
  from marts.disease_status
  union all
  select 'volume', patient_key, concat_ws('|', dose_gy, fraction_count, has_dose_conflict) from marts.radiotherapy_volumes
  union all
  select 'outcome', patient_key, concat_ws('|', vital_status, follow_up_days, is_alive_1y, is_alive_2y) from marts.outcomes`;

test('duplicate exports, the order of records and other ids change no count', {
  timeout: 120_000,
}, async () => {
  const histories = fc.sample(history, 30);
  const connection = await openEmptyWarehouse();
  for (const [way, exported] of Object.entries(EXPORTS)) {
    const rows = histories.flatMap((entries, index) =>
      exported(writeRows(`${way}-${index}`, index, entries)),
    );
    await connection.run(rows.join(';\n'));
  }
  await makeMarts(connection);
  await checkMarts(connection, ALL_CHANGED);
  const summary = async (way: string): Promise<readonly unknown[]> =>
    queryJson(
      connection,
      `select what, p.n, text from (${SUMMARY}) s
       join (select n, key(${sqlString(`${way}-`)} || n) as patient_key from range(${histories.length}) t(n)) p
         using (patient_key)
       order by all`,
    );
  const plain = await summary('plain');
  expect(plain.length).toBeGreaterThan(150);
  for (const way of ['twice', 'backwards', 'rekeyed']) expect(await summary(way), way).toEqual(plain);
  connection.closeSync();
});

/** Inserts for one person: ids are `id-<kind><number>`, so that an export can write them otherwise. */
function writeRows(person: string, index: number, entries: readonly Entry[]): readonly string[] {
  const owner = `key(${sqlString(person)}) as patient_key, 'ehr' as source`;
  const key = (name: string): string => `md5(${sqlString(person)} || 'id-${name}')::uuid`;
  const id = (kind: string, number: number): string => key(`${kind}${number}`);
  const condition = (number: number): string => `
    insert into staging.condition by name select ${id('c', number)} as condition_key, ${owner},
      'confirmed' as verification_status, ${number === 0 ? `'254637007'` : `'254837009'`} as snomed_code,
      ${number === 0 ? `'254637007'` : `'254837009'`} as code, 'http://snomed.info/sct' as code_system,
      date '2020-01-01' as onset_date, 'day' as onset_precision, [] as profiles`;
  const rows = entries.map(({ kind, agent, day, hasReason }, number) => {
    const date = `date '2020-01-01' + ${day}`;
    const reason = hasReason ? id('c', 0) : 'null::uuid';
    const drug = (table: string, column: string): string => `
      insert into staging.medication_${table} by name select ${id(table, number)} as medication_${table}_key, ${owner},
        ${sqlString(agent)} as medication_display, ${date} as ${column}_date, 'day' as ${column}_precision,
        ${table === 'dispense' ? `21 as days_supply_number, 'd' as days_supply_unit` : `${reason} as reason_condition_key, ${day % 2 === 0 ? `'active'` : `'completed'`} as status`}`;
    const procedure = (code: string, sessions: string): string => `
      insert into staging.procedure by name select ${id('p', number)} as procedure_key, ${owner}, 'completed' as status,
        ${sqlString(code)} as snomed_code, ${sqlString(code)} as code, ${date} as performed_start_date,
        'day' as performed_start_precision, ${sessions} as radiotherapy_sessions, ${reason} as reason_condition_key,
        [] as profiles`;
    switch (kind) {
      case 'administration':
        return drug('administration', 'effective');
      case 'dispense':
        return drug('dispense', 'handed_over');
      case 'statement':
        return drug('statement', 'effective');
      case 'order':
        return drug('request', 'authored');
      case 'surgery':
        return procedure('173171007', 'null');
      case 'fraction':
        return procedure('385798007', 'null');
      case 'course':
        return `${procedure('1217123003', '30')};
          insert into staging.radiotherapy_dose by name select ${id('p', number)} as procedure_key, ${owner},
            ${id('v', number)} as volume_key, ${4000 + day} as total_dose, 'cGy' as total_dose_unit`;
      case 'status':
        return `
          insert into staging.observation by name select ${id('o', number)} as observation_key, ${owner},
            'final' as status, '97509-4' as loinc_code, ${day % 2 === 0 ? `'271299001'` : `'268910001'`} as value_code,
            'http://snomed.info/sct' as value_system, ${date} as effective_date, 'day' as effective_precision,
            [] as profiles, [] as evidence_type_codes`;
      default:
        return kind satisfies never;
    }
  });
  const patient = `
    insert into staging.patient by name select ${id('patient', 0)} as patient_record_key, ${owner},
      date '1950-01-01' as birth_date, 'day' as birth_precision, false as is_birth_date_withheld,
      ${index % 3 === 0 ? `date '2021-06-01'` : 'null::date'} as deceased_date,
      ${index % 3 === 0 ? `'day'` : 'null'} as deceased_precision, [] as race_displays`;
  return [patient, condition(0), ...(index % 5 === 0 ? [condition(1)] : []), ...rows];
}
