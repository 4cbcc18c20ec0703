import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { ALL_CHANGED, checkMarts } from '../../etl/refresh/check-marts.ts';
import { loadSqlFiles, orderSqlFiles } from '../../etl/warehouse/sql-files.ts';
import { loadMartDeclarations } from '../../models/mart-declaration.ts';
import { makeMarts, openEmptyWarehouse } from './warehouse.ts';

const TYPE_NAMES: Readonly<Record<string, string>> = { 'TIMESTAMP WITH TIME ZONE': 'TIMESTAMPTZ' };

const files = (['staging', 'marts', 'checks'] as const).flatMap((folder) =>
  loadSqlFiles(folder).map((file) => [`${folder}/${file.name}`, file] as const),
);

describe('shipped SQL over an empty warehouse', () => {
  let connection: DuckDBConnection;
  beforeAll(async () => {
    connection = await openEmptyWarehouse();
    await makeMarts(connection);
  });

  test('every mart has a declaration and every declaration a SELECT', () => {
    expect(loadSqlFiles('marts').map((file) => file.name)).toEqual(
      loadMartDeclarations().map((mart) => mart.name),
    );
  });

  test.each(loadMartDeclarations().map((mart) => [mart.name, mart] as const))(
    '%s makes the declared columns',
    async (_, mart) => {
      const reader = await connection.runAndReadAll(`describe marts.${mart.name}`);
      const columns = reader.getRows().map(([name, type]) => [name, TYPE_NAMES[String(type)] ?? type]);
      expect(columns).toEqual(mart.columns.map((column) => [column.name, column.type]));
    },
  );

  test.each(files)('%s is explained and finds nothing in nothing', async (_, { sql }) => {
    await expect(connection.run(`explain ${sql}`)).resolves.toBeDefined();
    const reader = await connection.runAndReadAll(`select count(*) from (${sql})`);
    expect(Number(reader.getRows()[0]?.[0])).toBe(0);
  });

  test('a mart with a scope knows every table that it reads, and by which column', async () => {
    const marts = await orderSqlFiles(connection, 'marts', loadSqlFiles('marts'));
    const scoped = loadMartDeclarations().filter((mart) => mart.scope !== undefined);
    expect(scoped.map((mart) => mart.name)).toEqual(['lab_results', 'patient_events']);
    for (const { name, scope } of scoped) {
      const reads = marts
        .find((file) => file.name === name)
        ?.reads.filter((table) => !table.startsWith('codes.'));
      expect(Object.keys(scope?.inputs ?? {}).sort(), name).toEqual([...(reads ?? [])].sort());
      for (const [table, columns] of Object.entries(scope?.inputs ?? {})) {
        const list = columns.map((column) => `${column}::uuid`).join(', ');
        await expect(
          connection.run(`select ${list} from ${table}`),
          `${name}: ${table}`,
        ).resolves.toBeDefined();
      }
    }
  });

  test('nothing breaks no promise', async () => {
    await expect(checkMarts(connection, ALL_CHANGED)).resolves.toBeUndefined();
  });

  test.each(files)('%s says its grain or its rule, and keeps keywords in lower case', (name, { sql }) => {
    const [first = ''] = sql.split('\n', 1);
    expect(first).toMatch(name.startsWith('checks/') ? /^-- \S/ : /^-- one row per /);
    const code = sql.replace(/--.*/g, '').replace(/'(?:[^']|'')*'/g, '');
    expect(code).not.toMatch(/\b(SELECT|FROM|WHERE|JOIN|GROUP|ORDER|CASE|WITH|UNION|AND|OR|AS|ON)\b/);
  });
});
