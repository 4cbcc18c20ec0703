import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentedBlock } from '../../support/documented.ts';
import { ANSWERED, REFUSED } from './semantic-cases.ts';
import { type Row, type SemanticUnderTest, startSemanticLayer } from './semantic-fixture.ts';
import { sqlStateOf } from './sql-fixture.ts';

let layer: SemanticUnderTest;
let ana: pg.Client;

beforeAll(async () => {
  layer = await startSemanticLayer();
  ana = await layer.connect('analysts');
});

afterAll(async () => {
  await ana?.end();
  await layer?.close();
});

interface View {
  readonly name: string;
  readonly measures: readonly { readonly name: string }[];
  readonly dimensions: readonly { readonly name: string; readonly type: string }[];
}

const bare = (member: string): string => member.slice(member.indexOf('.') + 1);

/** Numbers to twelve digits, whatever their text; everything else as it is. */
function plain(value: unknown): unknown {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? Number(number.toPrecision(12)) : value;
}

/** Rows of values in an order of their own. */
function table(rows: readonly (readonly unknown[] | Row)[]): readonly string[] {
  return rows.map((row) => JSON.stringify(Object.values(row).map(plain))).sort();
}

async function arrays(text: string, values: (string | number)[] = []): Promise<readonly unknown[][]> {
  return (await ana.query<unknown[]>({ text, values, rowMode: 'array' })).rows;
}

test('every public measure is the same in SQL as over REST', async () => {
  const { body } = await layer.cube.get('meta');
  const views = (body as { cubes: readonly View[] }).cubes;
  expect(views.length).toBeGreaterThan(5);
  const filled: string[] = [];
  for (const { name, measures, dimensions } of views) {
    const dimension = dimensions.find(({ type }) => type === 'string')?.name ?? '';
    const filters = [{ member: dimension, operator: 'set' }];
    const names = measures.map((measure) => measure.name);
    const asked = names.map((measure) => `measure(${bare(measure)})`).join(', ');
    const rest = await layer.load('analysts', {
      measures: names,
      dimensions: [dimension],
      filters,
      limit: 50_000,
    });
    const key = bare(dimension);
    const rows = await arrays(
      `select ${key}, ${asked} from cube.${name} where ${key} is not null group by 1`,
    );
    expect(table(rows), name).toEqual(
      table(rest.map((row) => [dimension, ...names].map((member) => row[member]))),
    );
    if (rows.length > 0) filled.push(name);
  }
  // Agreement on nothing would be cheap.
  expect(filled.length).toBeGreaterThan(views.length * 0.7);
});

describe('what is answered equals SQL over the marts', () => {
  test.each(ANSWERED)('$name', async ({ sql, same, values }) => {
    const rows = await arrays(sql, values);
    expect(table(rows)).toEqual(table(await arrays(same)));
    expect(rows.length).toBeGreaterThan(0);
  });
});

test('the examples of the documentation run', async () => {
  const examples = documentedBlock('docs/sql.md', 'semantic').split(/;\s*\n/);
  for (const sql of examples.filter((text) => text.trim() !== '')) expect(await arrays(sql)).not.toEqual([]);
  expect(examples.length).toBeGreaterThan(3);
});

describe('what cannot be honoured is refused, with what to write', () => {
  test.each(REFUSED)('$name', async ({ sql, hint }) => {
    await expect(ana.query(sql)).rejects.toMatchObject({ code: '0A000', hint: expect.stringMatching(hint) });
  });

  test('what stands neither in GROUP BY nor in an aggregate, by PostgreSQL, with the hint', async () => {
    const sql = 'select site_group, diagnoses from cube.cohort group by 1';
    await expect(ana.query(sql)).rejects.toMatchObject({
      code: '42803',
      hint: expect.stringMatching(/MEASURE/),
    });
  });
});

