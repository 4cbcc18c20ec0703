import cubejs, { type CubeApi, type Query } from '@cubejs-client/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseErrorKind } from '../../cube/database-error.ts';
import { portableError } from '../../cube/portable-error.ts';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';
import { uuid } from './uuid.ts';

let cube: CubeUnderTest;
let client: CubeApi;
beforeAll(async () => {
  cube = await startCube(makeFixtureRows());
  client = cubejs('no token', { apiUrl: cube.url });
});
afterAll(() => cube?.close());

const query = {
  measures: ['cohort.diagnoses', 'cohort.median_age_years'],
  dimensions: ['cohort.stage_group'],
  timeDimensions: [{ dimension: 'cohort.diagnosis_date', granularity: 'year' }],
  order: [
    ['cohort.diagnosis_date', 'asc'],
    ['cohort.stage_group', 'asc'],
  ],
};

interface Answer {
  readonly data: never;
  readonly total?: number;
  readonly dbType?: string;
  readonly annotation: { readonly measures: Readonly<Record<string, { format?: string }>> };
}

async function answer(parameters: Readonly<Record<string, unknown>>): Promise<Answer> {
  const { status, body } = await cube.get('load', parameters);
  expect(status, JSON.stringify(body).slice(0, 200)).toBe(200);
  return body as Answer;
}

describe('results', () => {
  test('default: member names, times as ISO without zone, numbers as text', async () => {
    const { data, dbType, annotation } = await answer({ query });
    const rows = data as readonly Record<string, unknown>[];
    expect(dbType).toBe('duckdb');
    expect(rows[0]).toEqual({
      'cohort.stage_group': 'I',
      'cohort.diagnosis_date.year': '2019-01-01T00:00:00.000',
      'cohort.diagnosis_date': '2019-01-01T00:00:00.000',
      'cohort.diagnoses': expect.stringMatching(/^\d+$/),
      'cohort.median_age_years': expect.stringMatching(/^\d+(\.5)?$/),
    });
    expect(rows.some((row) => row['cohort.stage_group'] === null)).toBe(true);
    expect(annotation.measures).toHaveProperty(['cohort.diagnoses']);
  });

  test.each([
    ['cohort.first_treatment_class', 'varchar'],
    ['cohort.age_at_diagnosis_years', 'integer'],
    ['cohort.first_treatment_date', 'date'],
  ])('set and notSet part the rows by NULL: %s', async (member) => {
    const column = member.split('.')[1];
    const count = async (filters: readonly object[]): Promise<number> => {
      const [row] = await cube.load({ measures: ['cohort.diagnoses'], filters });
      return Number(row?.['cohort.diagnoses']);
    };
    const [byHand] = await cube.sql(
      `select count(${column})::integer as known, count(*)::integer as n from marts.cancer_diagnoses`,
    );
    const { known, n } = byHand as { known: number; n: number };
    expect(known).toBeGreaterThan(0);
    expect(n).toBeGreaterThan(known);
    expect(await count([{ member, operator: 'set' }])).toBe(known);
    expect(await count([{ member, operator: 'notSet' }])).toBe(n - known);
    expect(await count([{ member, operator: 'equals', values: [null] }])).toBe(n - known);
    const groups = await cube.load({
      measures: ['cohort.diagnoses'],
      dimensions: [member],
      filters: [{ member, operator: 'notSet' }],
    });
    expect(groups).toEqual([{ [member]: null, 'cohort.diagnoses': `${n - known}` }]);
  });

  test('several date ranges in one request', async () => {
    const ranges = [
      ['2019-01-01', '2019-12-31'],
      ['2020-01-01', '2020-12-31'],
    ];
    const { data: _, ...body } = await answer({
      queryType: 'multi',
      query: {
        measures: ['cohort.diagnoses'],
        timeDimensions: [{ dimension: 'cohort.diagnosis_date', compareDateRange: ranges }],
      },
    });
    const { queryType, results, pivotQuery } = body as unknown as {
      queryType: string;
      results: { data: Record<string, string>[] }[];
      pivotQuery: { dimensions: string[] };
    };
    const byHand = await cube.sql(
      `select diagnosis_year as year, count(*)::varchar as n from marts.cancer_diagnoses
       where diagnosis_year in (2019, 2020) group by 1 order by 1`,
    );
    expect(queryType).toBe('compareDateRangeQuery');
    expect(pivotQuery.dimensions).toContain('compareDateRange');
    expect(results.map(({ data }) => data[0])).toEqual(
      byHand.map(({ year, n }) => ({
        'cohort.diagnoses': n,
        compareDateRange: `${year}-01-01T00:00:00.000 - ${year}-12-31T23:59:59.999`,
      })),
    );
  });

  test('a date range means local days, whatever the zone of the machine', async () => {
    const [row] = await cube.load({
      measures: ['cohort.diagnoses'],
      timeDimensions: [{ dimension: 'cohort.diagnosis_date', dateRange: ['2019-03-01', '2019-06-30'] }],
    });
    const [byHand] = await cube.sql(
      `select count(*)::varchar as n from marts.cancer_diagnoses
       where diagnosis_date between '2019-03-01' and '2019-06-30'`,
    );
    expect(row?.['cohort.diagnoses']).toBe(byHand?.['n']);
  });
});

