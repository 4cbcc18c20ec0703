import { loadMartDeclarations, type MartColumn } from '../../../models/mart-declaration.ts';
import type { FixtureRow, FixtureRows } from '../publish-fixture.ts';

/** Rows in which the columns that nobody cares about have some value, so that every dimension sorts and filters. */
export function filledRows(rows: FixtureRows): FixtureRows {
  const marts = new Map(loadMartDeclarations().map((mart) => [mart.name, mart]));
  return Object.fromEntries(
    Object.entries(rows).map(([name, of]) => {
      const mart = marts.get(name);
      const columns = mart?.columns.filter((column) => column.type !== 'UUID') ?? [];
      return [
        name,
        of.map((row, index) => ({
          ...Object.fromEntries(
            columns.map((column) => [column.name, valueFor(column, `${name}.${column.name}.${index}`)]),
          ),
          ...row,
        })),
      ];
    }),
  );
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
