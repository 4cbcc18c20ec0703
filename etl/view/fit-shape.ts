import type { JsonKind, Shape, ShapeFields } from './shape.ts';

/**
 * The path of the first element of a parsed record that does not stand in JSON as the shape wants it, or undefined.
 * What fits is read by DuckDB without an error and without a conversion.
 */
export function findMisfit(value: unknown, fields: ShapeFields): string | undefined {
  if (!isObject(value)) return '';
  for (const [name, shape] of Object.entries(fields)) {
    const found = misfitIn(value[name], shape);
    if (found !== undefined) return found === '' ? name : `${name}.${found}`;
  }
  return undefined;
}

function misfitIn(value: unknown, shape: Shape): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (!shape.isList) return misfitOf(value, shape);
  if (!Array.isArray(value)) return '';
  for (const each of value) {
    const found = each === null ? undefined : misfitOf(each, shape);
    if (found !== undefined) return found;
  }
  return undefined;
}

function misfitOf(value: unknown, shape: Shape): string | undefined {
  if (shape.kind !== 'scalar') return findMisfit(value, shape.fields);
  return isOfKind(value, shape.json, shape.sqlType) ? undefined : '';
}

/** Whole numbers as far as the column type goes; beyond 2^53 the double is near enough for that question. */
const LARGEST: Readonly<Record<string, number>> = { INTEGER: 2_147_483_647, BIGINT: 9.2e18 };

function isOfKind(value: unknown, kind: JsonKind, sqlType: string): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'integer':
      return Number.isInteger(value) && Math.abs(value as number) <= (LARGEST[sqlType] ?? 9.2e18);
    default:
      return kind satisfies never;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