describe('results, read by the client of Cube', () => {
  const asked: Query = {
    measures: ['cohort.diagnoses', 'cohort.share_alive_1y'],
    dimensions: ['cohort.stage_group'],
    timeDimensions: [{ dimension: 'cohort.diagnosis_date', granularity: 'year' }],
    order: { 'cohort.diagnosis_date': 'asc', 'cohort.stage_group': 'asc' },
  };

  test('default, compact and columnar are the same rows to the client of Cube', async () => {
    const results = [];
    for (const responseFormat of ['default', 'compact', 'columnar'] as const)
      results.push(await client.load({ ...asked, responseFormat }));
    const [plain, compact, columnar] = results.map((result) => result.tablePivot());
    const byHand = await cube.sql(
      `select d.stage_group, d.diagnosis_year::varchar || '-01-01T00:00:00.000' as year, count(*)::varchar as n,
       (count(*) filter (where o.is_alive_1y) / nullif(count(*) filter (where o.is_at_risk_1y), 0))::double as share
     from marts.cancer_diagnoses d left join marts.outcomes o using (diagnosis_key)
     group by all order by year, d.stage_group nulls last`,
    );
    const rows = plain?.map((row) => [
      row['cohort.stage_group'],
      row['cohort.diagnosis_date.year'],
      row['cohort.diagnoses'],
      row['cohort.share_alive_1y'] === null ? null : Number(row['cohort.share_alive_1y']),
    ]);
    expect(rows).toEqual(byHand.map((row) => Object.values(row)));
    expect(compact).toEqual(plain);
    expect(columnar).toEqual(plain);
    expect(results[0]?.series().length).toBeGreaterThan(2);
    expect(results[0]?.annotation().measures['cohort.share_alive_1y']?.format).toBe('percent');
  });

  test.each(['default', 'compact', 'columnar'] as const)(
    '%s: total, emptiness and numbers',
    async (responseFormat) => {
      const all = await client.load({ ...asked, responseFormat });
      const limited = await client.load({ ...asked, responseFormat, limit: 2, total: true });
      expect(limited.tablePivot()).toHaveLength(2);
      expect(limited.totalRows()).toBe(all.tablePivot().length);
      const nowhere = { member: 'cohort.site_group', operator: 'equals' as const, values: ['nowhere'] };
      const empty = await client.load({ ...asked, responseFormat, filters: [nowhere] });
      expect(empty.rawData()).toEqual([]);
    },
  );

  test('the client finds titles, formats, segments and hierarchies in the meta', async () => {
    const meta = await client.meta();
    expect(meta.resolveMember('cohort.share_alive_1y', 'measures')).toMatchObject({
      shortTitle: 'Share alive at 1 year',
    });
    expect(meta.membersForQuery(null, 'segments').map(({ name }) => name)).toContain('cohort.advanced_stage');
    const view = meta.cubes.find(({ name }) => name === 'cohort') as unknown as {
      hierarchies: { name: string }[];
    };
    expect(view.hierarchies.map(({ name }) => name)).toEqual(['cohort.tumor', 'cohort.stage']);
    const [drill] = meta.cubes
      .flatMap(({ measures }) => measures)
      .filter(({ name }) => name === 'labs.results');
    expect(drill?.drillMembers).toContain('labs.value_number');
  });
});