describe('access rules', () => {
  test('a row rule holds, for measures, for rows and under every condition', async () => {
    const rest = await layer.load('analysts', { measures: ['guarded.diagnoses'] });
    const { rows } = await ana.query('select measure(diagnoses) from cube.guarded');
    const all = await ana.query(`select count(*) from marts.cancer_diagnoses where site_group = 'breast'`);
    expect([rows[0].measure, all.rows[0].count]).toEqual([rest[0]?.['guarded.diagnoses'], rows[0].measure]);
    expect((await ana.query('select distinct site_group from cube.guarded')).rows).toEqual([
      { site_group: 'breast' },
    ]);
    const others = await ana.query(
      `select count(*) from cube.guarded where lung_tumours or site_group = 'lung' or age_at_diagnosis_years is null`,
    );
    const unknown = await ana.query(
      `select count(*) from marts.cancer_diagnoses where site_group = 'breast' and age_at_diagnosis_years is null`,
    );
    expect(others.rows).toEqual(unknown.rows);
  });

  test('a member rule hides columns, wherever they are said, and is audited', async () => {
    const registry = await layer.connect('registry');
    const rest = await layer.load('registry', {
      measures: ['guarded.diagnoses'],
      dimensions: ['guarded.site_group'],
    });
    const { rows } = await registry.query(
      'select site_group, measure(diagnoses) from cube.guarded group by 1',
    );
    expect(table(rows)).toEqual(
      table(rest.map((row) => ({ a: row['guarded.site_group'], b: row['guarded.diagnoses'] }))),
    );
    expect(rows.length).toBeGreaterThan(2);
    for (const sql of [
      'select measure(patients) from cube.guarded',
      'select age_at_diagnosis_years from cube.guarded',
      'select measure(diagnoses) from cube.guarded where age_at_diagnosis_years > 50',
      'select count(*) from (select site_group, age_at_diagnosis_years as x from cube.guarded) t where x > 50',
      'select site_group from cube.guarded g where exists (select 1 where g.age_at_diagnosis_years > 50)',
      'select * from cube.guarded',
      'select site_group from marts.cancer_diagnoses',
    ])
      expect([sql, await sqlStateOf(registry, sql)]).toEqual([sql, '42501']);
    expect(
      layer.lines.filter((line) => line.includes('"42501"') && line.includes('cube.guarded')),
    ).toHaveLength(6);
    const seen = await registry.query(
      `select column_name from information_schema.columns where table_name = 'guarded' order by 1`,
    );
    expect(seen.rows.map((row) => row.column_name)).toEqual(['diagnoses', 'lung_tumours', 'site_group']);
    await registry.end();
  });

  test('a view without a rule for a group, and one without rules for a group of some marts, give 42501', async () => {
    const guests = await layer.connect('guests');
    expect(await sqlStateOf(guests, 'select count(*) from cube.guarded')).toBe('42501');
    expect(await sqlStateOf(guests, 'select count(*) from cube.cohort')).toBe('ok');
    const partial = await layer.connect('partial');
    expect(await sqlStateOf(partial, 'select count(*) from cube.cohort')).toBe('42501');
    const seen = await guests.query(`select 1 from information_schema.tables where table_name = 'guarded'`);
    expect(seen.rows).toEqual([]);
    await Promise.all([guests.end(), partial.end()]);
  });
});

describe('the protocol', () => {
  test('views are tables of the catalog with types and descriptions', async () => {
    const { rows } = await ana.query(`select column_name, data_type from information_schema.columns
      where table_schema = 'cube' and table_name = 'guarded' order by 1`);
    expect(Object.fromEntries(rows.map((row) => [row.column_name, row.data_type]))).toEqual({
      age_at_diagnosis_years: 'integer',
      diagnoses: 'bigint',
      diagnosis_date: 'timestamp without time zone',
      lung_tumours: 'boolean',
      patients: 'bigint',
      site_group: 'text',
    });
    const described = await ana.query(`select obj_description('cube.guarded'::regclass) a,
      col_description('cube.guarded'::regclass, (select attnum from pg_attribute
        where attrelid = 'cube.guarded'::regclass and attname = 'diagnoses')) b`);
    expect(described.rows[0].a).toBe('Guarded. Tumours under access rules.');
    expect(described.rows[0].b).toMatch(/^Diagnoses\. Number of tumours\. .*MEASURE\(diagnoses\)/);
  });

  test('a statement prepared once answers each set of parameters with the types that it tells', async () => {
    const sql = `select date_trunc('year', diagnosis_date) y, measure(diagnoses) n, measure(share_alive_1y) s
      from cube.cohort where site_group = any($1) and diagnosis_date >= $2 group by 1 having measure(diagnoses) > $3 order by 1`;
    const asked = (sites: readonly string[], from: string): Promise<pg.QueryResult> =>
      ana.query({ name: 'prepared', text: sql, values: [sites, from, 0] });
    const lung = await asked(['lung'], '2000-01-01');
    expect(lung.fields.map(({ dataTypeID }) => dataTypeID)).toEqual([1114, 20, 701]);
    const both = await asked(['lung', 'breast'], '2000-01-01');
    const total = ({ rows }: pg.QueryResult): number => rows.reduce((sum, row) => sum + Number(row.n), 0);
    expect(total(both)).toBeGreaterThan(total(lung));
    expect((await asked([`lung'; chiasm_text_0_ "`], '2000-01-01')).rows).toEqual([]);
  });

  test('cursors, COPY and a search path go over views as over tables', async () => {
    await ana.query('begin');
    await ana.query(
      'declare c cursor for select site_group, count(*) n from cube.cohort group by 1 order by n',
    );
    const fetched = await ana.query('fetch 2 from c');
    await ana.query('commit; set search_path = cube');
    const named = await ana.query('select site_group, count(*) n from cohort group by 1 order by n limit 2');
    await ana.query('reset search_path');
    expect([fetched.rows.length, fetched.rows]).toEqual([2, named.rows]);
    expect((await ana.query('copy (select measure(diagnoses) from cube.cohort) to stdout')).rowCount).toBe(1);
  });

  test('days stay days in every time zone; what depends on the zone is refused', async () => {
    const sql = `select diagnosis_date::text d, count(*) n from cube.cohort where diagnosis_date < '2020-06-01' group by 1`;
    const utc = await ana.query(sql);
    await ana.query(`set timezone = 'Pacific/Auckland'`);
    expect(table((await ana.query(sql)).rows)).toEqual(table(utc.rows));
    const state = await sqlStateOf(ana, 'select count(*) from cube.cohort where diagnosis_date < now()');
    await ana.query('reset timezone');
    expect([state, utc.rows.length > 3]).toEqual(['0A000', true]);
  });
});
