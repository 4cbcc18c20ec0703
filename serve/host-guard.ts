import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { refuse } from './refusal.ts';

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * On loopback, only names of this machine: a page elsewhere that lets its own name resolve to 127.0.0.1
 * (DNS rebinding) is refused, since its requests carry that name.
 */
export function guardHost(boundHost: string): RequestHandler {
  return (request, response, next) => {
    if (!isLoopback(boundHost) || isLoopback(hostName(request))) next();
    else {
      const error = 'open this server as http://127.0.0.1 or http://localhost';
      refuse(response, { status: 403, code: 'host-refused', error });
    }
  };
}

/** Whether a browser sent the request from a page of this server, or from no page at all. */
export function isSameOrigin(request: Request): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

function hostName(request: Request): string {
  const host = request.headers.host ?? '';
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(host)?.[1];
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed : '';
  return host.replace(/:\d+$/, '').toLowerCase();
}
