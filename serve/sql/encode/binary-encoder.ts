import {
  DuckDBArrayValue,
  type DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  type DuckDBIntervalValue,
  DuckDBListValue,
  type DuckDBTimeValue,
  type DuckDBType,
  type DuckDBUUIDValue,
  type DuckDBValue,
  type DuckDBVector,
  DuckDBTypeId as T,
} from '@duckdb/node-api';
import { elementOid, OID } from '../pg-type.ts';
import { doubleText } from './number-text.ts';
import { writeNumeric } from './numeric-binary.ts';
import type { RowBuffer } from './row-buffer.ts';
import { textWriter, uuidByte, type ValueWriter } from './text-encoder.ts';
import { microsOf, valueText } from './value-text.ts';
import { int64Halves, memoryOf, numberItems } from './vector-seam.ts';

/** PostgreSQL counts days and microseconds from 2000-01-01. */
const EPOCH_DAYS = 10_957;
const EPOCH_MICROS = 946_684_800_000_000n;
const MICROS_PER_DAY = 86_400_000_000n;
const INFINITY = 9_223_372_036_854_775_807n;

/** How the values of a vector are written in binary for a column of PostgreSQL type `oid`. */
export function binaryWriter(vector: DuckDBVector, type: DuckDBType, oid: number): ValueWriter {
  const fast = fastWriter(vector, type, oid);
  if (fast !== undefined) return fast;
  if (isTextOid(oid)) return textWriter(vector, type, oid);
  return (out, row) => writeBinary(out, vector.getItem(row), oid);
}

/** In binary the same bytes as in text. */
function isTextOid(oid: number): boolean {
  const texts: readonly number[] = [OID.text, OID.varchar, OID.bpchar, OID.name, OID.json, OID.unknown];
  return texts.includes(oid);
}

function fastWriter(vector: DuckDBVector, type: DuckDBType, oid: number): ValueWriter | undefined {
  const numbers = numberItems(vector);
  if (numbers !== undefined) {
    const read = (row: number): number => numbers[row] ?? 0;
    if (type.typeId === T.DATE) {
      if (oid !== OID.date) return undefined;
      return (out, row) => fixed(out, 4, (at) => out.setInt32(at, pgDays(read(row))));
    }
    switch (oid) {
      case OID.int2:
        return (out, row) => fixed(out, 2, (at) => out.bytes.writeInt16BE(read(row), at));
      case OID.int4:
        return (out, row) => fixed(out, 4, (at) => out.setInt32(at, read(row)));
      case OID.float4:
        return (out, row) => fixed(out, 4, (at) => out.bytes.writeFloatBE(read(row), at));
      case OID.float8:
        return (out, row) => fixed(out, 8, (at) => out.bytes.writeDoubleBE(read(row), at));
      default:
        return undefined;
    }
  }
  const halves = int64Halves(vector);
  if (halves !== undefined && oid === OID.int8 && type.typeId === T.BIGINT) {
    return (out, row) =>
      fixed(out, 8, (at) => {
        out.setInt32(at, halves[2 * row + 1] ?? 0);
        out.setInt32(at + 4, halves[2 * row] ?? 0);
      });
  }
  const memory = type.typeId === T.UUID && oid === OID.uuid ? memoryOf(vector) : undefined;
  if (memory === undefined) return undefined;
  const source = new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength);
  return (out, row) =>
    fixed(out, 16, (at) => {
      const { bytes } = out;
      for (let index = 0; index < 16; index += 1) bytes[at + index] = uuidByte(source, row, index);
    });
}

function fixed(out: RowBuffer, size: number, write: (at: number) => unknown): void {
  out.reserve(size + 4);
  out.setInt32(out.at, size);
  write(out.at + 4);
  out.at += size + 4;
}

type BinaryWriter = (out: RowBuffer, value: Exclude<DuckDBValue, null>) => void;

