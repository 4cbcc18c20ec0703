import type { Request, RequestHandler } from 'express';
import { membersOf } from '../cube/query-members.ts';
import { snapshotNumberOf } from './held-snapshot.ts';
import { callerOf } from './sign-in.ts';

/** One line of JSON per data request: who asked for what, when, of which snapshot, and how it ended. */
export function auditRequests(
  log: (line: string) => void,
  now: () => Date = () => new Date(),
): RequestHandler {
  return (request, response, next) => {
    const started = now();
    const what = describeRequest(request);
    response.on('close', () => {
      const caller = callerOf(request);
      log(
        JSON.stringify({
          event: 'data-request',
          at: started.toISOString(),
          subject: caller?.subject,
          group: caller?.group,
          ...what,
          snapshot: snapshotNumberOf(request),
          status: response.writableFinished ? response.statusCode : 'aborted',
          duration_ms: now().getTime() - started.getTime(),
        }),
      );
    });
    next();
  };
}

/** Path and members asked for. Values of filters stay out: they may name a patient. */
function describeRequest(request: Request): { readonly what: string; readonly members?: readonly string[] } {
  const what = `${request.method} ${request.path}`;
  const query = request.query['query'] ?? (request.body as { query?: unknown } | undefined)?.query;
  const members = membersOf(typeof query === 'string' ? parseJson(query) : query);
  return members.length === 0 ? { what } : { what, members };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
