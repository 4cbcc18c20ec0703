import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';
import { filledRows } from './reference/filled-rows.ts';
import { referenceAnswer, restAnswer, restQuery } from './reference/rest.ts';
import { sampledCases } from './reference/sampled-cases.ts';
import { referenceSql } from './reference/sql.ts';
import { referenceViews } from './reference/views.ts';

let cube: CubeUnderTest;
beforeAll(async () => {
  cube = await startCube(filledRows(makeFixtureRows()), { rollups: true });
});
afterAll(() => cube?.close());

test.each(Object.entries(referenceViews))(
  '%s: REST answers every case like hand-written SQL',
  async (name, view) => {
    let withRows = 0;
    for (const each of await sampledCases(name, view, cube.sql)) {
      const answer = restAnswer(each, await cube.load(restQuery(each)));
      const reference = referenceAnswer(each, await cube.sql(referenceSql(view, each)));
      expect(answer, JSON.stringify(each)).toEqual(reference);
      if (Object.values(answer).some((groups) => Object.values(groups).some((value) => (value ?? 0) !== 0)))
        withRows += 1;
    }
    // Agreement on nothing would be cheap.
    expect(withRows).toBeGreaterThan(30);
  },
);
