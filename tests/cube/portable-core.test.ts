import { ApiGateway } from '@cubejs-backend/api-gateway';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CUBE_VERSION, hasNativeCube } from '../../cube/portable-core.ts';
import { databaseErrorKind } from '../../cube/snapshot-driver.ts';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';

let cube: CubeUnderTest;
beforeAll(async () => {
  cube = await startCube(makeFixtureRows());
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

describe('seams of Cube 1.7.43', () => {
  test('the version is the one the seams were made for, without the native binary', () => {
    expect(CUBE_VERSION).toBe('1.7.43');
    expect(hasNativeCube()).toBe(false);
  });

  test('results are made by the gateway method that Chiasm replaces', () => {
    expect(ApiGateway.prototype).toHaveProperty('resToResultFn');
    expect(ApiGateway.prototype).toHaveProperty('createSQLServerInstance');
  });

  test('/sql answers the planned SQL with its parameters apart', async () => {
    const { status, body } = await cube.get('sql', {
      query: { ...query, filters: [{ member: 'cohort.site_group', operator: 'equals', values: ['lung'] }] },
    });
    const [sql, parameters] = (body as { sql: { sql: [string, string[]] } }).sql.sql;
    expect(status).toBe(200);
    expect(sql).toContain('marts.cancer_diagnoses');
    expect(sql).not.toContain('lung');
    expect(parameters).toContain('lung');
  });

  test('/dry-run normalises a query', async () => {
    const { status, body } = await cube.get('dry-run', { query });
    expect(status).toBe(200);
    expect((body as { queryType: string }).queryType).toBe('regularQuery');
  });
});

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

  test('compact and columnar hold the same cells', async () => {
    const rows = (await answer({ query })).data as readonly Record<string, unknown>[];
    const compact = (await answer({ query: { ...query, responseFormat: 'compact' } })).data as {
      members: string[];
      dataset: unknown[][];
    };
    const columnar = (await answer({ query: { ...query, responseFormat: 'columnar' } })).data as {
      members: string[];
      columns: unknown[][];
    };
    const fromCompact = compact.dataset.map((cells) =>
      Object.fromEntries(compact.members.map((member, index) => [member, cells[index]])),
    );
    const fromColumnar = rows.map((_, row) =>
      Object.fromEntries(columnar.members.map((member, index) => [member, columnar.columns[index]?.[row]])),
    );
    expect(fromCompact).toEqual(rows);
    expect(fromColumnar).toEqual(rows);
  });

  test('total counts all rows while a limit is in force', async () => {
    const all = (await answer({ query })).data as readonly unknown[];
    const limited = await answer({ query: { ...query, limit: 2, total: true } });
    expect(limited.data).toHaveLength(2);
    expect(limited.total).toBe(all.length);
  });

  test('an empty result is empty in each format', async () => {
    const empty = {
      ...query,
      filters: [{ member: 'cohort.site_group', operator: 'equals', values: ['nowhere'] }],
    };
    expect((await answer({ query: empty })).data).toEqual([]);
    expect((await answer({ query: { ...empty, responseFormat: 'compact' } })).data).toEqual({
      members: [],
      dataset: [],
    });
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

  test('a limit that is none is the caller’s mistake', async () => {
    const { status, body } = await cube.get('load', { query: { measures: ['cohort.patients'], limit: -1 } });
    expect([status, (body as { code: string }).code]).toEqual([400, 'query-invalid']);
  });

  test('what the database says about values stays inside', async () => {
    const { status, body } = await cube.get('load', {
      query: {
        measures: ['cohort.diagnoses'],
        filters: [{ member: 'cohort.tumor_number', operator: 'equals', values: ['secret value'] }],
      },
    });
    expect([status, (body as { code: string }).code]).toEqual([500, 'query-failed']);
    expect(JSON.stringify([body, cube.queryErrors])).not.toContain('secret value');
    expect(cube.queryErrors.at(-1)).toBe('Conversion Error');
  });

  test.each([
    ['Binder Error: Referenced column "a" not found', 'Binder Error: Referenced column "a" not found'],
    ["Conversion Error: Could not convert string 'Mary' to INT32", 'Conversion Error'],
    ['anything else', 'Database Error'],
  ])('%s', (message, kind) => {
    expect(databaseErrorKind(new Error(message))).toBe(kind);
  });
});
