import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signToken } from '../../../serve/token.ts';
import { makeFixtureRows } from '../../cube/fixture-rows.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { SECRET } from '../serve-fixture.ts';
import { type SqlUnderTest, startSqlTestServer } from '../sql/sql-fixture.ts';

const rows = makeFixtureRows(7, 90);
const PATIENTS = rows['patients']?.length ?? 0;

let server: SqlUnderTest;
beforeAll(async () => {
  server = await startSqlTestServer();
});
afterAll(() => server.close());

function send(path: string, group = 'analysts', init: RequestInit = {}): Promise<Response> {
  const token = signToken({ subject: 'tester', group, secret: SECRET, expiresIn: '5m' });
  return fetch(`${server.url}${path}`, {
    ...init,
    headers: { Authorization: `Bearer ${token}`, ...init.headers },
  });
}

function ask(body: object, group?: string): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  return send('/sql', group, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** What DuckDB reads in a file of some bytes. */
async function readBack(response: Response, reader: string): Promise<readonly (readonly unknown[])[]> {
  const file = join(temporaryDirectory(), 'answer');
  writeFileSync(file, Buffer.from(await response.arrayBuffer()));
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const result = await connection.runAndReadAll(`select * from ${reader}('${file}') order by all`);
  const values = result.getRowsJson();
  connection.closeSync();
  instance.closeSync();
  return values;
}

const TRICKY = `select * from (values (1::int8, 'a,b', 1.50::numeric, date '2024-02-29', true),
  (2, 'say "hi"' || chr(10) || 'there', null, null, false), (3, '', 0.01, date '1900-01-01', null), (4, null, 2, null, null))
  as v(n, words, amount, day, flag)`;

describe('rows come as they are in every format', () => {
  test('text that CSV and JSON lines have to protect, and nothing against an empty text', async () => {
    const csv = await (await ask({ sql: `${TRICKY} order by n`, format: 'csv' })).text();
    expect(csv).toBe(
      'n,words,amount,day,flag\n1,"a,b",1.50,2024-02-29,true\n2,"say ""hi""\nthere",,,false\n3,"",0.01,1900-01-01,\n4,,2.00,,\n',
    );
    const ndjson = await (await ask({ sql: `${TRICKY} order by n`, format: 'ndjson' })).text();
    expect(
      ndjson
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { n: 1, words: 'a,b', amount: 1.5, day: '2024-02-29', flag: true },
      { n: 2, words: 'say "hi"\nthere', amount: null, day: null, flag: false },
      { n: 3, words: '', amount: 0.01, day: '1900-01-01', flag: null },
      { n: 4, words: null, amount: 2, day: null, flag: null },
    ]);
  });

  test('a table is the same as CSV, JSON lines, Parquet and Arrow', async () => {
    const all = async (format: string): Promise<Response> =>
      send(`/tables/cancer_diagnoses?format=${format}`);
    const parquet = await readBack(await all('parquet'), 'read_parquet');
    expect(parquet).toHaveLength(rows['cancer_diagnoses']?.length ?? 0);
    expect(await readBack(await all('ndjson'), 'read_ndjson_auto')).toHaveLength(parquet.length);
    const csv = await readBack(await all('csv'), 'read_csv');
    expect(csv.map((row) => row[0]).sort()).toEqual(parquet.map((row) => row[0]).sort());
    const arrow = tableFromIPC(new Uint8Array(await (await all('arrow')).arrayBuffer()));
    expect(arrow.numRows).toBe(parquet.length);
    const years = parquet.map(
      (row) => row[arrow.schema.fields.findIndex(({ name }) => name === 'diagnosis_year')],
    );
    expect([...(arrow.getChild('diagnosis_year') ?? [])].sort()).toEqual(years.sort());
  });

  test('columns, limit, Accept and an empty result', async () => {
    const some = await send('/tables/marts.patients?columns=sex,patient_key&limit=3', 'analysts', {
      headers: { Accept: 'application/x-ndjson' },
    });
    const lines = (await some.text()).trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(Object.keys(JSON.parse(lines[0] ?? ''))).toEqual(['sex', 'patient_key']);
    expect(some.headers.get('x-chiasm-snapshot')).toBe('1');
    expect(await (await send('/tables/patients?columns=sex&limit=0')).text()).toBe('sex\n');
    const empty = await send('/tables/patients?columns=sex&limit=0&format=arrow');
    const table = tableFromIPC(new Uint8Array(await empty.arrayBuffer()));
    expect([table.numRows, table.schema.fields.map(({ name }) => name)]).toEqual([0, ['sex']]);
  });
});

test('the semantic layer follows the same groups', async () => {
  const query = encodeURIComponent(JSON.stringify({ measures: ['cohort.patients'] }));
  const load = (group: string): Promise<Response> => send(`/cubejs-api/v1/load?query=${query}`, group);
  expect((await load('analysts')).status).toBe(200);
  const refused = await load('guests');
  expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'query-forbidden' }]);
});

