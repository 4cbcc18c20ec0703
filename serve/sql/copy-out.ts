import { int16, message } from '../wire/backend.ts';
import type { Format } from '../wire/frontend.ts';
import { SQLSTATE, SqlError } from '../wire/sql-error.ts';
import { type Ast, type AstValue, bodyOf, isAst, list, textOf, unsupported } from './ast.ts';
import { RowBuffer } from './encode/row-buffer.ts';
import { readOnly } from './route-query.ts';

/** How COPY … TO STDOUT writes rows. */
export interface CopyFormat {
  readonly kind: 'text' | 'csv' | 'binary';
  readonly delimiter: string;
  readonly nullText: string;
  readonly hasHeader: boolean;
  readonly quote: string;
  readonly escape: string;
}

/** The SELECT whose rows a COPY sends. Throws for every COPY but `TO STDOUT`. */
export function copySelect(body: Ast): Ast {
  if (body['is_from'] === true) throw readOnly('COPY FROM');
  if (body['is_program'] === true || typeof body['filename'] === 'string')
    throw new SqlError(SQLSTATE.insufficientPrivilege, 'COPY writes to STDOUT only', {
      hint: String.raw`psql's \copy writes a file where psql runs.`,
    });
  if (isAst(body['whereClause'])) throw unsupported('COPY with WHERE');
  const query = bodyOf(body['query'], 'SelectStmt');
  if (query !== undefined) return query;
  const { relation } = body as { readonly relation?: AstValue };
  if (!isAst(relation)) throw readOnly('COPY');
  const columns = list(body['attlist']).map((name): AstValue => ({ ColumnRef: { fields: [name] } }));
  const all: AstValue = { ColumnRef: { fields: [{ A_Star: {} }] } };
  return {
    targetList: (columns.length === 0 ? [all] : columns).map((val) => ({ ResTarget: { val } })),
    fromClause: [{ RangeVar: relation }],
    limitOption: 'LIMIT_OPTION_DEFAULT',
    op: 'SETOP_NONE',
  };
}

export function copyFormat(body: Ast): CopyFormat {
  const options = new Map(
    list(body['options']).map((option) => {
      const { defname, arg } = bodyOf(option, 'DefElem') ?? {};
      return [String(defname), arg];
    }),
  );
  const text = (name: string): string | undefined => textOf(options.get(name));
  const kind = text('format') ?? 'text';
  if (kind !== 'text' && kind !== 'csv' && kind !== 'binary')
    throw new SqlError(SQLSTATE.invalidParameter, 'COPY format is text, csv or binary');
  const known = ['format', 'delimiter', 'null', 'header', 'quote', 'escape', 'encoding'];
  const stranger = [...options.keys()].find((name) => !known.includes(name));
  if (stranger !== undefined) throw unsupported(`COPY option ${stranger}`);
  if (!/^utf-?8$/i.test(text('encoding') ?? 'utf8')) throw unsupported('COPY in another encoding than UTF8');
  const quote = text('quote') ?? '"';
  const format = {
    kind,
    delimiter: text('delimiter') ?? (kind === 'csv' ? ',' : '\t'),
    nullText: text('null') ?? (kind === 'csv' ? '' : '\\N'),
    hasHeader: options.has('header') && isOn(options.get('header')),
    quote,
    escape: text('escape') ?? quote,
  } as const;
  for (const each of [format.delimiter, format.quote, format.escape]) {
    if (!/^[\t -~]$/.test(each))
      throw new SqlError(
        SQLSTATE.invalidParameter,
        'COPY delimiter, quote and escape are one character each',
      );
  }
  return format;
}

function isOn(value: AstValue): boolean {
  if (value === undefined) return true;
  const text = textOf(value);
  return text === undefined || ['true', 'on', '1'].includes(text.toLowerCase());
}

/** In which format the columns are encoded. */
export function columnFormat({ kind }: CopyFormat): Format {
  return kind === 'binary' ? 1 : 0;
}

const COPY_DATA = 'd'.charCodeAt(0);
const SIGNATURE = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);

/** Turns DataRow messages into CopyData messages, one for each row. */
export class CopyWriter {
  private readonly format: CopyFormat;
  /** Binary rows begin with a signature, which PostgreSQL sends together with the first. */
  private pending: Buffer;
  private readonly plain: Uint8Array;

  constructor(format: CopyFormat) {
    this.format = format;
    this.plain = plainBytes(format);
    this.pending = format.kind === 'binary' ? SIGNATURE : Buffer.alloc(0);
  }

