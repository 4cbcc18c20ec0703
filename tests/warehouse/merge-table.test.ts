import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { mergeTable, type RowScope } from '../../etl/warehouse/merge-table.ts';
import type { SnapshotTable } from '../../etl/warehouse/snapshot-manifest.ts';
import { type FoldPolicy, TableStore } from '../../etl/warehouse/table-store.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const COLUMNS = ['owner', 'value', 'words'];

/** Rows of a scope: a number of values, each perhaps more than once. */
const night = fc.array(
  fc.record({
    scope: fc.integer({ min: 0, max: 9 }),
    values: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
  }),
  { minLength: 0, maxLength: 6 },
);

const BY_OWNER: RowScope = { kind: 'column', sql: 'hash(owner)' };

test.each<{ readonly scope: RowScope; readonly fold?: FoldPolicy; readonly most: number }>([
  { scope: { kind: 'lineage' }, most: 8 },
  { scope: BY_OWNER, most: 8 },
  { scope: { kind: 'lineage' }, fold: { smallRows: 3, middleRows: 50, middleFiles: 2 }, most: 10 },
  { scope: BY_OWNER, fold: { smallRows: 0, middleRows: 50, middleFiles: 3 }, most: 4 },
])(
  'after any nights a merged table has exactly the rows of a rebuilt one ($scope.kind, $fold)',
  async ({ scope, fold, most }) => {
    const directory = temporaryDirectory();
    const connection = await (await openDuckDB()).connect();
    const store = await TableStore.open(connection, join(directory, 'w'), join(directory, 'p'), fold);
    const fresh = async (rows: ReadonlyMap<number, readonly number[]>): Promise<void> => {
      const values = [...rows].flatMap(([owner, list]) => list.map((value) => `(${owner}, ${value})`));
      await connection.run(`
        create or replace temp table merge_scope as select hash(s::integer) as scope from (values ${[...rows.keys()].map((s) => `(${s})`).join(', ') || '(null)'}) t(s);
        create or replace temp table merge_fresh as
        select hash(o::integer) as __scope, o::integer as owner, v::integer as value, [v::varchar] as words
        from (values ${values.join(', ') || '(null, null)'}) t(o, v) where o is not null`);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(night, { minLength: 1, maxLength: 12 }), async (nights) => {
        const model = new Map<number, readonly number[]>();
        await fresh(new Map());
        let table: SnapshotTable = {
          schema: 'staging',
          name: 't',
          definition: 'd',
          rows: 0,
          files: [
            await store.writeFile(
              'staging',
              't',
              'select * exclude (__scope) from merge_fresh',
              'select __scope as scope from merge_fresh',
            ),
          ],
        };
        for (const changes of nights) {
          const touched = new Map(changes.map(({ scope: owner, values }) => [owner, values]));
          for (const [owner, values] of touched) model.set(owner, values);
          await fresh(touched);
          table = (await mergeTable(store, table, COLUMNS, scope)).table;
          await store.show('staging', 't', table.files);
          const rows = await queryJson(
            connection,
            'select owner, value, words[1] as word from staging.t order by all',
          );
          const expected = [...model]
            .flatMap(([owner, values]) => values.map((value) => ({ owner, value, word: String(value) })))
            .sort((a, b) => a.owner - b.owner || a.value - b.value);
          expect(rows).toEqual(expected);
          expect(table.rows).toBe(expected.length);
          expect(table.files.length).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 7 },
    );
  },
);

test('nights of any size leave few files, and every row once', async () => {
  const directory = temporaryDirectory();
  const connection = await (await openDuckDB()).connect();
  const store = await TableStore.open(connection, join(directory, 'w'), join(directory, 'p'));
  const scope: RowScope = { kind: 'column', sql: 'hash(id)' };
  const fresh = (from: number, rows: number): Promise<unknown> =>
    connection.run(`
      create or replace temp table merge_fresh as
      select hash(id) as __scope, id from (select i as id from range(${from}, ${from + rows}) t(i));
      create or replace temp table merge_scope as select __scope as scope from merge_fresh`);
  await fresh(0, 0);
  const empty = await store.writeFile('marts', 't', 'select id from merge_fresh');
  let table: SnapshotTable = { schema: 'marts', name: 't', definition: 'd', rows: 0, files: [empty] };
  let most = 0;
  for (let night = 0, rows = 0; night < 40; night++) {
    // small nights, and such as are a file of middling size
    const size = night % 2 === 0 ? 100 : 26_000;
    await fresh(rows, size);
    table = (await mergeTable(store, table, ['id'], scope)).table;
    rows += size;
    most = Math.max(most, table.files.length);
  }
  // at most eight small ones, those of middling size that the policy leaves, and one for each 200,000 rows
  const { middleFiles, middleRows } = store.fold;
  expect(most).toBeLessThanOrEqual(8 + middleFiles + 1 + Math.ceil(table.rows / middleRows));
  await store.show('marts', 't', table.files);
  const [row] = await queryJson(
    connection,
    'select count(*)::integer as n, count(distinct id)::integer as ids from marts.t',
  );
  expect(row).toEqual({ n: table.rows, ids: table.rows });
});
