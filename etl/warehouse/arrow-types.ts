import {
  type DuckDBBlobValue,
  type DuckDBDateValue,
  type DuckDBDecimalType,
  type DuckDBDecimalValue,
  type DuckDBListType,
  type DuckDBListValue,
  type DuckDBTimestampTZValue,
  type DuckDBTimestampValue,
  type DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUUIDValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import {
  Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  FixedSizeBinary,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  makeData,
  TimeMicrosecond,
  TimestampMicrosecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow';

/** One column of a DuckDB chunk as Arrow. */
export interface ArrowColumn {
  readonly field: Field<DataType>;
  readonly encode: (values: readonly DuckDBValue[]) => Data<DataType>;
}

interface Encoding {
  readonly type: DataType;
  /** Metadata of the field: the name of an extension type. */
  readonly extension?: string;
  readonly encode: (values: readonly DuckDBValue[]) => Data<DataType>;
}

/**
 * The Arrow column for a DuckDB type: integers and floats as they are, DECIMAL as decimal128, DATE as date32, times
 * in microseconds, TIMESTAMPTZ in UTC, UUID as the canonical extension type `arrow.uuid`, LIST as list; what Arrow
 * has no type for (INTERVAL) as text.
 */
export function arrowColumn(name: string, type: DuckDBType): ArrowColumn {
  const { type: arrow, extension, encode } = encodingOf(type);
  const metadata =
    extension === undefined
      ? undefined
      : new Map([
          ['ARROW:extension:name', extension],
          ['ARROW:extension:metadata', ''],
        ]);
  return { field: new Field(name, arrow, true, metadata), encode };
}

function encodingOf(type: DuckDBType): Encoding {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return { type: new Bool(), encode: encodeBooleans };
    case DuckDBTypeId.TINYINT:
      return fixed(new Int8(), Int8Array, Number);
    case DuckDBTypeId.SMALLINT:
      return fixed(new Int16(), Int16Array, Number);
    case DuckDBTypeId.INTEGER:
      return fixed(new Int32(), Int32Array, Number);
    case DuckDBTypeId.BIGINT:
      return fixed(new Int64(), BigInt64Array, (value) => value as bigint);
    case DuckDBTypeId.UTINYINT:
      return fixed(new Uint8(), Uint8Array, Number);
    case DuckDBTypeId.USMALLINT:
      return fixed(new Uint16(), Uint16Array, Number);
    case DuckDBTypeId.UINTEGER:
      return fixed(new Uint32(), Uint32Array, Number);
    case DuckDBTypeId.UBIGINT:
      return fixed(new Uint64(), BigUint64Array, (value) => value as bigint);
    case DuckDBTypeId.HUGEINT:
      return wide(new Decimal(0, 38, 128), (value) => value as bigint, true);
    case DuckDBTypeId.FLOAT:
      return fixed(new Float32(), Float32Array, Number);
    case DuckDBTypeId.DOUBLE:
      return fixed(new Float64(), Float64Array, Number);
    case DuckDBTypeId.DATE:
      return fixed(new DateDay(), Int32Array, (value) => (value as DuckDBDateValue).days);
    case DuckDBTypeId.TIME:
      return fixed(new TimeMicrosecond(), BigInt64Array, (value) => (value as DuckDBTimeValue).micros);
    case DuckDBTypeId.TIMESTAMP:
      return fixed(
        new TimestampMicrosecond(),
        BigInt64Array,
        (value) => (value as DuckDBTimestampValue).micros,
      );
    case DuckDBTypeId.TIMESTAMP_TZ:
      return fixed(
        new TimestampMicrosecond('UTC'),
        BigInt64Array,
        (value) => (value as DuckDBTimestampTZValue).micros,
      );
    case DuckDBTypeId.DECIMAL:
      return decimal(type as DuckDBDecimalType);
    case DuckDBTypeId.UUID:
      return {
        ...wide(new FixedSizeBinary(16), (value) => (value as DuckDBUUIDValue).toUint128(), false),
        extension: 'arrow.uuid',
      };
    case DuckDBTypeId.BLOB:
      return variable(new Binary(), (value) => (value as DuckDBBlobValue).bytes);
    case DuckDBTypeId.LIST:
      return listOf((type as DuckDBListType).valueType);
    default:
      return variable(new Utf8(), (value) => Buffer.from(String(value)));
  }
}

type Numbers =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float32Array
  | Float64Array;
type Bigs = BigInt64Array | BigUint64Array;

function fixed<T extends Numbers | Bigs>(
  type: DataType,
  buffer: new (length: number) => T,
  toNative: (value: DuckDBValue) => T[number],
): Encoding {
  return {
    type,
    encode: (values) => {
      const data = new buffer(values.length);
      values.forEach((value, index) => {
        if (value !== null) data[index] = toNative(value);
      });
      return makeData({ type, length: values.length, ...validity(values), data } as never);
    },
  };
}

function decimal({ width, scale }: DuckDBDecimalType): Encoding {
  return wide(new Decimal(scale, width, 128), (value) => (value as DuckDBDecimalValue).value, true);
}

/** Values of 128 bits: numbers in little-endian two's complement, other bytes in reading order. */
function wide(type: DataType, toBits: (value: DuckDBValue) => bigint, isNumber: boolean): Encoding {
  return {
    type,
    encode: (values) => {
      const data = Buffer.alloc(values.length * 16);
      values.forEach((value, index) => {
        if (value === null) return;
        const bits = BigInt.asUintN(128, toBits(value));
        const [high, low] = [bits >> 64n, BigInt.asUintN(64, bits)];
        if (isNumber) {
          data.writeBigUInt64LE(low, index * 16);
          data.writeBigUInt64LE(high, index * 16 + 8);
        } else {
          data.writeBigUInt64BE(high, index * 16);
          data.writeBigUInt64BE(low, index * 16 + 8);
        }
      });
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const stored = isNumber ? new Uint32Array(bytes.slice().buffer) : bytes;
      return makeData({ type, length: values.length, ...validity(values), data: stored } as never);
    },
  };
}

function variable(type: DataType, toBytes: (value: DuckDBValue) => Uint8Array): Encoding {
  return {
    type,
    encode: (values) => {
      const parts = values.map((value) => (value === null ? EMPTY : toBytes(value)));
      const valueOffsets = offsetsOf(parts.map((part) => part.length));
      const data = new Uint8Array(valueOffsets.at(-1) ?? 0);
      parts.forEach((part, index) => {
        data.set(part, valueOffsets[index] ?? 0);
      });
      return makeData({ type, length: values.length, ...validity(values), valueOffsets, data } as never);
    },
  };
}

const EMPTY = new Uint8Array(0);

function listOf(itemType: DuckDBType): Encoding {
  const item = arrowColumn('item', itemType);
  const type = new List(item.field);
  return {
    type,
    encode: (values) => {
      const lists = values.map((value) => (value === null ? [] : (value as DuckDBListValue).items));
      return makeData({
        type,
        length: values.length,
        ...validity(values),
        valueOffsets: offsetsOf(lists.map((list) => list.length)),
        child: item.encode(lists.flat()),
      } as never);
    },
  };
}

function encodeBooleans(values: readonly DuckDBValue[]): Data<DataType> {
  const type = new Bool();
  const data = bitmapOf(values.map((value) => value === true));
  return makeData({ type, length: values.length, ...validity(values), data } as never);
}

function validity(values: readonly DuckDBValue[]): {
  readonly nullCount: number;
  readonly nullBitmap?: Uint8Array;
} {
  const nullCount = values.reduce<number>((count, value) => count + (value === null ? 1 : 0), 0);
  return nullCount === 0
    ? { nullCount }
    : { nullCount, nullBitmap: bitmapOf(values.map((value) => value !== null)) };
}

function bitmapOf(bits: readonly boolean[]): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(bits.length / 64) * 8);
  bits.forEach((bit, index) => {
    if (bit) bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7));
  });
  return bitmap;
}

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + length;
  });
  return offsets;
}
