import { hasSqlDetails, parseSync } from 'libpg-query';
import { SQLSTATE, SqlError } from '../wire/sql-error.ts';
import { type Ast, type AstValue, nodeOf } from './ast.ts';

/** One statement of what a client sent. */
export interface ParsedStatement {
  readonly kind: string;
  readonly body: Ast;
  readonly sql: string;
  /** Characters in front of it. */
  readonly offset: number;
  /** Bytes in front of it. */
  readonly byteOffset: number;
}

/** The statements of a text, none for blanks and comments. Throws 42601 with the position. */
export function parseStatements(sql: string): readonly ParsedStatement[] {
  if (sql.trim() === '') return [];
  const bytes = Buffer.from(sql);
  return rawStatements(sql).map(({ stmt, stmt_location: from = 0, stmt_len: length }) => {
    const node = nodeOf(stmt);
    if (node === undefined) throw new SqlError(SQLSTATE.syntaxError, 'the statement cannot be read');
    const [kind, body] = node;
    const end = length === undefined || length === 0 ? bytes.length : from + length;
    return {
      kind,
      body,
      sql: bytes.toString('utf8', from, end),
      byteOffset: from,
      offset: bytes.toString('utf8', 0, from).length,
    };
  });
}

interface RawStatement {
  readonly stmt?: AstValue;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

function rawStatements(sql: string): readonly RawStatement[] {
  try {
    return (parseSync(sql).stmts ?? []) as unknown as readonly RawStatement[];
  } catch (error) {
    if (!hasSqlDetails(error)) throw new SqlError(SQLSTATE.syntaxError, 'the statement cannot be read');
    const position = error.sqlDetails?.cursorPosition;
    throw new SqlError(
      SQLSTATE.syntaxError,
      error.message,
      position === undefined || position < 0 ? {} : { position: position + 1 },
    );
  }
}
