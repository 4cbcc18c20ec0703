import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { policyGroup, withAccessPolicies } from '../../cube/access-policy.ts';
import { modelPath } from '../../cube/model-repository.ts';
import { tableGrants } from '../../serve/sql/grants.ts';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';

/** As a site writes them under `sql.groups`; `disease_course` has a rule of its own. */
const GROUPS = {
  analyst: ['marts'],
  pathologist: ['marts.pathology_slides', 'marts.patients'],
  tumours: ['marts.cancer_diagnoses'],
  'lung-board': ['cube.cohort'],
  // Names are names, whatever they look like.
  '*': ['marts.lab_results'],
  'the "{CUBE}" group': ['marts.lab_results', 'marts.patients'],
};
const OWN_RULE = `
    access_policy:
      - group: lung-board
        member_level:
          includes: "*"
          excludes: [race]
        row_level:
          filters:
            - member: site_group
              operator: equals
              values: [lung]
      - group: analyst
`;

let cube: CubeUnderTest;
const folder = mkdtempSync(join(tmpdir(), 'chiasm-model-'));
beforeAll(async () => {
  cpSync(modelPath, folder, { recursive: true });
  const view = join(folder, 'views', 'disease_course.yml');
  writeFileSync(view, `${readFileSync(view, 'utf8').trimEnd()}\n${OWN_RULE}`);
  cube = await startCube(makeFixtureRows(), { modelPath: folder, access: tableGrants(GROUPS, []) });
});
afterAll(async () => {
  await cube?.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = async (
  group: string,
  query: object,
): Promise<{ status: number; body: { code?: string; data?: never[] } }> => cube.get('load', { query }, group);

async function visible(group: string): Promise<readonly string[]> {
  const { body } = await cube.get('meta', {}, group);
  const { cubes } = body as { cubes: Record<'measures' | 'dimensions' | 'segments', { name: string }[]>[] };
  return cubes.flatMap(({ measures, dimensions, segments }) =>
    [...measures, ...dimensions, ...segments].map(({ name }) => name),
  );
}

test('a group sees the members whose marts it may read, and no others', async () => {
  const all = await visible('analyst');
  const slides = await visible('pathologist');
  expect(all).toEqual(expect.arrayContaining(['cohort.patients', 'labs.results', 'labs.abnormal']));
  expect(slides).toEqual(
    expect.arrayContaining(['pathology.slides', 'pathology.sex', 'population.patients']),
  );
  expect([...new Set(slides.map((name) => name.split('.')[0]))].sort()).toEqual(['pathology', 'population']);
  const tumours = await visible('tumours');
  expect(tumours).toContain('cohort.diagnoses');
  // What is known of them in other marts is not theirs.
  expect(tumours.filter((name) => /share_alive|\.sex$|modality|\.agent$/.test(name))).toEqual([]);
  expect(await visible('stranger')).toEqual([]);
  const labs = await visible('the "{CUBE}" group');
  expect(labs).toEqual(expect.arrayContaining(['labs.results', 'labs.sex']));
  expect(await visible('*')).not.toContain('labs.sex');
  expect(await visible(policyGroup('analyst'))).toEqual([]);
});

test.each<[string, string, object]>([
  ['a measure', 'pathologist', { measures: ['cohort.patients'] }],
  ['a dimension', 'tumours', { measures: ['cohort.diagnoses'], dimensions: ['cohort.sex'] }],
  [
    'a filter',
    'tumours',
    { measures: ['cohort.diagnoses'], filters: [{ or: [{ member: 'cohort.sex', operator: 'set' }] }] },
  ],
  ['a segment', 'tumours', { measures: ['cohort.diagnoses'], segments: ['cohort.deceased'] }],
  ['an order', 'tumours', { measures: ['cohort.diagnoses'], order: { 'cohort.sex': 'asc' } }],
  [
    'a time',
    'tumours',
    {
      measures: ['cohort.diagnoses'],
      timeDimensions: [{ dimension: 'cohort.imaging_date', granularity: 'year' }],
    },
  ],
  ['anything, of a group without grants', 'stranger', { measures: ['data_quality.findings'] }],
  ['what a group called * was granted', 'stranger', { measures: ['labs.results'] }],
  ['what is not in a granted view', 'lung-board', { measures: ['labs.results'] }],
  [
    'a member that the view’s own rule leaves out',
    'lung-board',
    { measures: ['disease_course.statements'], dimensions: ['disease_course.race'] },
  ],
])('%s that a group may not read is refused, never answered with zero', async (_, group, query) => {
  for (const path of ['load', 'sql', 'dry-run']) {
    const { status, body } = await cube.get(path, { query }, group);
    expect([status, (body as { code: string }).code], path).toEqual([403, 'query-forbidden']);
  }
});

test('who may, gets the same numbers as everybody; a rule on rows narrows them', async () => {
  const query = { measures: ['cohort.diagnoses'], dimensions: ['cohort.site_group'] };
  const analyst = await ask('analyst', query);
  expect(analyst.status).toBe(200);
  for (const group of ['tumours', 'lung-board']) {
    expect((await ask(group, query)).body.data).toEqual(analyst.body.data);
  }
  const course = { measures: ['disease_course.statements'] };
  const [byHand] = await cube.sql(
    `select count(*)::varchar as everybody, (count(*) filter (where d.site_group = 'lung'))::varchar as lung
     from marts.disease_status s left join marts.cancer_diagnoses d using (diagnosis_key)`,
  );
  const rows = async (group: string): Promise<unknown> => (await ask(group, course)).body.data;
  expect(await rows('analyst')).toEqual([{ 'disease_course.statements': byHand?.['everybody'] }]);
  expect(await rows('lung-board')).toEqual([{ 'disease_course.statements': byHand?.['lung'] }]);
  expect(byHand?.['lung']).not.toBe(byHand?.['everybody']);
});

test('where no group is granted anything, every view is closed', () => {
  const files = [
    { cubes: [{ name: 'a', sql_table: 'marts.a', dimensions: [{ name: 'x', sql: '{CUBE}.x' }] }] },
    { views: [{ name: 'v', cubes: [{ join_path: 'a', includes: ['x'] }] }] },
  ];
  const [, file] = withAccessPolicies(files, tableGrants({}, []));
  expect(file?.views?.[0]).toMatchObject({
    access_policy: [{ group: '*', member_level: { includes: [] } }],
  });
});
