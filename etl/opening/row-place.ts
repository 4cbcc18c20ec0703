import type { Json } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { sqlName, sqlString } from '../../base/sql-text.ts';
import type { MartDeclaration } from '../../models/mart-declaration.ts';
import type { MartTrace } from '../../models/mart-trace.ts';

/** Rows of a table by the values of some columns. */
export interface RowPlace {
  readonly table: string;
  readonly columns: readonly string[];
  readonly values: readonly string[];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The row of a mart that a key names: the values of the key's columns, in order. Throws `row-not-found`. */
export function placeOfKey(mart: MartDeclaration, key: readonly string[]): RowPlace {
  const types = mart.key.map((name) => mart.columns.find((column) => column.name === name)?.type);
  const isKey =
    key.length === mart.key.length &&
    key.every((value, index) => types[index] !== 'UUID' || UUID.test(value));
  if (!isKey) throw rowNotFound(mart.name, `a key of ${mart.name} is ${mart.key.join(',')}, UUIDs in full`);
  return { table: `marts.${mart.name}`, columns: mart.key, values: key };
}

/** What a row opens to by one of the traces of its mart; nothing where the row names nothing. */
export function placesOf(trace: MartTrace, row: Readonly<Record<string, Json>>): readonly RowPlace[] {
  const values = trace.columns.map((column) => row[column] ?? null);
  if (values.some((value) => value === null)) return [];
  const named = trace.named_by === undefined ? undefined : row[trace.named_by];
  return trace.find
    .filter(({ table }) => trace.named_by === undefined || table === named)
    .map(({ table, by }) => ({ table, columns: by, values: values.map(String) }));
}

/** SQL for the condition that a row is at a place. */
export function isAt({ columns, values }: RowPlace): string {
  return columns
    .map((column, index) => `${sqlName(column)} = ${sqlString(values[index] ?? '')}`)
    .join(' and ');
}

export function rowNotFound(mart: string, message: string): ChiasmError {
  return new ChiasmError('row-not-found', message, { params: { mart } });
}
