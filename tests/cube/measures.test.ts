import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';
import { type ReferenceView, referenceSql, referenceViews } from './reference-measures.ts';
import { tumorViews } from './tumor-measures.ts';
import { uuid } from './uuid.ts';

const views = { ...referenceViews, ...tumorViews };

let cube: CubeUnderTest;
beforeAll(async () => {
  cube = await startCube(makeFixtureRows());
});
afterAll(() => cube?.close());

interface MetaCube {
  readonly name: string;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly measures: readonly MetaMember[];
  readonly dimensions: readonly MetaMember[];
}

interface MetaMember {
  readonly name: string;
  readonly shortTitle: string;
  readonly description?: string;
}

async function meta(): Promise<readonly MetaCube[]> {
  const { body } = await cube.get('meta');
  return (body as { cubes: readonly MetaCube[] }).cubes;
}

test('only views are public, and each member has a title and a description', async () => {
  const cubes = await meta();
  expect(cubes.map(({ type }) => type)).toEqual(cubes.map(() => 'view'));
  const members = cubes.flatMap((view) => [...view.measures, ...view.dimensions]);
  expect(members.length).toBeGreaterThan(200);
  expect(members.filter(({ shortTitle, description }) => !shortTitle || !description)).toEqual([]);
  expect(cubes.filter(({ title, description }) => !title || !description)).toEqual([]);
});

test('every public measure has a reference query', async () => {
  const published = (await meta()).flatMap((view) => view.measures.map(({ name }) => name));
  const referenced = Object.entries(views).flatMap(([name, view]) =>
    Object.keys(view.measures).map((measure) => `${name}.${measure}`),
  );
  expect(referenced.sort()).toEqual([...published].sort());
});

describe.each(Object.entries(views))('view %s', (name, view) => {
  const cases = [undefined, ...Object.keys(view.dimensions)].flatMap((dimension) =>
    view.filters.map((filter, index) => ({
      dimension,
      filter,
      title: `by ${dimension ?? 'nothing'}, filter ${index}`,
    })),
  );

  test.each(cases)('$title equals hand-written SQL', async ({ dimension, filter }) => {
    const rows = await cube.load({
      measures: Object.keys(view.measures).map((measure) => `${name}.${measure}`),
      ...(dimension === undefined ? {} : { dimensions: [`${name}.${dimension}`] }),
      filters: filter.cube,
    });
    const group = (row: (typeof rows)[number]): string =>
      dimension === undefined ? 'all' : String(row[`${name}.${dimension}`]);
    for (const measure of Object.keys(view.measures)) {
      const actual = Object.fromEntries(rows.map((row) => [group(row), numberOf(row[`${name}.${measure}`])]));
      expect(actual, measure).toEqual(await reference(view, measure, dimension, filter.sql));
    }
  });
});

test('each measure alone, in a query that fans out, equals the same measure among others', async () => {
  const filters = [{ member: 'cohort.modality', operator: 'set' }];
  for (const measure of Object.keys(referenceViews['cohort']?.measures ?? {})) {
    const [row] = await cube.load({ measures: [`cohort.${measure}`], filters });
    const expected = await reference(
      referenceViews['cohort'] as ReferenceView,
      measure,
      undefined,
      'modality is not null',
    );
    expect(numberOf(row?.[`cohort.${measure}`]), measure).toEqual(expected['all']);
  }
});

/** Remission under 6-mercaptopurine, in weeks (Freireich and others, Blood 1963; the textbooks' example); + is censored. */
const MERCAPTOPURINE = '6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+'
  .split(' ')
  .map((text) => ({
    days: Number.parseInt(text, 10) * 53,
    isCensored: text.endsWith('+'),
  }));

test('Kaplan and Meier, forwards and reverse, give the published figures', async () => {
  const textbook = await startCube({
    cancer_diagnoses: MERCAPTOPURINE.map((_, index) => ({
      diagnosis_key: uuid(2, index),
      patient_key: uuid(1, index),
      site_group: 'leukemia',
    })),
    outcomes: MERCAPTOPURINE.map(({ days, isCensored }, index) => ({
      diagnosis_key: uuid(2, index),
      patient_key: uuid(1, index),
      vital_status: isCensored ? 'alive' : 'deceased',
      is_deceased: !isCensored,
      follow_up_days: days,
      is_censored: isCensored,
    })),
  });
  const names = [1, 2, 5].flatMap((years) => [`mortality_${years}y`, `number_at_risk_${years}y`]);
  const measures = [...names, 'median_follow_up_reverse_km_days'].map((name) => `cohort.${name}`);
  const [row] = await textbook.load({ measures });
  const [nobody] = await textbook.load({
    measures,
    filters: [{ member: 'cohort.site_group', operator: 'equals', values: ['lung'] }],
  });
  await textbook.close();
  // the survivor function is 0.857 after week 6, 0.690 after week 13 and 0.448 after week 23
  expect(Object.values(row ?? {}).map((value) => Math.round(Number(value) * 1000) / 1000)).toEqual([
    0.143,
    17,
    0.31,
    11,
    0.552,
    1,
    // reversed: 20/21 · 15/16 · 14/15 · 12/13 · 9/10 · 8/9 · 7/8 = 0.538 at week 20, and 4/5 of it at week 25
    25 * 53,
  ]);
  expect(Object.values(nobody ?? {}).map(Number)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  expect(nobody?.['cohort.mortality_1y']).toBeNull();
});

async function reference(
  view: ReferenceView,
  measure: string,
  dimension: string | undefined,
  filter: string,
): Promise<Readonly<Record<string, number | null>>> {
  const definition = view.measures[measure];
  if (definition === undefined) throw new Error(`no reference for ${measure}`);
  const rows = await cube.sql(referenceSql(view, definition, dimension, filter));
  return Object.fromEntries(rows.map((row) => [String(row['grp']), numberOf(row['value'])]));
}

function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(Number(value).toPrecision(12));
}
