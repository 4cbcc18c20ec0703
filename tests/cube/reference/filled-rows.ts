import {
  loadMartDeclarations,
  type MartColumn,
  type MartDeclaration,
} from '../../../models/mart-declaration.ts';
import type { FixtureRow, FixtureRows } from '../publish-fixture.ts';
import { uuid } from '../uuid.ts';

/** Rows of a mart that nobody made any for. */
const MADE_ROWS = 40;

/**
 * Rows in which the columns that nobody cares about have some value, so that every dimension sorts and filters; a mart
 * without rows gets some, which refer to those of others.
 */
export function filledRows(rows: FixtureRows): FixtureRows {
  const marts = loadMartDeclarations();
  const known: FixtureRows = Object.fromEntries(
    marts.map((mart, index) => {
      const given = rows[mart.name] ?? [];
      return [mart.name, given.length > 0 ? given : keyRows(mart, 200 + index)];
    }),
  );
  return Object.fromEntries(
    marts.map((mart) => [
      mart.name,
      (known[mart.name] ?? []).map((row, index) => ({
        ...Object.fromEntries(
          mart.columns
            .filter((column) => column.type !== 'UUID')
            .map((column) => [column.name, valueFor(column, `${mart.name}.${column.name}.${index}`)]),
        ),
        ...((rows[mart.name] ?? []).length > 0 ? {} : referring(mart, known, index)),
        ...row,
      })),
    ]),
  );
}

function keyRows(mart: MartDeclaration, prefix: number): readonly FixtureRow[] {
  return Array.from({ length: MADE_ROWS }, (_, index) =>
    Object.fromEntries(
      mart.columns
        .filter(({ name }) => mart.key.includes(name))
        .map(({ name, type }) => [name, type === 'UUID' ? uuid(prefix, index) : `${name}-${index}`]),
    ),
  );
}

/** The columns that refer to rows of other marts. */
function referring(mart: MartDeclaration, known: FixtureRows, index: number): FixtureRow {
  const pairs = mart.references.flatMap(({ columns, mart: target, to }) => {
    const targets = known[target] ?? [];
    const row = targets[index % Math.max(1, targets.length)];
    return columns.map((column, position) => [column, row?.[to[position] ?? ''] ?? null] as const);
  });
  return Object.fromEntries(pairs);
}

function valueFor(column: MartColumn, seed: string): FixtureRow[string] {
  const number = hash(seed);
  if (column.nullable && number % 5 === 0) return null;
  switch (column.type) {
    case 'BOOLEAN':
      return number % 2 === 0;
    case 'INTEGER':
    case 'BIGINT':
      return number % 9;
    case 'DOUBLE':
      return (number % 40) / 8;
    case 'DATE':
      return dayOf(number);
    case 'TIMESTAMPTZ':
      return `${dayOf(number)}T${String(number % 24).padStart(2, '0')}:30:00Z`;
    case 'UUID':
      return null;
    case 'VARCHAR':
      return ['ember', 'fjord, deep', "grove's", 'heath'][number % 4] ?? null;
    default:
      return column.type satisfies never;
  }
}

function dayOf(number: number): string {
  return new Date(Date.UTC(2019, 0, 1 + (number % 700))).toISOString().slice(0, 10);
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return (value ^ (value >>> 15)) >>> 0;
}
