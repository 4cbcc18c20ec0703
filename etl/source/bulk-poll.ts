import { ChiasmError } from '../../base/error.ts';
import { type HttpAnswer, originOf, readText } from './bulk-http.ts';
import { type BulkManifest, joinPages, type ManifestPage, parseManifestPage } from './bulk-manifest.ts';
import { codesOf, isTransient, parseOutcome } from './bulk-outcome.ts';
import {
  parseRetryAfter,
  pause,
  TransientFault,
  throwIfCancelled,
  waitFor,
  withRetry,
} from './bulk-retry.ts';
import { ask, type BulkSession, transientFault } from './bulk-session.ts';

/** A job that says it has failed is asked again so often, in case it was the question that failed. */
const CONFIRMATIONS = 3;
const MAX_PAGES = 10_000;

/** `gone`: the server does not know the job (any more). */
export type JobResult =
  | { readonly kind: 'complete'; readonly manifest: BulkManifest }
  | { readonly kind: 'gone' };

type Status =
  | { readonly kind: 'running'; readonly progress: string; readonly retryAfterMs: number | undefined }
  | { readonly kind: 'complete'; readonly page: ManifestPage }
  | { readonly kind: 'failed'; readonly status: number; readonly codes: string }
  | { readonly kind: 'gone' };

/**
 * Asks for the status of an export until it is complete, and reads its manifest
 * (https://hl7.org/fhir/uv/bulkdata/export.html#bulk-data-status-request). Throws `bulk-export-failed` when the server
 * gave up, `bulk-unreachable` when nobody answers, `bulk-cancelled`.
 */
export async function awaitJob(
  session: BulkSession,
  statusUrl: string,
  onProgress: (text: string) => void,
): Promise<JobResult> {
  const { policy } = session;
  let failures = 0;
  let denials = 0;
  for (let polls = 0; ; polls++) {
    throwIfCancelled(policy.signal);
    const status = await readStatus(session, statusUrl).catch((error: unknown) => {
      throwIfCancelled(policy.signal);
      if (error instanceof TransientFault) return error;
      throw error;
    });
    if (status instanceof TransientFault) {
      if (!status.isThrottled) failures++;
      if (failures > policy.retries) throw unreachable(status);
      await waitUntilNext(session, waitFor(status.retryAfterMs, failures, policy.clock));
      continue;
    }
    failures = 0;
    switch (status.kind) {
      case 'complete':
        return { kind: 'complete', manifest: await readPages(session, status.page, statusUrl) };
      case 'gone':
        return status;
      case 'failed':
        if (++denials >= CONFIRMATIONS) throw exportFailed(statusUrl, status.status, status.codes);
        await waitUntilNext(session, waitFor(undefined, denials, policy.clock));
        break;
      case 'running':
        onProgress(status.progress);
        await waitUntilNext(session, waitFor(status.retryAfterMs, polls, policy.clock));
        break;
      default:
        return status satisfies never;
    }
  }
}

/** The manifest again, for links that have expired; undefined where the server has it no more. */
export async function rereadManifest(
  session: BulkSession,
  statusUrl: string,
): Promise<BulkManifest | undefined> {
  return withRetry(session.policy, async () => {
    const status = await readStatus(session, statusUrl);
    if (status.kind === 'running') throw new TransientFault('the manifest is being made again');
    return status.kind === 'complete' ? readPages(session, status.page, statusUrl) : undefined;
  });
}

async function readStatus(session: BulkSession, url: string): Promise<Status> {
  const answer = await ask(session, {
    method: 'GET',
    url,
    headers: { accept: 'application/json', 'accept-encoding': 'gzip' },
    withToken: true,
  });
  const text = await readText(answer);
  const status = jobStatus(answer);
  if (status === 202) {
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], session.policy.clock.now());
    return { kind: 'running', progress: progressText(answer.headers['x-progress']), retryAfterMs };
  }
  if (status === 404 || status === 410) return { kind: 'gone' };
  const outcome = parseOutcome(text);
  if (status === 200 && outcome === undefined) return { kind: 'complete', page: readPage(text, url) };
  const fault = transientFault(session, { ...answer, status }, url);
  const isFinal = outcome !== undefined && !isTransient(outcome) && fault?.isThrottled !== true;
  if (outcome !== undefined && isTransient(outcome)) {
    throw fault ?? new TransientFault(`${originOf(url)} asks to try again`);
  }
  if (fault !== undefined && !isFinal) throw fault;
  return { kind: 'failed', status, codes: codesOf(outcome) };
}

/** `separate-export-status`: the job's own status is in a header, such as `202 Accepted`. */
function jobStatus(answer: HttpAnswer): number {
  const separate = Number.parseInt(String(answer.headers['x-export-status'] ?? ''), 10);
  return answer.status === 200 && Number.isFinite(separate) ? separate : answer.status;
}

/** A page that breaks off or is half written is asked for again. */
function readPage(text: string, url: string): ManifestPage {
  try {
    JSON.parse(text);
  } catch {
    throw new TransientFault(`${originOf(url)} answers with a manifest that is not JSON`);
  }
  return parseManifestPage(text, url);
}

async function readPages(session: BulkSession, first: ManifestPage, firstUrl: string): Promise<BulkManifest> {
  const pages = [first];
  const seen = new Set([firstUrl]);
  for (let { next } = first; next !== undefined; ) {
    const url = next;
    if (seen.has(url) || pages.length >= MAX_PAGES) {
      throw new ChiasmError('bulk-answer-invalid', 'the pages of a manifest go in circles');
    }
    seen.add(url);
    const page = await withRetry(session.policy, async () => {
      const status = await readStatus(session, url);
      if (status.kind === 'complete') return status.page;
      if (status.kind === 'running') throw new TransientFault('a page of the manifest is not ready');
      throw new ChiasmError('bulk-answer-invalid', 'a page of the manifest is missing');
    });
    pages.push(page);
    next = page.next;
  }
  return joinPages(pages);
}

async function waitUntilNext(session: BulkSession, wait: number): Promise<void> {
  const { policy, source } = session;
  if (policy.clock.now() + wait > policy.deadline) {
    throw new ChiasmError(
      'bulk-export-failed',
      `the export took longer than ${source.maxHours} hours: raise maxHours or ask for less`,
      { params: { hours: source.maxHours } },
    );
  }
  await pause(policy, wait);
}

/** `X-Progress` is free text of the server: printable characters, of bounded length. */
function progressText(header: string | string[] | undefined): string {
  return String(header ?? '')
    .replace(/[^\x20-\x7e]/g, ' ')
    .trim()
    .slice(0, 100);
}

function exportFailed(url: string, status: number, codes: string): ChiasmError {
  return new ChiasmError(
    'bulk-export-failed',
    `${originOf(url)} could not complete the export (status ${status}: ${codes})`,
    { params: { origin: originOf(url), status } },
  );
}

/** A fault that did not pass. */
export function unreachable(fault: TransientFault): ChiasmError {
  return new ChiasmError('bulk-unreachable', `${fault.reason}, again and again`);
}