  head(names: readonly string[]): Buffer {
    const hasHead = this.format.hasHeader && this.format.kind !== 'binary';
    return hasHead ? message('d', Buffer.from(line(names, this.format))) : Buffer.alloc(0);
  }

  rows(dataRows: Buffer): Buffer {
    if (this.format.kind === 'binary') return this.binaryRows(dataRows);
    const out = new RowBuffer(dataRows.length + 1024);
    for (let at = 0; at < dataRows.length; ) {
      const end = at + 1 + dataRows.readInt32BE(at + 1);
      const start = out.at;
      out.byte(COPY_DATA);
      out.int32(0);
      writeLine(out, dataRows, at + 5, this.format, this.plain);
      out.setInt32(start + 1, out.at - start - 1);
      at = end;
    }
    return out.take();
  }

  /** A binary row is a DataRow under another letter. */
  private binaryRows(dataRows: Buffer): Buffer {
    const rows = Buffer.from(dataRows);
    for (let at = 0; at < rows.length; at += 1 + rows.readInt32BE(at + 1)) rows[at] = COPY_DATA;
    if (this.pending.length === 0) return rows;
    const end = 1 + rows.readInt32BE(1);
    return Buffer.concat([this.copyData(rows.subarray(5, end)), rows.subarray(end)]);
  }

  tail(): Buffer {
    return this.format.kind === 'binary' ? this.copyData(int16(-1)) : Buffer.alloc(0);
  }

  private copyData(bytes: Buffer): Buffer {
    const data = message('d', this.pending, bytes);
    this.pending = Buffer.alloc(0);
    return data;
  }
}

/** The values of a DataRow whose fields begin at `at`, as a line. */
function writeLine(out: RowBuffer, rows: Buffer, at: number, format: CopyFormat, plain: Uint8Array): void {
  const fields = rows.readInt16BE(at);
  let next = at + 2;
  for (let field = 0; field < fields; field += 1) {
    if (field > 0) out.byte(format.delimiter.charCodeAt(0));
    const length = rows.readInt32BE(next);
    const from = next + 4;
    next = from + Math.max(0, length);
    if (length < 0) out.bare(Buffer.from(format.nullText));
    else if (length > 0 && isPlain(rows, from, next, plain)) out.bare(rows.subarray(from, next));
    else out.bare(Buffer.from(written(rows.toString('utf8', from, next), format, fields === 1)));
  }
  out.byte(10);
}

/** Bytes that a format writes as they are, wherever they stand in a value. */
function plainBytes({ kind, delimiter, quote, escape: mark, nullText }: CopyFormat): Uint8Array {
  const special = kind === 'csv' ? ['\n', '\r', '\\', quote, mark, delimiter] : ['\\', delimiter];
  // A csv value that reads like NULL is quoted: any of its first bytes may begin one.
  const first = kind === 'csv' ? [nullText.charAt(0)] : [];
  const plain = Uint8Array.from({ length: 256 }, (_, byte) => (kind !== 'csv' && byte < 32 ? 0 : 1));
  for (const character of [...special, ...first]) if (character !== '') plain[character.charCodeAt(0)] = 0;
  return plain;
}

function isPlain(bytes: Buffer, from: number, to: number, plain: Uint8Array): boolean {
  for (let at = from; at < to; at += 1) if (plain[bytes[at] ?? 0] === 0) return false;
  return true;
}

function written(text: string, format: CopyFormat, isAlone: boolean): string {
  return format.kind === 'csv' ? csvValue(text, format, isAlone) : escaped(text, format.delimiter);
}

function line(texts: readonly string[], format: CopyFormat): string {
  const values = texts.map((text) => written(text, format, texts.length === 1));
  return `${values.join(format.delimiter)}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

function escaped(text: string, delimiter: string): string {
  return text
    .replace(/[\\\b\f\n\r\t\v]/g, (each) => ESCAPES[each] ?? each)
    .replaceAll(delimiter, (each) => (each === '\t' ? each : `\\${each}`));
}

function csvValue(text: string, format: CopyFormat, isAlone: boolean): string {
  const { delimiter, nullText, quote, escape: mark } = format;
  const isEndMark = isAlone && text === '\\.';
  const needsQuotes =
    text === nullText || isEndMark || [delimiter, quote, '\n', '\r'].some((each) => text.includes(each));
  if (!needsQuotes) return text;
  const inner = [...text].map((each) => (each === quote || each === mark ? mark + each : each)).join('');
  return quote + inner + quote;
}
