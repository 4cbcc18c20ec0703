import { databaseErrorKind } from './database-error.ts';

/** An error of the Cube API: `error` is what Cube clients read, `code` is stable. */
export interface PortableError {
  readonly status: number;
  readonly body: { readonly error: string; readonly code?: QueryErrorCode; readonly requestId?: string };
  /** What may be logged of a failure that is not the caller's: a class of error, no values. */
  readonly kind?: string;
}

export const QUERY_ERROR_CODES = [
  'query-invalid',
  'query-failed',
  'query-forbidden',
  'model-invalid',
] as const;

export type QueryErrorCode = (typeof QUERY_ERROR_CODES)[number];

/**
 * Cube's error answer without stack traces, without the words of the database, which may quote rows, and without
 * the values of the query. `compared` names the members that the query compares with values. Undefined when
 * `answer` is no error.
 */
export function portableError(
  answer: unknown,
  status: number,
  compared: () => readonly string[] = () => [],
): PortableError | undefined {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined;
  const { error, requestId, type, plainError } = answer as Readonly<Record<string, unknown>>;
  const text = typeof error === 'string' ? error : 'error';
  const request = typeof requestId === 'string' ? { requestId } : {};
  if (text === 'Continue wait') return { status: 200, body: { error: text, ...request } };
  if (status === 403) return { status, body: { error: text, code: 'query-forbidden', ...request } };
  // Cube adds a (blank) stack to errors of its own about the query, and none to those of the database.
  if (type === 'UserError' || (status === 400 && 'stack' in answer)) {
    return { status: 400, body: { error: withoutValues(text), code: 'query-invalid', ...request } };
  }
  const kind = failureKind(text);
  if (plainError !== undefined) {
    return { status: 500, body: { error: text, code: 'model-invalid', ...request }, kind };
  }
  const members = kind === 'Conversion Error' ? compared().slice(0, 10) : [];
  if (members.length > 0) {
    const words = `a value does not fit what its member holds: check those of ${members.join(', ')}`;
    return { status: 400, body: { error: words, code: 'query-invalid', ...request } };
  }
  const hidden = 'the query failed in the database; the server log names the kind of error';
  return { status: 500, body: { error: hidden, code: 'query-failed', ...request }, kind };
}

/** Cube's words about a query quote dates, filters and JSON as they were sent. */
function withoutValues(text: string): string {
  return text
    .replace(/^(Unable to decode query param as JSON).*$/s, '$1')
    .replace(/^(Can't parse date).*$/s, '$1: see "date range" in the documentation of Cube')
    .replace(/\.? Got: .*$/s, '')
    .replace(/(for filter): .*$/s, '$1')
    .replace(/, got ".*"$/s, '');
}

function failureKind(text: string): string {
  const words = text.replace(/^Error: /, '');
  return /^([A-Z]\w*Error):/.exec(words)?.[1] ?? databaseErrorKind(words);
}
