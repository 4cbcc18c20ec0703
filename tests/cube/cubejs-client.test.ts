import cubejs, { type CubeApi, type Query } from '@cubejs-client/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';

let cube: CubeUnderTest;
let client: CubeApi;
beforeAll(async () => {
  cube = await startCube(makeFixtureRows());
  client = cubejs('no token', { apiUrl: cube.url });
});
afterAll(() => cube?.close());

const query: Query = {
  measures: ['cohort.diagnoses', 'cohort.share_alive_1y'],
  dimensions: ['cohort.stage_group'],
  timeDimensions: [{ dimension: 'cohort.diagnosis_date', granularity: 'year' }],
  order: { 'cohort.diagnosis_date': 'asc', 'cohort.stage_group': 'asc' },
};

test('default, compact and columnar are the same rows to the client of Cube', async () => {
  const results = [];
  for (const responseFormat of ['default', 'compact', 'columnar'] as const)
    results.push(await client.load({ ...query, responseFormat }));
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
    const all = await client.load({ ...query, responseFormat });
    const limited = await client.load({ ...query, responseFormat, limit: 2, total: true });
    expect(limited.tablePivot()).toHaveLength(2);
    expect(limited.totalRows()).toBe(all.tablePivot().length);
    const nowhere = { member: 'cohort.site_group', operator: 'equals' as const, values: ['nowhere'] };
    const empty = await client.load({ ...query, responseFormat, filters: [nowhere] });
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
