import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CUBE_VERSION, hasNativeCube } from '../../cube/portable-core.ts';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';

let cube: CubeUnderTest;
beforeAll(async () => {
  cube = await startCube(makeFixtureRows());
});
afterAll(() => cube?.close());

describe('Cube without its native binary', () => {
  test('meta', async () => {
    expect(CUBE_VERSION).toBe('1.7.43');
    const { status, body } = await cube.get('meta');
    console.log(JSON.stringify(body).slice(0, 500));
    expect(status).toBe(200);
    expect(hasNativeCube()).toBe(false);
  });
  test('load', async () => {
    const { status, body } = await cube.get('load', { query: { measures: ['cohort.patients', 'cohort.median_age_years', 'cohort.share_alive_1y', 'cohort.studies'], dimensions: ['cohort.first_treatment_class'], filters: [{ member: 'cohort.modality', operator: 'equals', values: ['CT'] }], total: true } });
    console.log(status, JSON.stringify(body), cube.queryErrors);
    const s = await cube.get('sql', { query: { measures: ['cohort.patients', 'cohort.median_age_years', 'cohort.share_alive_1y', 'cohort.studies'], dimensions: ['cohort.first_treatment_class'], filters: [{ member: 'cohort.modality', operator: 'equals', values: ['CT'] }] } });
    console.log(JSON.stringify(s.body).slice(0, 5000));
  });
});
