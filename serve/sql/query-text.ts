import { scanSync } from 'libpg-query';
import { SqlError } from '../wire/sql-error.ts';
import { type Ast, locationOf, printSql } from './ast.ts';
import type { ParsedStatement } from './parse-statements.ts';

/** The SQL of a query, in which errors have their places in the statement that the client sent. */
export interface QueryText {
  readonly sql: string;
  /** The place, in characters from 1, of a byte of what the client sent; undefined where there is none. */
  readonly positionOf: (location: number) => number | undefined;
  /** Whether places in `sql` are places of the client's. */
  readonly hasPlaces: boolean;
}

/** A query that is a whole statement. */
export function statementText(statement: ParsedStatement): QueryText {
  return { sql: statement.sql, positionOf: placesOf(statement), hasPlaces: true };
}

/** The query inside a DECLARE CURSOR, in its place: what is around it becomes blanks. */
export function cursorText(statement: ParsedStatement): QueryText {
  const tokens = scanSync(statement.sql).tokens;
  const start = tokens.find(({ text }) => text.toLowerCase() === 'for')?.end ?? 0;
  return inPlace(statement, start, Buffer.byteLength(statement.sql));
}

/** The query inside the brackets of a COPY, in its place. */
export function copyText(statement: ParsedStatement, select: Ast): QueryText {
  if (statement.body['query'] === undefined)
    return { sql: printSql({ SelectStmt: select }), positionOf: () => undefined, hasPlaces: false };
  let depth = 0;
  let start = 0;
  for (const token of scanSync(statement.sql).tokens) {
    if (token.text === '(' && ++depth === 1) start = token.end;
    if (token.text === ')' && --depth === 0) return inPlace(statement, start, token.start);
  }
  throw new Error('the brackets of a COPY do not match');
}

function inPlace(statement: ParsedStatement, start: number, end: number): QueryText {
  const bytes = Buffer.from(statement.sql);
  const blanks = ' '.repeat(bytes.toString('utf8', 0, start).length);
  const sql = blanks + bytes.toString('utf8', start, end);
  return { sql, positionOf: placesOf(statement), hasPlaces: true };
}

function placesOf({ sql, byteOffset }: ParsedStatement): QueryText['positionOf'] {
  const bytes = Buffer.from(sql);
  return (location) => {
    const at = location - byteOffset;
    return at < 0 || at > bytes.length ? undefined : bytes.toString('utf8', 0, at).length + 1;
  };
}

/** The error with the place of the node that it is about, unless it has one. */
export function placed(error: unknown, node: Ast, text: QueryText): unknown {
  const location = locationOf(node);
  if (!(error instanceof SqlError) || error.fields.position !== undefined || location === undefined)
    return error;
  const position = text.positionOf(location);
  if (position === undefined) return error;
  return new SqlError(error.sqlState, error.message, { ...error.fields, position }, error.severity);
}

/** The error without a place that means nothing to the client. */
export function withoutPlace(error: unknown): unknown {
  if (!(error instanceof SqlError)) return error;
  const { position: _, ...fields } = error.fields;
  return new SqlError(error.sqlState, error.message, fields, error.severity);
}
