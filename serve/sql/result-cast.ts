import { type DuckDBType, DuckDBTypeId as T } from '@duckdb/node-api';
import type { Format } from '../wire/frontend.ts';
import { duckdbTypeName, elementOid, OID, oidOf } from './pg-type.ts';

const INTEGERS: readonly number[] = [OID.int2, OID.int4, OID.int8, OID.oid];
const FLOATS: readonly number[] = [OID.float4, OID.float8];
const TEXTS: readonly number[] = [OID.text, OID.varchar, OID.bpchar, OID.name, OID.char, OID.unknown];
const NUMBERS: readonly number[] = [...INTEGERS, ...FLOATS, OID.numeric];

/**
 * The DuckDB type that a column has to be cast to so that its encoder meets the type that the client was told;
 * undefined where it does already.
 */
export function resultCast(
  type: DuckDBType,
  oid: number,
  format: Format,
  timeZone: string,
): string | undefined {
  const natural = oidOf(type);
  const isMoment = oid === OID.timestamptz;
  // Only DuckDB knows the offset of each moment in a zone.
  if (isMoment && format === 0 && timeZone !== 'UTC')
    return natural === OID.timestamptz ? 'VARCHAR' : 'TIMESTAMPTZ::VARCHAR';
  if (TEXTS.includes(oid)) return type.typeId === T.VARCHAR ? undefined : 'VARCHAR';
  if (natural === oid) return isInexactMoment(type) ? 'TIMESTAMP' : undefined;
  if (oid === OID.numeric) return NUMBERS.includes(natural) ? undefined : 'DOUBLE';
  if (oid === OID.json || oid === OID.jsonb)
    return natural === OID.json || natural === OID.jsonb ? undefined : 'JSON';
  const element = elementOid(oid);
  if (element !== undefined) {
    const name = duckdbTypeName(element);
    return name === undefined ? undefined : `${name}[]`;
  }
  return duckdbTypeName(oid) ?? 'VARCHAR';
}

function isInexactMoment(type: DuckDBType): boolean {
  return [T.TIMESTAMP_S, T.TIMESTAMP_MS, T.TIMESTAMP_NS].includes(type.typeId);
}
