import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildRollups } from '../../cube/build-rollups.ts';
import { loadRollups } from '../../cube/rollup.ts';
import { rollupsDirectory } from '../../etl/warehouse/rollup-files.ts';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';

let cube: CubeUnderTest;
beforeAll(async () => {
  cube = await startCube(makeFixtureRows(), { rollups: true });
});
afterAll(() => cube?.close());

interface Answer {
  readonly data: readonly object[];
  readonly usedPreAggregations?: Readonly<Record<string, unknown>>;
}

async function ask(
  query: object,
): Promise<{ readonly data: readonly string[]; readonly used: readonly string[] }> {
  const { status, body } = await cube.get('load', { query });
  expect(status, JSON.stringify(body)).toBe(200);
  const answer = body as Answer;
  // Rows of equal figures come in any order.
  const data = answer.data.map((row) => JSON.stringify(row)).sort();
  return { data, used: Object.keys(answer.usedPreAggregations ?? {}) };
}

const byMonth = {
  measures: ['labs.results', 'labs.abnormal_results'],
  dimensions: ['labs.sex', 'labs.is_abnormal'],
  timeDimensions: [
    { dimension: 'labs.result_date', granularity: 'year', dateRange: ['2020-01-01', '2020-12-31'] },
  ],
  filters: [{ member: 'labs.loinc_code', operator: 'equals', values: ['718-7'] }],
};

test('the rollups are those that Cube plans for the model', async () => {
  // Otherwise: npm run --silent chiasm -- models rollups > cube/model/rollups.json
  expect(loadRollups()).toEqual(await cube.layer.planRollups());
  expect(loadRollups().length).toBeGreaterThan(1);
});

test('a question that a rollup can answer is answered from it, with the same numbers as from the tables', async () => {
  const counted = await ask(byMonth);
  expect(counted.used).toEqual(['rollups.lab_results_by_test_month']);
  expect(counted.data.length).toBeGreaterThan(2);
  const { body } = await cube.get('sql', { query: byMonth });
  expect((body as { sql: { sql: [string] } }).sql.sql[0]).not.toContain('marts.lab_results');
  const events = await ask({ measures: ['journey.events'], dimensions: ['journey.event_type'] });
  expect(events.used).toEqual(['rollups.patient_events_by_type_month']);
  // The next snapshot has none yet: the tables answer.
  const number = await cube.publish(makeFixtureRows());
  const read = await ask(byMonth);
  expect([read.used, read.data]).toEqual([[], counted.data]);
  // Made late, they are found, and the rows are those of their own snapshot.
  expect(await buildRollups(cube.warehouse, number)).toBe(true);
  expect(await buildRollups(cube.warehouse, number)).toBe(false);
  await cube.snapshots.tend();
  const late = await ask(byMonth);
  expect([late.used, late.data]).toEqual([counted.used, counted.data]);
  expect(cube.queryErrors).toEqual([]);
});

test.each<[string, object]>([
  ['persons are counted once over all months', { measures: ['labs.patients'] }],
  [
    'a value is not in the rollup',
    { ...byMonth, filters: [{ member: 'labs.value_number', operator: 'gt', values: ['9'] }] },
  ],
  [
    'a range ends within a month',
    {
      measures: ['labs.results'],
      timeDimensions: [{ dimension: 'labs.result_date', dateRange: ['2020-01-01', '2020-03-04'] }],
    },
  ],
  [
    'a range in a filter ends within a month',
    {
      measures: ['labs.results'],
      filters: [
        { member: 'labs.result_date', operator: 'inDateRange', values: ['2020-01-01', '2020-03-04'] },
      ],
    },
  ],
  [
    'years of a range that ends within a month',
    {
      measures: ['labs.results'],
      timeDimensions: [
        { dimension: 'labs.result_date', granularity: 'year', dateRange: ['2020-01-01', '2020-03-03'] },
      ],
    },
  ],
  [
    'weeks cross months',
    { measures: ['labs.results'], timeDimensions: [{ dimension: 'labs.result_date', granularity: 'week' }] },
  ],
  ['another time zone has other months', { ...byMonth, timezone: 'America/Los_Angeles' }],
])('%s: the tables are read', async (_, query) => {
  expect((await ask(query)).used).toEqual([]);
});

test('files of snapshots that are gone go', async () => {
  const number = await cube.publish({});
  writeFileSync(join(rollupsDirectory(cube.warehouse), '99-0123456789abcdef.duckdb'), '');
  await buildRollups(cube.warehouse, number);
  const names = readdirSync(rollupsDirectory(cube.warehouse));
  expect(names.every((name) => /^\d+-[0-9a-f]{16}\.duckdb$/.test(name))).toBe(true);
  expect(names.map((name) => Number.parseInt(name, 10)).sort()).toEqual([1, 2, 3]);
});
