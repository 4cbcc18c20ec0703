import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBUnionValue,
  DuckDBUUIDValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { doubleText } from './number-text.ts';
import { RowBuffer } from './row-buffer.ts';
import { intervalText, MICROS_PER_DAY, writeDate, writeTime, writeTimestamp } from './temporal-text.ts';

/** A value, not null, as PostgreSQL writes it in text. `oid` decides between an array and JSON. */
export function valueText(value: Exclude<DuckDBValue, null>, isJson: boolean): string {
  if (isJson && typeof value !== 'string') return JSON.stringify(jsonOf(value));
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value === 'number') return doubleText(value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof DuckDBDateValue) return written((out) => writeDate(out, value.days));
  if (value instanceof DuckDBTimeValue) return written((out) => writeTime(out, Number(value.micros)));
  if (value instanceof DuckDBIntervalValue) return intervalText(value.months, value.days, value.micros);
  if (value instanceof DuckDBBlobValue) return `\\x${Buffer.from(value.bytes).toString('hex')}`;
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return arrayText(value.items);
  const micros = microsOf(value);
  if (micros !== undefined) return momentText(micros, value instanceof DuckDBTimestampTZValue);
  return value.toString();
}

/** Microseconds since 1970 of a moment of any precision; undefined for other values. */
export function microsOf(value: DuckDBValue): bigint | undefined {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 1_000_000n;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1000n;
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos / 1000n;
  return undefined;
}

const INFINITY = 9_223_372_036_854_775_807n;

/** A moment as a value with its length. */
export function writeMoment(out: RowBuffer, micros: bigint, hasZone: boolean): void {
  if (micros === INFINITY || micros === -INFINITY) {
    out.ascii(micros > 0n ? 'infinity' : '-infinity');
    return;
  }
  const perDay = BigInt(MICROS_PER_DAY);
  const rest = ((micros % perDay) + perDay) % perDay;
  writeTimestamp(out, Number((micros - rest) / perDay), Number(rest), hasZone);
}

function momentText(micros: bigint, hasZone: boolean): string {
  return written((out) => writeMoment(out, micros, hasZone));
}

function written(write: (out: RowBuffer) => void): string {
  const out = new RowBuffer(64);
  write(out);
  return out.take().toString('latin1', 4);
}

function arrayText(items: readonly DuckDBValue[]): string {
  const texts = items.map((item) => (item === null ? 'NULL' : quoted(valueText(item, false))));
  return `{${texts.join(',')}}`;
}

function quoted(text: string): string {
  const needsQuotes = text === '' || /[\s{}",\\]/.test(text) || /^null$/i.test(text);
  return needsQuotes ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

function jsonOf(value: DuckDBValue): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : doubleText(value);
  if (typeof value === 'bigint') return numberOrText(value.toString());
  if (value instanceof DuckDBDecimalValue) return numberOrText(value.toString());
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(jsonOf);
  if (value instanceof DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([key, each]) => [key, jsonOf(each)]));
  if (value instanceof DuckDBMapValue)
    return Object.fromEntries(
      value.entries.map(({ key, value: each }) => [
        key === null ? 'null' : valueText(key, false),
        jsonOf(each),
      ]),
    );
  if (value instanceof DuckDBUnionValue) return jsonOf(value.value);
  if (value instanceof DuckDBUUIDValue) return value.toString();
  return valueText(value, false);
}

/** JSON readers hold numbers as doubles: what would change stays text. */
function numberOrText(text: string): Json {
  return String(Number(text)) === text ? Number(text) : text;
}