/** By the type that the client was told. */
const WRITERS: ReadonlyMap<number, BinaryWriter> = new Map<number, BinaryWriter>([
  [OID.bool, (out, value) => fixed(out, 1, (at) => out.bytes.writeUInt8(value === true ? 1 : 0, at))],
  [OID.int2, (out, value) => fixed(out, 2, (at) => out.bytes.writeInt16BE(numberOf(value), at))],
  [OID.int4, (out, value) => fixed(out, 4, (at) => out.bytes.writeInt32BE(numberOf(value), at))],
  [OID.oid, (out, value) => fixed(out, 4, (at) => out.bytes.writeUInt32BE(numberOf(value), at))],
  [OID.int8, (out, value) => fixed(out, 8, (at) => out.bytes.writeBigInt64BE(bigintOf(value), at))],
  [OID.float4, (out, value) => fixed(out, 4, (at) => out.bytes.writeFloatBE(numberOf(value), at))],
  [OID.float8, (out, value) => fixed(out, 8, (at) => out.bytes.writeDoubleBE(numberOf(value), at))],
  [OID.numeric, (out, value) => writeNumeric(out, decimalText(value))],
  [OID.date, (out, value) => fixed(out, 4, (at) => out.setInt32(at, pgDays(daysOf(value))))],
  [
    OID.time,
    (out, value) => fixed(out, 8, (at) => out.bytes.writeBigInt64BE((value as DuckDBTimeValue).micros, at)),
  ],
  [OID.timestamp, (out, value) => fixed(out, 8, (at) => out.bytes.writeBigInt64BE(pgMicros(value), at))],
  [OID.timestamptz, (out, value) => fixed(out, 8, (at) => out.bytes.writeBigInt64BE(pgMicros(value), at))],
  [OID.interval, writeInterval],
  [
    OID.uuid,
    (out, value) => out.blob(Buffer.from((value as DuckDBUUIDValue).toString().replaceAll('-', ''), 'hex')),
  ],
  [OID.bytea, (out, value) => out.blob((value as DuckDBBlobValue).bytes)],
  // A version number, then the text.
  [
    OID.jsonb,
    (out, value) => out.blob(Buffer.concat([Buffer.from([1]), Buffer.from(valueText(value, true))])),
  ],
]);

function writeBinary(out: RowBuffer, value: DuckDBValue, oid: number): void {
  const writer = WRITERS.get(oid);
  const element = elementOid(oid);
  if (value === null) out.nothing();
  else if (writer !== undefined) writer(out, value);
  else if (element !== undefined && (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue))
    writeArray(out, value.items, element);
  else out.text(valueText(value, false));
}

function writeInterval(out: RowBuffer, value: DuckDBValue): void {
  const { months, days, micros } = value as DuckDBIntervalValue;
  fixed(out, 16, (at) => {
    out.bytes.writeBigInt64BE(micros, at);
    out.bytes.writeInt32BE(days, at + 8);
    out.bytes.writeInt32BE(months, at + 12);
  });
}

function writeArray(out: RowBuffer, items: readonly DuckDBValue[], element: number): void {
  const start = out.at;
  out.int32(0);
  out.int32(items.length === 0 ? 0 : 1);
  out.int32(items.includes(null) ? 1 : 0);
  out.int32(element);
  if (items.length > 0) {
    out.int32(items.length);
    out.int32(1);
    for (const item of items) writeBinary(out, item, element);
  }
  out.setInt32(start, out.at - start - 4);
}

function numberOf(value: DuckDBValue): number {
  return Number(value instanceof DuckDBDecimalValue ? value.toString() : value);
}

function bigintOf(value: DuckDBValue): bigint {
  if (typeof value === 'bigint') return value;
  return BigInt(Math.round(numberOf(value)));
}

function decimalText(value: DuckDBValue): string {
  return typeof value === 'number' ? doubleText(value) : String(value);
}

function daysOf(value: DuckDBValue): number {
  if (value instanceof DuckDBDateValue) return value.days;
  const micros = microsOf(value) ?? 0n;
  return Number((micros - (((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY)) / MICROS_PER_DAY);
}

function pgDays(days: number): number {
  if (days === 2_147_483_647) return 2_147_483_647;
  return days === -2_147_483_647 ? -2_147_483_648 : days - EPOCH_DAYS;
}

function pgMicros(value: DuckDBValue): bigint {
  const micros = value instanceof DuckDBDateValue ? BigInt(value.days) * MICROS_PER_DAY : microsOf(value);
  if (micros === undefined) return 0n;
  if (micros === INFINITY) return INFINITY;
  return micros === -INFINITY ? -INFINITY - 1n : micros - EPOCH_MICROS;
}
