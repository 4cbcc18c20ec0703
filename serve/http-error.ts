import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { ChiasmError } from '../base/error.ts';
import type { EventLog } from './event-log.ts';

/** Codes of the JSON errors that the HTTP server answers itself; those of queries are in `cube/portable-error.ts`. */
export const HTTP_ERROR_CODES = [
  'sign-in-required',
  'token-invalid',
  'host-refused',
  'origin-refused',
  'not-found',
  'request-invalid',
  'patient-key-invalid',
  'patient-not-found',
  'table-refused',
  'sql-off',
  'sql-refused',
  'row-not-found',
  'records-closed',
  'audit-failed',
  'snapshot-not-found',
  'snapshot-retired',
  'internal-error',
] as const;

export type HttpErrorCode = (typeof HTTP_ERROR_CODES)[number];

/** Answers `{ code, error }`: `error` is the key that Cube clients read. */
export function answerError(response: Response, status: number, code: HttpErrorCode, error: string): void {
  response.status(status).json({ code, error });
}

export const notFound: RequestHandler = (_request, response) => {
  answerError(response, 404, 'not-found', 'there is nothing at this address');
};

/** The last handler: says nothing of what went wrong inside, and logs only the kind of error and who met it. */
export function handleErrors(
  events: EventLog,
  describe: (request: Request) => Readonly<Record<string, unknown>>,
): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request: Request, response: Response, _next) => {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error instanceof ChiasmError && error.code === 'snapshot-not-found') {
      answerError(
        response,
        503,
        'snapshot-not-found',
        'nothing is published yet: run `chiasm refresh` first',
      );
      return;
    }
    const status = clientStatus(error);
    if (status !== undefined) {
      answerError(response, status, 'request-invalid', 'the request cannot be read');
      return;
    }
    events('internal-error', {
      ...describe(request),
      kind: error instanceof Error ? error.name : typeof error,
    });
    answerError(response, 500, 'internal-error', 'the server failed; its log names the kind of error');
  };
}

function clientStatus(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
