import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { ChiasmError } from '../../base/error.ts';
import { TransientFault } from './bulk-retry.ts';

const MAX_REDIRECTS = 5;
const MAX_TEXT_BYTES = 256 * 1024 * 1024;
const agents = {
  'http:': new http.Agent({ keepAlive: true }),
  'https:': new https.Agent({ keepAlive: true }),
};

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The Authorization header. It goes to the origin of `url` and never along to another. */
  readonly authorization?: string | undefined;
  readonly signal: AbortSignal;
  /** Give up when nothing has arrived for so long. */
  readonly idleMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

/**
 * One exchange. Redirects are followed here: a token stays with its origin, and nobody is led from https to http.
 * Throws TransientFault when the network fails, `bulk-tls-failed` when the server cannot be trusted.
 */
export async function exchange(request: HttpRequest): Promise<HttpAnswer> {
  let { url, authorization } = request;
  for (let hop = 0; ; hop++) {
    const answer = await exchangeOnce({ ...request, url, authorization });
    const target = redirectTarget(request.method, url, answer);
    if (target === undefined) return answer;
    answer.body.resume();
    if (hop >= MAX_REDIRECTS) throw new TransientFault('too many redirects');
    if (new URL(url).protocol === 'https:' && target.protocol === 'http:') {
      throw new ChiasmError('bulk-answer-invalid', `${originOf(url)} redirects from https to http`);
    }
    if (target.origin !== new URL(url).origin) authorization = undefined;
    url = target.href;
  }
}

function exchangeOnce(request: HttpRequest): Promise<HttpAnswer> {
  const url = new URL(request.url);
  const isSecure = url.protocol === 'https:';
  const headers: Record<string, string> = { 'user-agent': 'chiasm', ...request.headers };
  if (request.authorization !== undefined) headers['authorization'] = request.authorization;
  if (request.body !== undefined) headers['content-length'] = String(Buffer.byteLength(request.body));
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(describeNetworkError(error, url.origin));
    const sent = (isSecure ? https : http).request(
      url,
      {
        method: request.method,
        headers,
        agent: isSecure ? agents['https:'] : agents['http:'],
        signal: request.signal,
        timeout: request.idleMs,
      },
      (body) => resolve({ status: body.statusCode ?? 0, headers: body.headers, body }),
    );
    sent.on('timeout', () => sent.destroy(new Error('idle')));
    sent.on('error', fail);
    sent.end(request.body);
  });
}

function redirectTarget(method: string, from: string, answer: HttpAnswer): URL | undefined {
  const { location } = answer.headers;
  if (location === undefined || ![301, 302, 303, 307, 308].includes(answer.status)) return undefined;
  if (!URL.canParse(location, from)) return undefined;
  const target = new URL(location, from);
  if (method === 'GET') return target;
  const keepsMethod = answer.status === 307 || answer.status === 308;
  return keepsMethod && target.origin === new URL(from).origin ? target : undefined;
}

/** The whole body as text, decompressed. Throws TransientFault when it breaks off. */
export async function readText(answer: HttpAnswer): Promise<string> {
  const isZipped = answer.headers['content-encoding'] === 'gzip';
  const length = Number(answer.headers['content-length'] ?? 0);
  if (length > MAX_TEXT_BYTES) throw new ChiasmError('bulk-answer-invalid', 'an answer is too large');
  try {
    const bytes = await buffer(isZipped ? pipeGunzip(answer.body) : answer.body);
    return bytes.toString('utf8').replace(/^\ufeff/, '');
  } catch {
    throw new TransientFault('an answer broke off');
  }
}

function pipeGunzip(body: IncomingMessage): AsyncIterable<Uint8Array> & NodeJS.ReadableStream {
  const gunzip = createGunzip();
  body.on('error', (error) => gunzip.destroy(error));
  return body.pipe(gunzip);
}

/** What may be told about a URL: paths and queries can be secrets (capability URLs). */
export function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'an invalid URL';
}

const TLS_CODES =
  /^(CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** A failed connection in words of our own: a fault of trust is for people, all others may pass. */
export function describeNetworkError(error: unknown, origin: string): Error {
  const code = networkCode(error);
  if (TLS_CODES.test(code)) {
    return new ChiasmError(
      'bulk-tls-failed',
      `${origin} cannot be trusted (${code}): add its certificate authority with NODE_EXTRA_CA_CERTS`,
      { params: { origin, code } },
    );
  }
  return new TransientFault(`${origin} cannot be reached (${code})`);
}

function networkCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error.cause !== undefined) return networkCode(error.cause);
  return error.name === 'AbortError' ? 'aborted' : error.message === 'idle' ? 'timeout' : 'unknown';
}
