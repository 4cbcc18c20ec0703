/** An error of the Cube API: `error` is what Cube clients read, `code` is stable. */
export interface PortableError {
  readonly status: number;
  readonly body: { readonly error: string; readonly code?: QueryErrorCode; readonly requestId?: string };
}

export const QUERY_ERROR_CODES = [
  'query-invalid',
  'query-failed',
  'query-forbidden',
  'model-invalid',
] as const;

export type QueryErrorCode = (typeof QUERY_ERROR_CODES)[number];

/**
 * Cube's error answer without stack traces and without the words of the database, which may quote rows.
 * Undefined when `answer` is no error.
 */
export function portableError(answer: unknown, status: number): PortableError | undefined {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined;
  const { error, requestId, type, plainError } = answer as Readonly<Record<string, unknown>>;
  const text = typeof error === 'string' ? error : 'error';
  const request = typeof requestId === 'string' ? { requestId } : {};
  if (text === 'Continue wait') return { status: 200, body: { error: text, ...request } };
  if (status === 403) return { status, body: { error: text, code: 'query-forbidden', ...request } };
  // Cube adds a (blank) stack to errors of its own about the query, and none to those of the database.
  if (type === 'UserError' || (status === 400 && 'stack' in answer))
    return { status: 400, body: { error: text, code: 'query-invalid', ...request } };
  if (plainError !== undefined) {
    return { status: 500, body: { error: text, code: 'model-invalid', ...request } };
  }
  const hidden = 'the query failed in the database; the server log names the kind of error';
  return { status: 500, body: { error: hidden, code: 'query-failed', ...request } };
}
