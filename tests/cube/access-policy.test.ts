import type { Request } from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGrants } from '../../serve/read-grants.ts';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';

const groups = {
  all: ['marts'],
  cancer: ['marts.cancer_diagnoses', 'marts.patients', 'marts.outcomes', 'marts.imaging_series'],
  '*': ['marts.lab_results'],
  'a "{CUBE}" group': ['marts.lab_results', 'marts.patients'],
  none: [],
};

let cube: CubeUnderTest;
beforeAll(async () => {
  const groupOf = (request: Request): string => request.get('X-Group') ?? '';
  cube = await startCube(makeFixtureRows(), { groupOf, grants: readGrants(groups) });
});
afterAll(() => cube?.close());

async function ask(group: string, path: string, query?: object): Promise<{ status: number; body: never }> {
  const search = query === undefined ? '' : `?query=${encodeURIComponent(JSON.stringify(query))}`;
  const response = await fetch(`${cube.url}/${path}${search}`, { headers: { 'X-Group': group } });
  return { status: response.status, body: (await response.json()) as never };
}

const COHORT = { measures: ['cohort.diagnoses'], dimensions: ['cohort.site_group'] };
const filtered = (member: string): object => ({
  ...COHORT,
  filters: [{ or: [{ member, operator: 'set' }] }],
});

test.each([
  ['all', COHORT, 200],
  ['cancer', COHORT, 200],
  ['cancer', { measures: ['cohort.number_at_risk_1y'], dimensions: ['cohort.sex'] }, 200],
  // A table that is not granted, named in any place.
  ['cancer', { measures: ['cohort.treatments'] }, 403],
  ['cancer', { measures: ['cohort.diagnoses'], dimensions: ['cohort.agent'] }, 403],
  ['cancer', filtered('cohort.treatment_class'), 403],
  ['cancer', { ...COHORT, segments: ['cohort.surgical'] }, 403],
  ['cancer', { ...COHORT, order: { 'cohort.agent': 'asc' } }, 403],
  [
    'cancer',
    {
      ...COHORT,
      timeDimensions: [{ dimension: 'cohort.treatment_start_date', granularity: 'year' }],
    },
    403,
  ],
  // Granted, but only reached through a table that is not.
  ['cancer', { measures: ['cohort.diagnoses'], dimensions: ['cohort.modality'] }, 403],
  ['cancer', { measures: ['imaging.series'], dimensions: ['imaging.modality'] }, 200],
  ['cancer', { measures: ['labs.results'] }, 403],
  // Names of groups are names, whatever they look like.
  ['*', { measures: ['labs.results'] }, 200],
  ['*', { measures: ['labs.results'], dimensions: ['labs.sex'] }, 403],
  ['a "{CUBE}" group', { measures: ['labs.results'], dimensions: ['labs.sex'] }, 200],
  ['none', { measures: ['labs.results'] }, 403],
  ['stranger', { measures: ['labs.results'] }, 403],
  ['group_616c6c', COHORT, 403],
] as const)('%s asks %j: %i', async (group, query, status) => {
  for (const path of ['load', 'sql', 'dry-run']) {
    const answer = await ask(group, path, query);
    expect([path, answer.status]).toEqual([path, status]);
    if (status === 403) expect(answer.body).toMatchObject({ code: 'query-forbidden' });
  }
});

test('meta shows what may be read, and no view of which nothing may', async () => {
  const viewsOf = async (group: string): Promise<readonly MetaView[]> =>
    ((await ask(group, 'meta')).body as { cubes: MetaView[] }).cubes;
  const names = (view: MetaView | undefined): readonly string[] =>
    [...(view?.dimensions ?? []), ...(view?.measures ?? [])].map(({ name }) => name);
  const everything = await viewsOf('all');
  const cohort = (await viewsOf('cancer')).find(({ name }) => name === 'cohort');
  expect(everything.length).toBeGreaterThan(15);
  expect(names(everything.find(({ name }) => name === 'cohort'))).toContain('cohort.agent');
  expect(names(cohort)).toContain('cohort.site_group');
  expect(names(cohort)).not.toContain('cohort.agent');
  expect((await viewsOf('*')).map(({ name }) => name)).toEqual(['labs']);
  expect(await viewsOf('stranger')).toEqual([]);
});

interface MetaView {
  readonly name: string;
  readonly dimensions: readonly { readonly name: string }[];
  readonly measures: readonly { readonly name: string }[];
}

test('a refusal is no failure of the query', () => {
  expect(cube.queryErrors).toEqual([]);
});
