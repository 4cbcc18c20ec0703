import type { Request, RequestHandler } from 'express';
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
  const members = membersOf(request.query['query'] ?? (request.body as { query?: unknown })?.query);
  return members.length === 0 ? { what } : { what, members };
}

function membersOf(query: unknown): readonly string[] {
  const parsed = typeof query === 'string' ? parseJson(query) : query;
  const names = new Set<string>();
  collectMembers(parsed, names, 0);
  return [...names].sort();
}

const MEMBER = /^[a-z][a-z0-9_]*\.[a-z][a-z0-9_.]*$/;
const DEEPEST = 12;

function collectMembers(part: unknown, names: Set<string>, depth: number): void {
  if (depth > DEEPEST) return;
  if (Array.isArray(part)) {
    for (const each of part) collectMembers(each, names, depth + 1);
  } else if (typeof part === 'object' && part !== null) {
    for (const [key, value] of Object.entries(part)) {
      if (key !== 'values' && key !== 'dateRange') collectMembers(value, names, depth + 1);
    }
  } else if (typeof part === 'string' && MEMBER.test(part)) {
    names.add(part);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
