import type { Format } from './frontend.ts';
import type { SqlError } from './sql-error.ts';

/** A column as RowDescription tells it. */
export interface Field {
  readonly name: string;
  readonly oid: number;
  /** Bytes of the type; negative where it varies. */
  readonly size: number;
  readonly modifier: number;
  /** Where the column comes from, in the catalog; 0 where from nowhere. */
  readonly table: number;
  readonly attribute: number;
}

/** I: idle, T: in a transaction, E: in a failed transaction. */
export type TransactionStatus = 'I' | 'T' | 'E';

type Part = Buffer | string;

/** A message of a server (PostgreSQL, "Message Formats"); texts get their zero byte. */
export function message(type: string, ...parts: readonly Part[]): Buffer {
  const buffers = parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part));
  const length = buffers.reduce((sum, part) => sum + part.length, 4);
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(length, 1);
  return Buffer.concat([head, ...buffers]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export const PARSE_COMPLETE: Buffer = message('1');
export const BIND_COMPLETE: Buffer = message('2');
export const CLOSE_COMPLETE: Buffer = message('3');
export const NO_DATA: Buffer = message('n');
export const EMPTY_QUERY: Buffer = message('I');
export const PORTAL_SUSPENDED: Buffer = message('s');
export const COPY_DONE: Buffer = message('c');

export function readyForQuery(status: TransactionStatus): Buffer {
  return message('Z', Buffer.from(status, 'latin1'));
}

export function commandComplete(tag: string): Buffer {
  return message('C', tag);
}

export function parameterStatus(name: string, value: string): Buffer {
  return message('S', name, value);
}

export function backendKeyData(processId: number, secret: number): Buffer {
  return message('K', int32(processId), int32(secret));
}

export function parameterDescription(oids: readonly number[]): Buffer {
  return message('t', int16(oids.length), ...oids.map(int32));
}

export function rowDescription(fields: readonly Field[], formatOf: (index: number) => Format): Buffer {
  return message(
    'T',
    int16(fields.length),
    ...fields.flatMap((field, index) => [
      Buffer.from(`${field.name}\0`),
      int32(field.table),
      int16(field.attribute),
      int32(field.oid),
      int16(field.size),
      int32(field.modifier),
      int16(formatOf(index)),
    ]),
  );
}

/** CopyOutResponse: every column in one format. */
export function copyOutResponse(columns: number, format: Format): Buffer {
  const formats = Array.from({ length: columns }, () => int16(format));
  return message('H', Buffer.from([format]), int16(columns), ...formats);
}

export function errorResponse(error: SqlError): Buffer {
  const { position, hint, detail } = error.fields;
  const parts: readonly (readonly [string, string | undefined])[] = [
    ['S', error.severity],
    ['V', error.severity],
    ['C', error.sqlState],
    ['M', error.message],
    ['D', detail],
    ['H', hint],
    ['P', position === undefined ? undefined : String(position)],
  ];
  const present = parts.filter((part): part is readonly [string, string] => part[1] !== undefined);
  return message('E', ...present.map(([code, text]) => code + text.replaceAll('\0', '')), Buffer.from([0]));
}

export function warning(sqlState: string, text: string): Buffer {
  return message('N', 'SWARNING', 'VWARNING', `C${sqlState}`, `M${text}`, Buffer.from([0]));
}
