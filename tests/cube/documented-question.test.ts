import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';

let cube: CubeUnderTest;
beforeAll(async () => {
  cube = await startCube(makeFixtureRows(11, 1500));
});
afterAll(() => cube?.close());

/** Tumours counted once, however many series of the person qualify; a CT on the day of diagnosis counts. */
const BY_HAND = `
with qualifying as (
  select d.diagnosis_key, d.patient_key, d.first_treatment_class
  from marts.cancer_diagnoses d
  where d.site_group = 'lung'
    and d.stage_group in ('III', 'IV')
    and exists (
      select 1
      from marts.imaging_series s
      join marts.imaging_studies u on u.study_key = s.study_key
      where s.patient_key = d.patient_key
        and s.modality = 'CT'
        and coalesce(s.body_region, u.body_region) = 'chest'
        and s.slice_thickness_mm <= 2.5
        and d.diagnosis_date - u.study_date between 0 and 60
    )
)
select q.first_treatment_class as class, count(distinct q.patient_key) as patients,
  count(*) filter (where o.is_at_risk_1y) as at_risk,
  round(avg(o.is_alive_1y::integer) filter (where o.is_at_risk_1y), 9) as share
from qualifying q
left join marts.outcomes o on o.diagnosis_key = q.diagnosis_key
group by q.first_treatment_class
order by patients desc, class`;

test('the documented question is one REST query and equals hand-written SQL', async () => {
  const question = JSON.parse(readFileSync(join(packageRoot, 'app', 'question.json'), 'utf8'));
  const rows = await cube.load(question.query);
  const byHand = await cube.sql(BY_HAND);
  expect(rows.length).toBeGreaterThan(3);
  // In order, too: ties are broken, so that every reader sees the same list.
  expect(
    rows.map((row) => ({
      class: row['cohort.first_treatment_class'] ?? null,
      patients: Number(row['cohort.patients']),
      at_risk: Number(row['cohort.at_risk_1y']),
      share: Number(Number(row['cohort.share_alive_1y']).toFixed(9)),
    })),
  ).toEqual(
    byHand.map((row) => ({
      class: row['class'] ?? null,
      patients: Number(row['patients']),
      at_risk: Number(row['at_risk']),
      share: Number(row['share']),
    })),
  );
  expect(question.query.order.map(([member]: [string]) => member)).toEqual(
    expect.arrayContaining(question.query.dimensions),
  );
});
