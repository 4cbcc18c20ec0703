import { databaseErrorKind } from '../../cube/database-error.ts';
import { BrokenStreamError } from '../../etl/warehouse/chunk-reader.ts';
import { SQLSTATE, SqlError } from '../wire/sql-error.ts';

/** What DuckDB's classes of errors are to a client of PostgreSQL; its words may quote rows and stay here. */
const CLASSES: readonly (readonly [start: string | RegExp, sqlState: string, words: string])[] = [
  [
    /^Conversion Error.*(out of range|doesn't fit|overflow)/is,
    SQLSTATE.numericOutOfRange,
    'a number is out of range',
  ],
  [
    /^Conversion Error.*(invalid|out of range).*(date|time|timestamp) field|^Invalid Input Error: Could not parse/is,
    SQLSTATE.invalidDatetime,
    'a text is no date or time of the form that the query gives it',
  ],
  [
    /^Invalid Input Error: More than one row/i,
    '21000',
    'more than one row returned by a subquery used as an expression',
  ],
  ['Conversion Error', SQLSTATE.invalidText, 'a value does not fit the type that the query gives it'],
  ['Out of Range Error', SQLSTATE.numericOutOfRange, 'a number is out of range'],
  ['Out of Memory Error', SQLSTATE.outOfMemory, 'the query needs more memory than the server gives it'],
  ['Invalid Input Error', SQLSTATE.invalidParameter, 'a function was given a value that it does not take'],
  ['Divide by Zero Error', '22012', 'division by zero'],
];

/** The error of a query that DuckDB could not run. */
export function dataError(error: unknown): Error {
  if (error instanceof SqlError || !(error instanceof Error)) return error as Error;
  if (error instanceof BrokenStreamError)
    return new SqlError(
      SQLSTATE.dataException,
      'the query failed after its first rows: a value does not fit, or memory ran short',
      { hint: 'Ask for an aggregate of the same rows to be told which.' },
    );
  const known = CLASSES.find(([start]) =>
    typeof start === 'string' ? error.message.startsWith(start) : start.test(error.message),
  );
  if (known !== undefined) return new SqlError(known[1], known[2]);
  const kind = databaseErrorKind(error.message);
  // PostgreSQL understood the query, so the difference is one between the two.
  return new SqlError(SQLSTATE.featureNotSupported, `this query cannot be run here (${kind})`);
}
