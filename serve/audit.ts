import type { Request, RequestHandler } from 'express';
import { membersOf, queryOf } from '../cube/query-members.ts';
import type { EventLog } from './event-log.ts';
import { snapshotNumberOf } from './held-snapshot.ts';
import { callerOf } from './sign-in.ts';

/** More members than any query names that is answered. */
const MOST_MEMBERS = 200;

/** One line per data request: who asked for what, when, of which snapshot, and how it ended. */
export function auditRequests(events: EventLog, now: () => Date = () => new Date()): RequestHandler {
  return (request, response, next) => {
    const started = now();
    const who = describeCaller(request);
    const members = membersOf(queryOf(request)).slice(0, MOST_MEMBERS);
    response.on('close', () => {
      events('data-request', {
        at: started.toISOString(),
        ...who,
        ...(members.length === 0 ? {} : { members }),
        snapshot: snapshotNumberOf(request),
        status: response.writableFinished ? response.statusCode : 'aborted',
        duration_ms: now().getTime() - started.getTime(),
      });
    });
    next();
  };
}

/** Who asks for which address. Values of filters stay out: they may name a patient. */
export function describeCaller(request: Request): Readonly<Record<string, unknown>> {
  const caller = callerOf(request);
  return { subject: caller?.subject, group: caller?.group, what: `${request.method} ${addressOf(request)}` };
}

/** The whole path, also inside an application that Express mounted. */
function addressOf(request: Request): string {
  return `${request.baseUrl}${request.path}`;
}
