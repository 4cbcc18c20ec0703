import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { sqlName, sqlString } from '../../base/sql-text.ts';
import { ALL_CHANGED, checkMarts } from '../../etl/refresh/check-marts.ts';
import { loadMartDeclarations } from '../../models/mart-declaration.ts';
import { listFolders, makeMarts, openEmptyWarehouse } from './warehouse.ts';

const root = join(packageRoot, 'tests/marts');
const cases = listFolders(root).flatMap((mart) =>
  listFolders(join(root, mart)).map((name) => [mart, name] as const),
);

/** Checked warehouses by what was given: several marts may show what follows from the same. */
const warehouses = new Map<string, Promise<DuckDBConnection>>();
afterAll(async () => {
  for (const connection of await Promise.allSettled(warehouses.values())) {
    if (connection.status === 'fulfilled') connection.value.closeSync();
  }
});

function openWarehouse(given: string): Promise<DuckDBConnection> {
  const open = async (): Promise<DuckDBConnection> => {
    const connection = await openEmptyWarehouse();
    await connection.run(given);
    await makeMarts(connection);
    await checkMarts(connection, ALL_CHANGED);
    return connection;
  };
  const warehouse = warehouses.get(given) ?? open();
  warehouses.set(given, warehouse);
  return warehouse;
}

/**
 * `tests/marts/<mart>/<case>/given.sql` fills staging tables, `expected.csv` holds the columns of the mart that the
 * case is about. Adding a folder adds a test. Keys are written by the name that `key('name')` was given.
 */
describe('marts from given to expected', () => {
  test('every mart has a case', () => {
    const tested = new Set(cases.map(([mart]) => mart));
    expect(loadMartDeclarations().filter((mart) => !tested.has(mart.name))).toEqual([]);
  });

  test.each(cases)('%s: %s', async (mart, name) => {
    const connection = await openWarehouse(readFileSync(join(root, mart, name, 'given.sql'), 'utf8'));
    const expected = sqlString(join(root, mart, name, 'expected.csv'));
    const declared = loadMartDeclarations().find((each) => each.name === mart);
    const header = await connection.runAndReadAll(
      `select column_name from (describe from read_csv(${expected}, header = true, all_varchar = true))`,
    );
    const columns = header.getRows().map(([column]) => String(column));
    const actual = columns.map((column) => `${sqlName(column)}::varchar as ${sqlName(column)}`);
    const named = columns.map((column) => {
      const isKey = declared?.columns.find((each) => each.name === column)?.type === 'UUID';
      return isKey ? `key(${sqlName(column)})::varchar as ${sqlName(column)}` : sqlName(column);
    });
    const read = async (sql: string): Promise<unknown> =>
      (await connection.runAndReadAll(`${sql} order by all`)).getRowObjectsJson();
    expect(await read(`select ${actual.join(', ')} from marts.${mart}`)).toEqual(
      await read(`select ${named.join(', ')} from read_csv(${expected}, header = true, all_varchar = true)`),
    );
  });
});
