import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SqlOver, startSqlOver } from '../serve/sql/sql-over.ts';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { makeFixtureRows } from './fixture-rows.ts';
import { referenceAnswer, restAnswer, semanticAnswer } from './reference/answer.ts';
import { CASES_PER_VIEW } from './reference/cases.ts';
import { filledRows } from './reference/filled-rows.ts';
import { restQuery } from './reference/rest.ts';
import { sampledCases } from './reference/sampled-cases.ts';
import { AS_TEXT, aggregatesOf, semanticSql } from './reference/semantic-sql.ts';
import { referenceSql } from './reference/sql.ts';
import { referenceViews } from './reference/views.ts';

let cube: CubeUnderTest;
let sql: SqlOver;
let analysts: readonly pg.Client[];
beforeAll(async () => {
  cube = await startCube(filledRows(makeFixtureRows()), { rollups: true });
  sql = await startSqlOver(cube, { analyst: ['marts'] });
  analysts = await Promise.all([1, 2, 3].map(() => sql.connect('analyst', AS_TEXT)));
});
afterAll(async () => {
  await Promise.all((analysts ?? []).map((analyst) => analyst.end()));
  await sql?.close();
  await cube?.close();
});

test.each(Object.entries(referenceViews))(
  '%s: REST and semantic SQL answer every case like hand-written SQL',
  async (name, view) => {
    const cases = [...(await sampledCases(name, view, cube.sql)).entries()];
    expect(cases.length).toBeGreaterThanOrEqual(CASES_PER_VIEW);
    let withRows = 0;
    const ask = async (analyst: pg.Client): Promise<void> => {
      const aggregates = await aggregatesOf(analyst, name);
      for (let next = cases.pop(); next !== undefined; next = cases.pop()) {
        const [index, each] = next;
        const text = semanticSql(each, index % 2 === 0 ? undefined : aggregates);
        const rest = await cube.load(restQuery(each));
        const semantic = await analyst.query<Record<string, unknown>>(text);
        const reference = referenceAnswer(each, await cube.sql(referenceSql(view, each)));
        expect(restAnswer(each, rest), JSON.stringify(each)).toEqual(reference);
        expect(semanticAnswer(each, semantic.rows), text).toEqual(reference);
        const values = Object.values(reference).flatMap((groups) => Object.values(groups));
        if (values.some((value) => (value ?? 0) !== 0)) withRows += 1;
      }
    };
    await Promise.all(analysts.map(ask));
    // Agreement on nothing would be cheap.
    expect(withRows).toBeGreaterThan(30);
  },
);
