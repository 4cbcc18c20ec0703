import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { EventLog } from './event-log.ts';
import { answerError } from './http-error.ts';

/** Why somebody is not let in. */
export type RefusalCode =
  | 'sign-in-required'
  | 'token-invalid'
  | 'host-refused'
  | 'origin-refused'
  | 'records-closed';

interface Refusal {
  readonly status: 401 | 403;
  readonly code: RefusalCode;
  /** Told to the caller. */
  readonly error: string;
  /** Of a token that was ours: forged ones may claim any name. */
  readonly subject?: string | undefined;
}

const refusals = new WeakMap<Response, Refusal>();

/** Answers a refusal and leaves it for the audit. */
export function refuse(response: Response, refusal: Refusal): void {
  refusals.set(response, refusal);
  answerError(response, refusal.status, refusal.code, refusal.error);
}

/** One `refused` line per refusal, with hashes of foreign names; never the token, nor an address made up. */
export function auditRefusals(events: EventLog): RequestHandler {
  return (request, response, next) => {
    const from = request.socket.remoteAddress;
    response.on('close', () => {
      const refusal = refusals.get(response);
      if (refusal === undefined) return;
      const { code, status, subject } = refusal;
      events('refused', {
        code,
        status,
        subject,
        what: knownAddress(request),
        from,
        ...foreignName(code, request),
      });
    });
    next();
  };
}

const ADDRESSES = [
  '/catalog',
  '/tables',
  '/sql',
  '/snapshots',
  '/session',
  '/signin',
  '/signout',
  '/api/journey',
  '/api/open',
  '/cubejs-api/v1/load',
  '/cubejs-api/v1/sql',
  '/cubejs-api/v1/meta',
  '/cubejs-api/v1/dry-run',
];

/** Other addresses may hold anything, a token too. */
function knownAddress({ method, path }: Request): string {
  if (path === '/') return `${method} /`;
  const known = ADDRESSES.find((address) => path === address || path.startsWith(`${address}/`));
  return `${method} ${known ?? 'elsewhere'}`;
}

function foreignName(code: RefusalCode, { headers }: Request): object {
  if (code === 'host-refused') return { host_hash: hashOf(headers.host ?? '') };
  if (code === 'origin-refused') return { origin_hash: hashOf(headers.origin ?? '') };
  return {};
}

/** The first 16 hex digits of sha256. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
