import cube, { type CubeApi, type Query, type RequestError, type ResultSet } from '@cubejs-client/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServerUnderTest, startTestServer } from '../serve/serve-fixture.ts';
import { makeFixtureRows } from './fixture-rows.ts';

/** Cube's own client against the server as it is run: what its users call is what must work. */
let server: ServerUnderTest;
let api: CubeApi;
beforeAll(async () => {
  server = await startTestServer(makeFixtureRows());
  api = cube(server.token, { apiUrl: `${server.url}/cubejs-api/v1` });
});
afterAll(() => server?.close());

const FORMATS = ['default', 'compact', 'columnar'] as const;

const byYear = {
  measures: ['cohort.diagnoses', 'cohort.median_age_years', 'cohort.share_alive_1y'],
  dimensions: ['cohort.stage_group', 'cohort.is_treated', 'cohort.first_treatment_date'],
  timeDimensions: [{ dimension: 'cohort.diagnosis_date', granularity: 'year' }],
  order: [
    ['cohort.diagnosis_date', 'asc'],
    ['cohort.stage_group', 'asc'],
    ['cohort.is_treated', 'asc'],
    ['cohort.first_treatment_date', 'asc'],
  ],
} satisfies Query;

const year: [string, string] = ['2019-01-01', '2019-12-31'];
const ranges: [string, string][] = [year, ['2020-01-01', '2020-12-31']];
const comparison = {
  measures: ['cohort.diagnoses'],
  timeDimensions: [{ dimension: 'cohort.diagnosis_date', granularity: 'quarter', compareDateRange: ranges }],
} satisfies Query;

const blending: Query[] = [
  {
    measures: ['cohort.diagnoses'],
    timeDimensions: [{ dimension: 'cohort.diagnosis_date', granularity: 'year', dateRange: year }],
  },
  {
    measures: ['imaging.series'],
    timeDimensions: [{ dimension: 'imaging.series_date', granularity: 'year', dateRange: year }],
  },
];

async function load(query: Query | Query[], format: (typeof FORMATS)[number] = 'default', options = {}) {
  return (await api.load(query as Query, options, undefined, format)) as unknown as ResultSet;
}

/** What a client makes of an answer, for one query or several. */
function readings(result: ResultSet): object {
  return {
    rows: result.decompose().map((each) => each.rawData()),
    annotations: result.decompose().map((each) => each.annotation()),
    pivot: result.chartPivot(),
    series: result.seriesNames(),
    table: result.tablePivot(),
  };
}

describe.each([
  ['one query', byYear, 'regularQuery'],
  ['a comparison of date ranges', comparison, 'compareDateRangeQuery'],
  ['a blend of two views', blending, 'blendingQuery'],
] as const)('%s', (_name, query, queryType) => {
  test('reads the same in every format', async () => {
    const [plain, ...others] = await Promise.all(
      FORMATS.map((format) => load(query as Query | Query[], format)),
    );
    const [rows] = plain?.decompose().map((each) => each.rawData()) ?? [];
    expect(plain?.serialize().loadResponse.queryType).toBe(queryType);
    expect(rows?.length).toBeGreaterThan(0);
    for (const other of others) expect(readings(other)).toEqual(readings(plain as ResultSet));
  });
});

test('the formats differ on the wire and carry nulls, booleans, times and numbers as they are', async () => {
  const bodies = await Promise.all(
    FORMATS.map(async (responseFormat) => {
      const query = JSON.stringify({ ...byYear, responseFormat });
      const { body } = await server.get(`/cubejs-api/v1/load?query=${encodeURIComponent(query)}`);
      return (body as { data: unknown }).data;
    }),
  );
  const [plain, compact, columnar] = bodies as [object[], { dataset: unknown[] }, { columns: unknown[][] }];
  expect(compact.dataset).toHaveLength(plain.length);
  expect(columnar.columns.every((cells) => cells.length === plain.length)).toBe(true);
  const byHand = await load(byYear);
  expect(byHand.rawData()).toEqual(plain);
  const cells = plain.flatMap((row) => Object.values(row));
  expect(new Set(cells.map((cell) => (cell === null ? 'null' : typeof cell)))).toEqual(
    new Set(['null', 'boolean', 'string']),
  );
  expect(plain[0]).toMatchObject({ 'cohort.diagnosis_date.year': '2019-01-01T00:00:00.000' });
});

test.each(FORMATS)('total counts beyond the limit: %s', async (format) => {
  const all = await load(byYear, format);
  const page = await load({ ...byYear, limit: 2, offset: 1, total: true }, format);
  expect(page.rawData()).toEqual(all.rawData().slice(1, 3));
  expect(page.totalRows()).toBe(all.rawData().length);
  const several = await load(
    blending.map((query) => ({ ...query, total: true })),
    format,
  );
  expect(several.decompose().map((each) => each.totalRows())).toEqual(
    several.decompose().map((each) => each.rawData().length),
  );
});

test('an empty answer is empty in every format', async () => {
  const filters = [{ member: 'cohort.site_group', operator: 'equals' as const, values: ['nowhere'] }];
  for (const format of FORMATS) {
    const result = await load({ ...byYear, filters, total: true }, format);
    expect([result.rawData(), result.totalRows()]).toEqual([[], 0]);
  }
});

test('numbers are cast when the client is asked to, and the figures stay', async () => {
  const [texts, numbers] = [await load(byYear), await load(byYear, 'default', { castNumerics: true })];
  const ages = (result: ResultSet): unknown[] =>
    result.rawData().map((row) => row['cohort.median_age_years'] as unknown);
  expect(ages(numbers)).toEqual(ages(texts).map((text) => (text === null ? null : Number(text))));
  expect(typeof ages(numbers)[0]).toBe('number');
});

test('a query too long for an address is posted', async () => {
  const keys = Array.from({ length: 500 }, (_, index) => `site ${index}`);
  const filters = [{ member: 'cohort.site_group', operator: 'notEquals' as const, values: keys }];
  const [all, most] = [await load(comparison), await load({ ...comparison, filters }, 'compact')];
  expect(most.series()).toEqual(all.series());
});

test('meta, SQL and dry run read as the client reads them', async () => {
  const meta = await api.meta();
  const cohort = meta.cubes.find(({ name }) => name === 'cohort');
  expect(cohort?.description).toContain('Cancer diagnoses');
  expect(meta.resolveMember('cohort.diagnoses', 'measures')).toMatchObject({ type: 'number' });
  expect(meta.membersForQuery(byYear, 'dimensions').length).toBeGreaterThan(5);
  const sql = (await api.sql(byYear)) as unknown as { sql(): string };
  expect(sql.sql()).toContain('marts.cancer_diagnoses');
  expect(await api.dryRun(byYear)).toMatchObject({ queryType: 'regularQuery' });
});

test('an error carries its status and code', async () => {
  const error = (await load({ measures: ['cohort.nothing'] }).catch(
    (thrown: unknown) => thrown,
  )) as RequestError;
  expect([error.status, error.response.code]).toEqual([400, 'query-invalid']);
});
