import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { buildRollups } from '../../cube/build-rollups.ts';
import { semanticReference } from '../../cube/semantic-reference.ts';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';
import { referenceAnswer, restAnswer } from './reference/answer.ts';
import { CASES_PER_VIEW } from './reference/cases.ts';
import { filledRows } from './reference/filled-rows.ts';
import { restQuery } from './reference/rest.ts';
import { sampledCases } from './reference/sampled-cases.ts';
import { referenceSql } from './reference/sql.ts';
import { referenceViews } from './reference/views.ts';
import { uuid } from './uuid.ts';

let cube: CubeUnderTest;
beforeAll(async () => {
  // Some questions are answered from rollups, others from the tables: the reference is the same.
  cube = await startCube(filledRows(makeFixtureRows()), { rollups: true });
});
afterAll(() => cube?.close());

interface MetaCube {
  readonly name: string;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly measures: readonly (MetaMember & { readonly drillMembers: readonly string[] })[];
  readonly dimensions: readonly MetaMember[];
  readonly segments: readonly MetaMember[];
}

interface MetaMember {
  readonly name: string;
  readonly shortTitle: string;
  readonly description?: string;
  readonly type: string;
  readonly format?: unknown;
  readonly meta?: { readonly unit?: string; readonly unit_in?: string };
}

async function meta(): Promise<readonly MetaCube[]> {
  const { body } = await cube.get('meta');
  return (body as { cubes: readonly MetaCube[] }).cubes;
}

test('only views are public, and each member says what it is, in which format and unit', async () => {
  const cubes = await meta();
  expect(cubes.map(({ type }) => type)).toEqual(cubes.map(() => 'view'));
  const members = cubes.flatMap((view) => [...view.measures, ...view.dimensions]);
  expect(members.length).toBeGreaterThan(200);
  const named = [...members, ...cubes.flatMap((view) => view.segments)];
  expect(named.filter(({ shortTitle, description }) => !shortTitle || !description)).toEqual([]);
  expect(cubes.filter(({ title, description }) => !title || !description)).toEqual([]);
  const numbers = members.filter(({ type }) => type === 'number');
  expect(numbers.filter(({ meta }) => !meta?.unit && !meta?.unit_in)).toEqual([]);
  expect(members.filter(({ type, format }) => /number|time/.test(type) && !format)).toEqual([]);
  const closed = cubes
    .flatMap((view) => view.measures)
    .filter(({ drillMembers }) => drillMembers.length === 0);
  // What a figure over outcomes opens into is only in views that show it.
  expect(
    closed.map(({ name }) => name).filter((name) => !name.startsWith('treatments_and_outcomes.')),
  ).toEqual([]);
});

test('the reference page is that of the model', async () => {
  const page = readFileSync(join(packageRoot, 'docs', 'semantic-layer.md'), 'utf8');
  // Otherwise: npm run --silent chiasm -- models semantic-layer > docs/semantic-layer.md
  expect(page.trimEnd()).toBe(semanticReference((await meta()) as never).trimEnd());
});

test('every measure, segment and many dimensions of every public view have a reference query', async () => {
  const published = await meta();
  const names = (of: 'measures' | 'segments'): readonly string[] =>
    Object.entries(referenceViews).flatMap(([name, view]) =>
      Object.keys(view[of] ?? {}).map((member) => `${name}.${member}`),
    );
  for (const of of ['measures', 'segments'] as const)
    expect([...names(of)].sort()).toEqual(
      published.flatMap((view) => view[of].map(({ name }) => name)).sort(),
    );
});

describe.each(Object.entries(referenceViews))('view %s', (name, view) => {
  test('answers like hand-written SQL', async () => {
    const cases = await sampledCases(name, view, cube.sql);
    expect(cases.length).toBeGreaterThanOrEqual(CASES_PER_VIEW);
    // One in many: all of them take minutes (reference.long.test.ts).
    for (const each of cases.filter((_, index) => index % 23 === 0)) {
      const answer = restAnswer(each, await cube.load(restQuery(each)));
      const reference = referenceAnswer(each, await cube.sql(referenceSql(view, each)));
      expect(answer, JSON.stringify(each)).toEqual(reference);
    }
  });
});

test('each measure alone, in a query that fans out, equals the same measure among others', async () => {
  const view = referenceViews['cohort'];
  if (view === undefined) throw new Error('no cohort');
  const all = {
    view: 'cohort',
    measures: Object.keys(view.measures),
    dimensions: [],
    conditions: [{ member: 'modality', operator: 'set' as const }],
    segments: [],
  };
  const reference = referenceAnswer(all, await cube.sql(referenceSql(view, all)));
  for (const measure of all.measures) {
    const alone = { ...all, measures: [measure] };
    const answer = restAnswer(alone, await cube.load(restQuery(alone)));
    expect(answer[measure], measure).toEqual(reference[measure]);
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
  const number = await cube.publish({
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
  await buildRollups(cube.warehouse, number, { threads: 2 });
  const names = [1, 2, 5].flatMap((years) => [`mortality_${years}y`, `number_at_risk_${years}y`]);
  const measures = [...names, 'median_follow_up_reverse_km_days'].map((name) => `cohort.${name}`);
  const [row] = await cube.load({ measures });
  const [nobody] = await cube.load({
    measures,
    filters: [{ member: 'cohort.site_group', operator: 'equals', values: ['lung'] }],
  });
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
