import { ChiasmError } from '../../base/error.ts';
import type { BulkClock } from './bulk-clock.ts';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** A server that asks for more patience than this is asked again earlier. */
const LONGEST_RETRY_AFTER_MS = 6 * 3_600_000;

/** Something that may well work a little later. `reason` is for people and holds no content and no secrets. */
export class TransientFault extends Error {
  readonly reason: string;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The server is busy (429, 503): it will work, only not now. */
  readonly isThrottled: boolean;

  constructor(reason: string, options: { retryAfterMs?: number | undefined; isThrottled?: boolean } = {}) {
    super(reason);
    this.name = 'TransientFault';
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs;
    this.isThrottled = options.isThrottled ?? false;
  }
}

export interface RetryPolicy {
  readonly clock: BulkClock;
  readonly signal: AbortSignal;
  /** Attempts after the first. */
  readonly retries: number;
  /** Milliseconds since 1970 after which not even a busy server is asked again. */
  readonly deadline: number;
}

/** Runs `attempt` until it works, fails for good, or the policy is used up: then the last fault is thrown. */
export async function withRetry<T>(
  policy: RetryPolicy,
  attempt: (attempt: number) => Promise<T>,
): Promise<T> {
  let failures = 0;
  for (let tries = 0; ; tries++) {
    throwIfCancelled(policy.signal);
    try {
      return await attempt(tries);
    } catch (error) {
      throwIfCancelled(policy.signal);
      if (!(error instanceof TransientFault)) throw error;
      if (!error.isThrottled) failures++;
      const wait = waitFor(error.retryAfterMs, tries, policy.clock);
      if (failures > policy.retries || policy.clock.now() + wait > policy.deadline) throw error;
      await pause(policy, wait);
    }
  }
}

/** Sleeps; a cancelled run ends with `bulk-cancelled`. */
export async function pause(
  policy: Pick<RetryPolicy, 'clock' | 'signal'>,
  milliseconds: number,
): Promise<void> {
  try {
    await policy.clock.sleep(milliseconds, policy.signal);
  } catch (error) {
    throwIfCancelled(policy.signal);
    throw error;
  }
}

export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new ChiasmError('bulk-cancelled', 'the export was cancelled');
}

/** What the server asked for, else exponential backoff; always with jitter, so that clients do not march in step. */
export function waitFor(retryAfterMs: number | undefined, tries: number, clock: BulkClock): number {
  if (retryAfterMs !== undefined) {
    return Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS) + Math.round(clock.random() * FIRST_WAIT_MS);
  }
  const full = Math.min(FIRST_WAIT_MS * 2 ** Math.min(tries, 20), LONGEST_WAIT_MS);
  return Math.round(full * (0.5 + clock.random() / 2));
}

/** `Retry-After` in milliseconds: delay seconds or an HTTP-date (RFC 9110 §10.2.3); undefined where it is neither. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Z][a-z]{2,8},? .*\d\d:\d\d:\d\d/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
