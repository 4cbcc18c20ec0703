import type { Format } from '../wire/frontend.ts';
import { SQLSTATE, SqlError } from '../wire/sql-error.ts';
import { type Ast, cast, string } from './ast.ts';
import { decimalDigits } from './decimal-digits.ts';
import { civilDate } from './encode/temporal-text.ts';
import { duckdbTypeName, elementOid, OID } from './pg-type.ts';

/** A value of a Bind message as a constant of DuckDB's SQL. */
export function parameterConstant(value: Buffer | null, format: Format, oid: number): Ast {
  const element = elementOid(oid);
  if (value === null)
    return typed({ A_Const: { isnull: true } }, element ?? oid, element !== undefined, undefined);
  if (element !== undefined) {
    const items = format === 1 ? binaryItems(value) : textItems(textOf(value));
    const constants = items.map((item) =>
      item === null
        ? { A_Const: { isnull: true } }
        : string(typeof item === 'string' ? item : binaryText(item, element)),
    );
    return typed({ A_ArrayExpr: { elements: constants } }, element, true, undefined);
  }
  const isHexText = format === 0 && oid === OID.bytea && value.toString('latin1', 0, 2) === '\\x';
  const bytes = isHexText ? Buffer.from(value.toString('latin1', 2), 'hex') : value;
  const text = format === 1 || isHexText ? binaryText(bytes, oid) : textOf(value);
  return typed(string(text), oid, false, text);
}

function typed(constant: Ast, oid: number, isArray: boolean, text: string | undefined): Ast {
  const decimal = oid === OID.numeric && text !== undefined ? decimalDigits(text) : undefined;
  if (decimal !== undefined) return cast(constant, 'decimal', decimal);
  const type = oid === OID.numeric ? 'DOUBLE' : (duckdbTypeName(oid) ?? 'VARCHAR');
  const made = cast(constant, type.toLowerCase()) as { readonly TypeCast: { readonly typeName: Ast } & Ast };
  if (!isArray) return made;
  const typeName = { ...made.TypeCast.typeName, arrayBounds: [{ Integer: { ival: -1 } }] };
  return { TypeCast: { ...made.TypeCast, typeName } };
}

function textOf(value: Buffer): string {
  if (value.includes(0)) throw new SqlError('22021', 'a text parameter holds a zero byte');
  return value.toString('utf8');
}

/** The items of an array literal of one dimension, `{a,"b c",NULL}`. */
function textItems(text: string): readonly (string | null)[] {
  const inner = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (inner === undefined) throw malformedArray();
  const items: (string | null)[] = [];
  const item = /\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}]*?))\s*(,|$)/sy;
  if (inner.trim() === '') return items;
  for (let isMore = true; isMore; ) {
    const match = item.exec(inner);
    if (match === null) throw malformedArray();
    const [, quoted, plain = '', separator] = match;
    if (quoted !== undefined) items.push(quoted.replace(/\\(.)/gs, '$1'));
    else items.push(/^null$/i.test(plain) ? null : plain);
    isMore = separator === ',';
  }
  return items;
}

function binaryItems(value: Buffer): readonly (Buffer | null)[] {
  const dimensions = value.readInt32BE(0);
  if (dimensions === 0) return [];
  if (dimensions !== 1) throw malformedArray();
  const count = value.readInt32BE(12);
  const items: (Buffer | null)[] = [];
  let at = 20;
  for (let index = 0; index < count; index += 1) {
    const length = value.readInt32BE(at);
    at += 4;
    items.push(length < 0 ? null : value.subarray(at, at + length));
    at += Math.max(0, length);
  }
  return items;
}

function malformedArray(): SqlError {
  return new SqlError(
    SQLSTATE.invalidText,
    'an array parameter cannot be read: arrays have one dimension here',
  );
}

const EPOCH_DAYS = 10_957;
const MICROS_PER_DAY = 86_400_000_000n;

function binaryText(value: Buffer, oid: number): string {
  try {
    return readBinary(value, oid);
  } catch (error) {
    if (error instanceof SqlError) throw error;
    throw new SqlError('22P03', 'a binary parameter has the wrong length');
  }
}

function readBinary(value: Buffer, oid: number): string {
  switch (oid) {
    case OID.bool:
      return value.readUInt8(0) === 0 ? 'false' : 'true';
    case OID.int2:
      return String(value.readInt16BE(0));
    case OID.int4:
      return String(value.readInt32BE(0));
    case OID.oid:
      return String(value.readUInt32BE(0));
    case OID.int8:
      return String(value.readBigInt64BE(0));
    case OID.float4:
      return String(value.readFloatBE(0));
    case OID.float8:
      return String(value.readDoubleBE(0));
    case OID.numeric:
      return numericText(value);
    case OID.date:
      return dateText(value.readInt32BE(0) + EPOCH_DAYS);
    case OID.time:
      return clockText(value.readBigInt64BE(0));
    case OID.timestamp:
    case OID.timestamptz: {
      const micros = value.readBigInt64BE(0);
      const rest = ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;
      const days = Number((micros - rest) / MICROS_PER_DAY) + EPOCH_DAYS;
      return `${dateText(days)} ${clockText(rest)}${oid === OID.timestamptz ? '+00' : ''}`;
    }
    case OID.interval:
      return `${value.readInt32BE(12)} months ${value.readInt32BE(8)} days ${value.readBigInt64BE(0)} microseconds`;
    case OID.uuid:
      return value.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    case OID.bytea:
      return [...value].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
    case OID.jsonb:
      return textOf(value.subarray(1));
    default:
      return textOf(value);
  }
}

function dateText(days: number): string {
  const [year, month, day] = civilDate(days);
  const pad = (part: number, width: number): string => String(part).padStart(width, '0');
  return `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)}${year > 0 ? '' : ' (BC)'}`;
}

function clockText(micros: bigint): string {
  const seconds = micros / 1_000_000n;
  const parts = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${parts.join(':')}.${String(micros % 1_000_000n).padStart(6, '0')}`;
}

/** numeric in binary: groups of four digits, of which the first weighs 10000^weight. */
function numericText(value: Buffer): string {
  const count = value.readInt16BE(0);
  const weight = value.readInt16BE(2);
  const sign = value.readUInt16BE(4);
  const scale = value.readInt16BE(6);
  if (sign === 0xc000) return 'NaN';
  const group = (index: number): string =>
    String(index >= 0 && index < count ? value.readInt16BE(8 + 2 * index) : 0).padStart(4, '0');
  let whole = '';
  for (let index = 0; index <= weight; index += 1) whole += group(index);
  let fraction = '';
  for (let index = weight + 1; fraction.length < scale; index += 1) fraction += group(index);
  const text = (whole.replace(/^0+/, '') || '0') + (scale > 0 ? `.${fraction.slice(0, scale)}` : '');
  return sign === 0x4000 ? `-${text}` : text;
}
