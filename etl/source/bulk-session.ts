import { ChiasmError } from '../../base/error.ts';
import type { FhirBulkSource } from './bulk-config.ts';
import { exchange, type HttpAnswer, type HttpRequest, originOf } from './bulk-http.ts';
import { parseRetryAfter, type RetryPolicy, TransientFault } from './bulk-retry.ts';
import type { TokenSource } from './bulk-token.ts';

/** What every request of a run has in common. */
export interface BulkSession {
  readonly source: FhirBulkSource;
  readonly policy: RetryPolicy;
  readonly tokens: TokenSource;
}

export interface BulkQuestion {
  readonly method: HttpRequest['method'];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The server wants the token with it. */
  readonly withToken: boolean;
  /** Instead of the run's own, for what must happen although the run is cancelled. */
  readonly signal?: AbortSignal;
}

/**
 * One exchange with the token where it may go: to the server's own origin and those the configuration trusts. A token
 * that is refused is renewed once. Throws `bulk-access-refused` for 401 and 403 where a token was due.
 */
export async function ask(session: BulkSession, question: BulkQuestion): Promise<HttpAnswer> {
  const { withToken, signal, ...request } = question;
  const mayHaveToken = withToken && isTrusted(session.source, question.url);
  for (let attempt = 0; ; attempt++) {
    const authorization = mayHaveToken ? await session.tokens.header() : undefined;
    const answer = await exchange({
      ...request,
      authorization,
      signal: signal ?? session.policy.signal,
      idleMs: session.source.idleSeconds * 1000,
    });
    if (answer.status !== 401 || !withToken) return answer;
    answer.body.resume();
    if (authorization !== undefined && attempt === 0) {
      session.tokens.refuse(authorization);
      continue;
    }
    throw refused(session, question.url, mayHaveToken);
  }
}

function refused(session: BulkSession, url: string, mayHaveToken: boolean): ChiasmError {
  const origin = originOf(url);
  if (session.source.auth.kind !== 'none' && !mayHaveToken) {
    return new ChiasmError(
      'bulk-access-refused',
      `${origin} wants a token, and is not the server's own origin: add it to tokenOrigins if you trust it`,
      { params: { origin } },
    );
  }
  return new ChiasmError('bulk-access-refused', `${origin} refuses access (401): check auth`, {
    params: { origin },
  });
}

function isTrusted(source: FhirBulkSource, url: string): boolean {
  const { origin } = new URL(url);
  return [source.url, ...source.tokenOrigins].some((each) => new URL(each).origin === origin);
}

/** The fault behind an answer that may be another one later: 429, 503 and other 5xx, 408; else undefined. */
export function transientFault(
  session: BulkSession,
  answer: Pick<HttpAnswer, 'status' | 'headers'>,
  url: string,
): TransientFault | undefined {
  const { status, headers } = answer;
  if (status !== 429 && status !== 408 && status < 500) return undefined;
  return new TransientFault(`${originOf(url)} answers with status ${status}`, {
    retryAfterMs: parseRetryAfter(headers['retry-after'], session.policy.clock.now()),
    isThrottled: status === 429 || (status === 503 && headers['retry-after'] !== undefined),
  });
}
