import {
  type DuckDBDecimalType,
  type DuckDBType,
  type DuckDBVector,
  DuckDBTypeId as T,
} from '@duckdb/node-api';
import { OID } from '../pg-type.ts';
import { doubleText, plainText, singleText, writeDecimal, writeInteger } from './number-text.ts';
import type { RowBuffer } from './row-buffer.ts';
import { MICROS_PER_DAY, writeDate, writeTimestamp } from './temporal-text.ts';
import { valueText } from './value-text.ts';
import { int64Halves, LongTexts, memoryOf, numberItems } from './vector-seam.ts';

/** Writes the value of a row, which is not NULL, with its length. */
export type ValueWriter = (out: RowBuffer, row: number) => void;

/** Largest high half of a 64-bit integer that a double still holds exactly, and the smallest. */
const HIGHEST = 2 ** 21 - 1;
const LOWEST = -(2 ** 21);

/** How the values of a vector are written in text for a column of PostgreSQL type `oid`. */
export function textWriter(vector: DuckDBVector, type: DuckDBType, oid: number): ValueWriter {
  return fastWriter(vector, type, oid) ?? slowWriter(vector, oid);
}

function slowWriter(vector: DuckDBVector, oid: number): ValueWriter {
  const isJson = oid === OID.json || oid === OID.jsonb;
  return (out, row) => {
    const value = vector.getItem(row);
    if (value === null) out.nothing();
    else out.text(valueText(value, isJson));
  };
}

function fastWriter(vector: DuckDBVector, type: DuckDBType, oid: number): ValueWriter | undefined {
  switch (type.typeId) {
    case T.TINYINT:
    case T.UTINYINT:
    case T.SMALLINT:
    case T.USMALLINT:
    case T.INTEGER:
    case T.UINTEGER:
      return over(numberItems(vector), (items) => (out, row) => writeInteger(out, items[row] ?? 0));
    case T.DATE:
      return over(numberItems(vector), (items) => (out, row) => writeDate(out, items[row] ?? 0));
    case T.DOUBLE:
      return over(
        numberItems(vector),
        (items) => (out, row) =>
          writeFloating(out, items[row] ?? 0, 1e15, oid === OID.numeric ? plainText : doubleText),
      );
    case T.FLOAT:
      return over(
        numberItems(vector),
        (items) => (out, row) => writeFloating(out, items[row] ?? 0, 1e6, singleText),
      );
    case T.BIGINT:
      return over(int64Halves(vector), (halves) => (out, row) => {
        const high = halves[2 * row + 1] ?? 0;
        if (high >= LOWEST && high < HIGHEST) writeInteger(out, joined(halves, row));
        else out.ascii(String(vector.getItem(row)));
      });
    case T.TIMESTAMP:
    case T.TIMESTAMP_TZ:
      return over(int64Halves(vector), (halves) =>
        momentWriter(vector, halves, type.typeId === T.TIMESTAMP_TZ),
      );
    case T.DECIMAL:
      return decimalWriter(vector, type as DuckDBDecimalType);
    case T.VARCHAR:
      return over(memoryOf(vector), (memory) => varcharWriter(memory, vector));
    case T.UUID:
      return over(memoryOf(vector), uuidWriter);
    case T.BOOLEAN:
      return (out, row) => out.ascii(vector.getItem(row) === true ? 't' : 'f');
    default:
      return undefined;
  }
}

function over<T>(memory: T | undefined, writer: (memory: T) => ValueWriter): ValueWriter | undefined {
  return memory === undefined ? undefined : writer(memory);
}

function writeFloating(out: RowBuffer, value: number, least: number, text: (value: number) => string): void {
  const isPlain =
    Number.isInteger(value) && Math.abs(value) < least && (value !== 0 || !Object.is(value, -0));
  if (isPlain) writeInteger(out, value);
  else out.ascii(text(value));
}

function joined(halves: Int32Array, row: number): number {
  return (halves[2 * row + 1] ?? 0) * 2 ** 32 + ((halves[2 * row] ?? 0) >>> 0);
}

function momentWriter(vector: DuckDBVector, halves: Int32Array, hasZone: boolean): ValueWriter {
  return (out, row) => {
    const high = halves[2 * row + 1] ?? 0;
    if (high >= LOWEST && high < HIGHEST) {
      const micros = joined(halves, row);
      const days = Math.floor(micros / MICROS_PER_DAY);
      writeTimestamp(out, days, micros - days * MICROS_PER_DAY, hasZone);
    } else {
      const value = vector.getItem(row);
      if (value === null) out.nothing();
      else out.ascii(valueText(value, false));
    }
  };
}

function decimalWriter(vector: DuckDBVector, { width, scale }: DuckDBDecimalType): ValueWriter | undefined {
  const memory = width > 18 ? undefined : memoryOf(vector);
  if (memory === undefined) return undefined;
  if (width <= 4) return (out, row) => writeDecimal(out, memory.getInt16(row * 2, true), scale);
  if (width <= 9) return (out, row) => writeDecimal(out, memory.getInt32(row * 4, true), scale);
  return (out, row) => {
    const high = memory.getInt32(row * 8 + 4, true);
    if (high >= LOWEST && high < HIGHEST)
      writeDecimal(out, high * 2 ** 32 + memory.getUint32(row * 8, true), scale);
    else out.ascii(String(vector.getItem(row)));
  };
}

function varcharWriter(memory: DataView, vector: DuckDBVector): ValueWriter {
  const bytes = new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength);
  const long = new LongTexts(memory, vector);
  return (out, row) => {
    const length = memory.getUint32(row * 16, true);
    out.reserve(length + 4);
    const { bytes: target, at } = out;
    out.setInt32(at, length);
    if (length <= 12) {
      const from = row * 16 + 4;
      const to = at + 4;
      for (let index = 0; index < length; index += 1) target[to + index] = bytes[from + index] ?? 0;
    } else {
      long.copy(row, length, target, at + 4);
    }
    out.at = at + 4 + length;
  };
}

const DIGITS = Buffer.from('0123456789abcdef');

/** The two digits of each byte in base 16. */
const HIGH = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS[byte >> 4] ?? 0);
const LOW = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS[byte & 15] ?? 0);

function uuidWriter(memory: DataView): ValueWriter {
  const source = new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength);
  return (out, row) => {
    out.reserve(40);
    const target = out.bytes;
    out.setInt32(out.at, 36);
    let at = out.at + 4;
    for (let index = 0; index < 16; index += 1) {
      if (index === 4 || index === 6 || index === 8 || index === 10) target[at++] = 45;
      const byte = uuidByte(source, row, index);
      target[at++] = HIGH[byte] ?? 0;
      target[at++] = LOW[byte] ?? 0;
    }
    out.at = at;
  };
}

/** DuckDB keeps a UUID as a little-endian number whose highest bit is flipped, so that it sorts like text. */
export function uuidByte(source: Uint8Array, row: number, index: number): number {
  const byte = source[row * 16 + 15 - index] ?? 0;
  return index === 0 ? byte ^ 0x80 : byte;
}
