import type { Field } from '../../wire/backend.ts';
import { ByteReader } from '../../wire/byte-reader.ts';
import { SQLSTATE, SqlError } from '../../wire/sql-error.ts';

/** One message of PostgreSQL's answer. */
export interface BackendMessage {
  readonly type: string;
  readonly body: Buffer;
  /** Type, length and body, as they go to a client. */
  readonly whole: Buffer;
}

/** Cuts an answer into messages; throws the error that is in it. */
export function messagesOf(bytes: Uint8Array): readonly BackendMessage[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: BackendMessage[] = [];
  for (let at = 0; at + 5 <= buffer.length; ) {
    const end = at + 1 + buffer.readInt32BE(at + 1);
    const message = {
      type: buffer.toString('latin1', at, at + 1),
      body: buffer.subarray(at + 5, end),
      whole: buffer.subarray(at, end),
    };
    if (message.type === 'E') throw errorOf(message.body);
    messages.push(message);
    at = end;
  }
  return messages;
}

/** What PostgreSQL says of a statement: its parameters, and its columns unless it returns none. */
export interface StatementTypes {
  readonly parameterOids: readonly number[];
  readonly fields: readonly Field[] | undefined;
}

export function typesOf(messages: readonly BackendMessage[]): StatementTypes {
  const parameters = messages.find(({ type }) => type === 't');
  const row = messages.find(({ type }) => type === 'T');
  return {
    parameterOids: parameters === undefined ? [] : parameterOids(parameters.body),
    fields: row === undefined ? undefined : fieldsOf(row.body),
  };
}

function parameterOids(body: Buffer): readonly number[] {
  const reader = new ByteReader(body);
  return Array.from({ length: reader.int16() }, () => reader.uint32());
}

/** The columns of a RowDescription. */
export function fieldsOf(body: Buffer): readonly Field[] {
  const reader = new ByteReader(body);
  return Array.from({ length: reader.int16() }, () => {
    const name = reader.text();
    const table = reader.uint32();
    const attribute = reader.int16();
    const oid = reader.uint32();
    const size = reader.int16();
    const modifier = reader.int32();
    reader.int16();
    return { name, table, attribute, oid, size, modifier };
  });
}

function errorOf(body: Buffer): SqlError {
  const reader = new ByteReader(body);
  const parts = new Map<string, string>();
  while (!reader.isAtEnd) {
    const code = reader.char();
    if (code === '\0') break;
    parts.set(code, reader.text());
  }
  const position = parts.get('P');
  const hint = parts.get('H');
  const detail = parts.get('D');
  return new SqlError(parts.get('C') ?? SQLSTATE.internal, parts.get('M') ?? 'the catalog failed', {
    ...(position === undefined ? {} : { position: Number(position) }),
    ...(hint === undefined ? {} : { hint }),
    ...(detail === undefined ? {} : { detail }),
  });
}
