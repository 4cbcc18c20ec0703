import { ByteReader } from './byte-reader.ts';
import { fatal, SQLSTATE } from './sql-error.ts';

/** 0 is text, 1 is binary. */
export type Format = 0 | 1;

/** What a client sends after it has signed in (PostgreSQL, "Message Formats"). */
export type FrontendMessage =
  | { readonly kind: 'query'; readonly sql: string }
  | {
      readonly kind: 'parse';
      readonly name: string;
      readonly sql: string;
      readonly parameterOids: readonly number[];
    }
  | { readonly kind: 'bind'; readonly bind: Bind }
  | { readonly kind: 'describe' | 'close'; readonly of: 'statement' | 'portal'; readonly name: string }
  | { readonly kind: 'execute'; readonly portal: string; readonly maxRows: number }
  | { readonly kind: 'sync' | 'flush' | 'terminate' | 'copy-input' };

export interface Bind {
  readonly portal: string;
  readonly statement: string;
  /** NULL where a value is null. */
  readonly values: readonly (Buffer | null)[];
  readonly valueFormats: readonly Format[];
  /** None: all text; one: for every column. */
  readonly resultFormats: readonly Format[];
  /** The message from its parameter formats on, as it came. */
  readonly tail: Buffer;
}

export function parseFrontend(type: string, body: Buffer): FrontendMessage {
  const reader = new ByteReader(body);
  switch (type) {
    case 'Q':
      return { kind: 'query', sql: reader.text() };
    case 'P':
      return {
        kind: 'parse',
        name: reader.text(),
        sql: reader.text(),
        parameterOids: repeat(reader.int16(), () => reader.uint32()),
      };
    case 'B':
      return { kind: 'bind', bind: parseBind(body) };
    case 'D':
    case 'C': {
      const of = reader.char() === 'S' ? 'statement' : 'portal';
      return { kind: type === 'D' ? 'describe' : 'close', of, name: reader.text() };
    }
    case 'E':
      return { kind: 'execute', portal: reader.text(), maxRows: Math.max(0, reader.int32()) };
    case 'S':
      return { kind: 'sync' };
    case 'H':
      return { kind: 'flush' };
    case 'X':
      return { kind: 'terminate' };
    case 'd':
    case 'c':
    case 'f':
      return { kind: 'copy-input' };
    default:
      throw fatal(SQLSTATE.protocolViolation, 'a message of a kind that this server does not know');
  }
}

function parseBind(body: Buffer): Bind {
  const reader = new ByteReader(body);
  const portal = reader.text();
  const statement = reader.text();
  const tail = reader.rest();
  const rest = new ByteReader(tail);
  const given = repeat(rest.int16(), () => formatOf(rest.int16()));
  const values = repeat(rest.int16(), () => {
    const length = rest.int32();
    return length < 0 ? null : rest.take(length);
  });
  const resultFormats = repeat(rest.int16(), () => formatOf(rest.int16()));
  const valueFormats = values.map((_, index) => formatAt(given, index));
  return { portal, statement, values, valueFormats, resultFormats, tail };
}

/** The format of a column when none (all text), one (for all) or one each is given. */
export function formatAt(formats: readonly Format[], index: number): Format {
  return (formats.length === 1 ? formats[0] : formats[index]) ?? 0;
}

function formatOf(code: number): Format {
  if (code !== 0 && code !== 1) throw fatal(SQLSTATE.protocolViolation, 'a format code is neither 0 nor 1');
  return code;
}

function repeat<T>(times: number, read: () => T): T[] {
  return Array.from({ length: Math.max(0, times) }, read);
}