describe('errors', () => {
  test('an unknown member is the caller’s mistake', async () => {
    const { status, body } = await cube.get('load', { query: { measures: ['cohort.nothing'] } });
    expect([status, (body as { code: string }).code]).toEqual([400, 'query-invalid']);
  });

  test.each([
    { measures: ['patients.count'] },
    {
      measures: ['cohort.patients'],
      filters: [{ member: 'patients.mrn', operator: 'equals', values: ['1'] }],
    },
    {
      measures: ['cohort.patients'],
      filters: [{ or: [{ and: [{ member: 'patients.mrn', operator: 'set' }] }] }],
    },
    { measures: ['cohort.patients'], order: { 'patients.mrn': 'asc' } },
    {
      measures: ['cohort.patients'],
      timeDimensions: [{ dimension: 'patients.birth_date', granularity: 'year' }],
    },
  ])('private cubes can be neither shown nor probed: %j', async (query) => {
    for (const path of ['load', 'sql', 'dry-run']) {
      const { status, body } = await cube.get(path, { query });
      expect([status, (body as { code: string }).code], path).toEqual([400, 'query-invalid']);
    }
  });

  const filtered = (member: string, operator: string, values?: unknown): object => ({
    measures: ['cohort.diagnoses'],
    filters: [{ member, operator, ...(values === undefined ? {} : { values }) }],
  });
  const expression = { type: 'SqlFunction', cubeParams: ['cohort'], sql: '1' };
  const asText = JSON.stringify({ cubeName: 'cohort', alias: 'x', expr: expression });
  const inTime = (time: object): object => ({
    timeDimensions: [{ dimension: 'cohort.diagnosis_date', ...time }],
  });

  test.each<[string, unknown, string]>([
    ['text for a number', filtered('cohort.tumor_number', 'equals', ['SECRET']), 'cohort.tumor_number'],
    ['text for a measure', filtered('cohort.diagnoses', 'gt', ['SECRET']), 'cohort.diagnoses'],
    ['text for a boolean', filtered('cohort.is_treated', 'equals', ['SECRET']), 'cohort.is_treated'],
    ['text for a date', filtered('cohort.diagnosis_date', 'equals', ['SECRET']), 'cohort.diagnosis_date'],
    ['no such day', filtered('cohort.diagnosis_date', 'afterDate', ['2019-02-30']), 'cohort.diagnosis_date'],
    [
      'no date range',
      filtered('cohort.diagnosis_date', 'inDateRange', ['SECRET', 'x']),
      'cohort.diagnosis_date',
    ],
    ['words that are no date', filtered('cohort.diagnosis_date', 'afterDate', ['SECRET']), 'parse date'],
    ['a part of a number', filtered('cohort.tumor_number', 'contains', ['SECRET']), 'cohort.tumor_number'],
    [
      'a date operator on text',
      filtered('cohort.site_group', 'afterDate', ['2019-01-01']),
      'cohort.site_group',
    ],
    ['no values', filtered('cohort.site_group', 'equals', []), 'needs values'],
    ['a list in a list', filtered('cohort.site_group', 'equals', [['SECRET']]), 'query.filters[0].values[0]'],
    ['an operator that is none', filtered('cohort.site_group', 'SECRET', ['x']), 'query.filters[0].operator'],
    [
      'a text as time',
      { timeDimensions: [{ dimension: 'cohort.site_group', granularity: 'year' }] },
      'no dates',
    ],
    [
      'a time range of words',
      inTime({ granularity: 'year', dateRange: ['SECRET', 'x'] }),
      'cohort.diagnosis_date',
    ],
    ['a limit below zero', { measures: ['cohort.patients'], limit: -1 }, 'query.limit'],
    ['a limit above the most', { measures: ['cohort.patients'], limit: 50_001 }, '50000'],
    [
      'an order by nothing',
      { measures: ['cohort.patients'], order: { 'cohort.none': 'asc' } },
      'cohort.none',
    ],
    ['a member expression', { measures: [asText] }, 'query.measures[0]'],
    [
      'a parsed expression',
      { measures: [{ expression: ['return 1'], cubeName: 'cohort', name: 'x' }] },
      'measures',
    ],
    ['SQL', { measures: ['cohort.patients'], subqueryJoins: [{ sql: 'select 1', on: '1 = 1' }] }, 'key'],
    ['join hints', { measures: ['cohort.patients'], joinHints: [['patients', 'encounters']] }, 'key'],
    ['a number', 5, 'query'],
    ['null in a list', [null], 'query'],
    ['nothing', [], 'query'],
    ['no JSON', '{"SECRET', 'JSON'],
    [
      'too many conditions',
      { ...filtered('cohort.site_group', 'set'), filters: nested(0, 201) },
      '200 conditions',
    ],
    ['3,000 nested filters', deepText(3000), 'levels deep'],
    ['too many values', filtered('cohort.site_group', 'equals', Array(10_001).fill('x')), '10000 values'],
  ])('%s is the caller’s mistake, and the answer names the place, not the value', async (_, query, words) => {
    const before = cube.queryErrors.length;
    for (const path of ['load', 'sql', 'dry-run']) {
      const { status, body } = await cube.post(path, { query });
      expect([status, (body as { code: string }).code], path).toEqual([400, 'query-invalid']);
      expect((body as { error: string }).error, path).toContain(words);
      expect(JSON.stringify(body)).not.toContain('SECRET');
    }
    expect(cube.queryErrors.slice(before)).toEqual([]);
  });

  test('eight levels of groups and a long list of keys are fine', async () => {
    const keys = Array.from({ length: 3000 }, (_, index) => uuid(1, index));
    const query = {
      measures: ['cohort.diagnoses'],
      filters: [...nested(8, 1), { member: 'cohort.patient_key', operator: 'equals', values: keys }],
    };
    const { status, body } = await cube.post('load', { query });
    expect(status, JSON.stringify(body).slice(0, 200)).toBe(200);
  });

  test('a conversion that only the database finds out names the members compared', async () => {
    const answer = { error: "Error: Conversion Error: Could not convert string 'SECRET' to INT32" };
    expect(portableError(answer, 500, () => ['cohort.tumor_number'])).toEqual({
      status: 400,
      body: { error: expect.stringContaining('cohort.tumor_number'), code: 'query-invalid' },
    });
    expect(portableError(answer, 500)).toMatchObject({ status: 500, kind: 'Conversion Error' });
    expect(JSON.stringify(portableError(answer, 500))).not.toContain('SECRET');
  });

  test.each([
    ['Binder Error: Referenced column "a" not found', 'Binder Error: Referenced column "a" not found'],
    ["Conversion Error: Could not convert string 'Mary' to INT32", 'Conversion Error'],
    ['anything else', 'Database Error'],
  ])('%s', (message, kind) => {
    expect(databaseErrorKind(message)).toBe(kind);
  });
});

/** `conditions` filters, the first of them inside `depth` groups. */
function nested(depth: number, conditions: number): readonly object[] {
  let filters: object[] = Array.from({ length: conditions }, () => ({
    member: 'cohort.site_group',
    operator: 'set',
  }));
  for (let level = 0; level < depth; level += 1)
    filters = [level % 2 === 0 ? { or: filters } : { and: filters }];
  return filters;
}

/** As text, since JSON.stringify gives up at such a depth. */
function deepText(depth: number): string {
  const condition = '{"member":"cohort.site_group","operator":"set"}';
  return `{"measures":["cohort.patients"],"filters":[${'{"or":['.repeat(depth)}${condition}${']}'.repeat(depth)}]}`;
}
