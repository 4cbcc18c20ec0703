import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { attachSnapshot, openSnapshot } from '../../etl/warehouse/snapshot.ts';
import { makeFixtureRows } from '../cube/fixture-rows.ts';
import { publishFixture } from '../cube/publish-fixture.ts';
import { type ServerUnderTest, startTestServer } from './serve-fixture.ts';

let server: ServerUnderTest;
const rows = makeFixtureRows(3, 60);

beforeAll(async () => {
  server = await startTestServer(undefined);
  await publishFixture(server.warehouse, rows, {
    staging: {
      condition: 'select null::uuid as patient_key',
      landed_type: `select 'ehr' as source, 'Condition' as type, 7::bigint as records, true as has_view`,
    },
  });
});
afterAll(() => server.close());

interface Listed {
  readonly datasets: readonly {
    readonly schema: string;
    readonly table: string;
    readonly lineage: object;
    readonly queries: readonly { readonly sql: string }[];
  }[];
}

async function catalog(query = ''): Promise<Listed['datasets']> {
  return ((await server.get(`/catalog${query}`)).body as Listed).datasets;
}

test('each dataset says what it is made of, back to the view and the sources', async () => {
  const lineage = new Map((await catalog()).map((each) => [`${each.schema}.${each.table}`, each.lineage]));
  expect(lineage.get('marts.cancer_diagnoses')).toMatchObject({
    madeBy: 'sql/marts/cancer_diagnoses.sql',
    reads: expect.arrayContaining(['marts.tumor_conditions', 'marts.stage_assessments']),
  });
  expect(lineage.get('staging.condition')).toEqual({
    madeBy: 'models/fhir/condition.view.json',
    resourceType: 'Condition',
    sources: [{ source: 'ehr', records: 7 }],
    reads: [],
  });
});

test('every sample query runs', async () => {
  const queries = (await catalog()).flatMap((each) => each.queries.map(({ sql }) => sql));
  expect(queries.length).toBeGreaterThan(60);
  const snapshot = await openSnapshot(server.warehouse);
  const instance = await openDuckDB();
  const connection = await instance.connect();
  await attachSnapshot(connection, snapshot, 'chiasm');
  await connection.run('use chiasm');
  for (const sql of queries) await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
  await snapshot.release();
});

test('a search finds the datasets that say all words, in whatever field', async () => {
  const found = async (words: string): Promise<readonly string[]> =>
    (await catalog(`?q=${encodeURIComponent(words)}`)).map(({ table }) => table);
  expect(await found('Slice THICKNESS')).toContain('imaging_series');
  expect(await found('slice thickness')).not.toContain('patients');
  expect(await found('no such words anywhere')).toEqual([]);
  expect(await found('')).toHaveLength((await catalog()).length);
});

test('a dataset says what stands in its columns, but lists no keys', async () => {
  const { body } = await server.get('/catalog/marts/cancer_diagnoses');
  const { values } = body as { values: readonly { readonly name: string }[] };
  const tumours = rows['cancer_diagnoses'] ?? [];
  const of = (name: string): object | undefined => values.find((each) => each.name === name);
  expect(of('diagnosis_key')).toEqual({
    name: 'diagnosis_key',
    filled: tumours.length,
    distinct: tumours.length,
  });
  const years = tumours.map((each) => Number(each['diagnosis_year']));
  expect(of('diagnosis_year')).toMatchObject({ least: Math.min(...years), greatest: Math.max(...years) });
  const lung = tumours.filter((each) => each['site_group'] === 'lung').length;
  expect(of('site_group')).toMatchObject({ most: expect.arrayContaining([{ value: 'lung', rows: lung }]) });
  expect((await server.get('/catalog/marts/nothing')).status).toBe(404);
});

test('people get a page, programs JSON', async () => {
  const browser = await server.fetch('/catalog', { headers: { Accept: 'text/html,*/*;q=0.8' } });
  expect(browser.headers.get('content-type')).toBe('text/html; charset=utf-8');
  for (const accept of ['*/*', 'application/json', 'application/json, text/html'])
    expect((await server.fetch('/catalog', { headers: { Accept: accept } })).status).toBe(401);
});