describe('SQL', () => {
  test('counts are 64-bit integers, names and parameters those of PostgreSQL', async () => {
    const sql = 'select count(*), sum(birth_year) as total, $2 as word from patients where sex = $1';
    const arrow = tableFromIPC(
      new Uint8Array(await (await ask({ sql, parameters: ['female', null], format: 'arrow' })).arrayBuffer()),
    );
    expect(arrow.schema.fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'count Int64',
      'total Int64',
      'word Utf8',
    ]);
    const women = rows['patients']?.filter(({ sex }) => sex === 'female').length;
    expect(arrow.get(0)?.toJSON()).toMatchObject({ count: BigInt(women ?? -1), word: null });
  });

  test('measures of cube views are asked for as over the wire', async () => {
    const sql = 'select measure(patients) as n from cube.population where sex = $1';
    const response = await ask({ sql, parameters: ['female'], format: 'ndjson' });
    const women = rows['patients']?.filter(({ sex }) => sex === 'female').length;
    expect(await response.json()).toEqual({ n: women });
    expect((await ask({ sql, parameters: ['female'] }, 'guests')).status).toBe(403);
  });

  test('a query may come as text', async () => {
    const headers = { 'Content-Type': 'application/sql' };
    const body = 'select count(*) as n from patients';
    const response = await send('/sql?format=ndjson', 'analysts', { method: 'POST', headers, body });
    expect(await response.json()).toEqual({ n: PATIENTS });
  });

  test.each([
    ['select * form patients', 400, '42601'],
    ['select nothing from patients', 400, '42703'],
    ['select 1; select 2', 400, '0A000'],
    ['drop table patients', 400, '0A000'],
    [`select * from read_csv('/etc/passwd')`, 400, '42883'],
    ['select * from pg_class', 400, '0A000'],
    ['select * from staging.condition', 403, '42501'],
    ["select 'x'::int", 400, '22P02'],
  ])('%s is refused', async (sql, status, sqlState) => {
    const response = await ask({ sql });
    expect([response.status, await response.json()]).toEqual([
      status,
      expect.objectContaining({ code: 'sql-refused', sqlState }),
    ]);
  });
});

describe('who may read what', () => {
  test.each([
    ['/tables/patients', 'guests', 403],
    ['/api/journey/00000000-0000-4000-8000-000000000000', 'guests', 403],
    ['/api/journey/00000000-0000-4000-8000-000000000000', 'analysts', 404],
    ['/tables/staging.condition', 'analysts', 403],
    ['/tables/staging.condition', 'engineers', 200],
    ['/tables/marts.nothing', 'analysts', 404],
    ['/tables/patients?format=xml', 'analysts', 400],
    ['/tables/patients?columns=sex,nothing', 'analysts', 400],
    ['/tables/patients?limit=many', 'analysts', 400],
    ['/tables/patients?where=1', 'analysts', 400],
  ])('%s for %s: %i', async (path, group, status) => {
    expect((await send(path, group)).status).toBe(status);
  });

  test('the catalog shows values to those who may read them', async () => {
    for (const [group, mayRead] of [
      ['analysts', false],
      ['engineers', true],
    ] as const) {
      const shown = (await (await send('/catalog/staging/condition', group)).json()) as {
        values: readonly unknown[];
      };
      expect(shown).toMatchObject({ mayRead });
      expect(shown.values.length > 0).toBe(mayRead);
    }
  });

  test('what was sent is written down, without the SQL', async () => {
    server.lines.length = 0;
    await (await ask({ sql: `select 'Mary' from patients limit 2` })).text();
    await expect.poll(() => server.lines.filter((line) => line.includes('data-sent'))).toHaveLength(1);
    const line = server.lines.find((each) => each.includes('data-sent')) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      subject: 'tester',
      tables: ['marts.patients'],
      rows: 2,
      snapshot: 1,
      status: 'ok',
    });
    expect(line).not.toContain('Mary');
  });

  test('a client that goes stops its query, and others are served meanwhile', async () => {
    const gone = new AbortController();
    const long =
      'select count(*) from generate_series(1, 100000000) a, generate_series(1, 1000000) b where a.a * b.b % 7 = 3';
    const token = signToken({ subject: 'tester', group: 'analysts', secret: SECRET, expiresIn: '5m' });
    server.lines.length = 0;
    const started = fetch(`${server.url}/sql`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'text/plain' },
      body: long,
      signal: gone.signal,
    });
    expect(await (await ask({ sql: 'select 1 as one', format: 'ndjson' })).json()).toEqual({ one: 1 });
    gone.abort();
    await expect(started).rejects.toThrow();
    await expect
      .poll(() => server.lines.some((line) => line.includes('"aborted"')), { timeout: 10_000 })
      .toBe(true);
  });
});
