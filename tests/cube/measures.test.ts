import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';
import { type ReferenceView, referenceSql, referenceViews } from './reference-measures.ts';
import { tumorViews } from './tumor-measures.ts';

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
