import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadMartDeclarations } from '../../models/mart-declaration.ts';
import { listSqlSteps, makeMarts, openEmptyWarehouse } from './warehouse.ts';

const TYPE_NAMES: Readonly<Record<string, string>> = { 'TIMESTAMP WITH TIME ZONE': 'TIMESTAMPTZ' };

describe('shipped SQL over an empty warehouse', () => {
  let connection: DuckDBConnection;
  beforeAll(async () => {
    connection = await openEmptyWarehouse();
    await makeMarts(connection);
  });

  test('every mart has a declaration and every declaration a SELECT', () => {
    const made = listSqlSteps().filter((step) => step.kind === 'marts');
    const names = made.map((step) => step.name).sort();
    expect(names).toEqual(loadMartDeclarations().map((mart) => mart.name));
  });

  test.each(loadMartDeclarations().map((mart) => [mart.name, mart] as const))(
    '%s makes the declared columns',
    async (_, mart) => {
      const reader = await connection.runAndReadAll(`describe marts.${mart.name}`);
      const columns = reader.getRows().map(([name, type]) => [name, TYPE_NAMES[String(type)] ?? type]);
      expect(columns).toEqual(mart.columns.map((column) => [column.name, column.type]));
    },
  );

  test.each(listSqlSteps().map((step) => [`${step.kind}/${step.name}`, step] as const))(
    '%s is explained and finds nothing in nothing',
    async (_, { sql }) => {
      await expect(connection.run(`explain ${sql}`)).resolves.toBeDefined();
      const reader = await connection.runAndReadAll(`select count(*) from (${sql})`);
      expect(Number(reader.getRows()[0]?.[0])).toBe(0);
    },
  );
});
