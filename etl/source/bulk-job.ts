import { ChiasmError } from '../../base/error.ts';
import type { BulkVersion } from './bulk-capability.ts';
import { originOf, readText } from './bulk-http.ts';
import type { BulkLedger } from './bulk-ledger.ts';
import { codesOf, isTransient, parseOutcome } from './bulk-outcome.ts';
import { awaitJob } from './bulk-poll.ts';
import { kickOffRequest } from './bulk-request.ts';
import { TransientFault, throwIfCancelled, withRetry } from './bulk-retry.ts';
import { ask, type BulkSession, transientFault } from './bulk-session.ts';

/** A job that a server forgets is started anew so often. */
export const MAX_RESTARTS = 1;
const MAX_DELETION_ATTEMPTS = 30;

/** Brings a job to its manifest: starts it, or goes on waiting for the one that an earlier run started. */
export async function completeJob(
  session: BulkSession,
  ledger: BulkLedger,
  index: number,
  onProgress: (text: string) => void,
): Promise<void> {
  for (;;) {
    const job = ledger.jobs[index];
    const version = ledger.current?.version;
    if (job === undefined || version === undefined) throw new Error('no such job');
    if (job.manifest !== null) return;
    if (job.statusUrl === null) {
      const statusUrl = await kickOff(session, ledger, index, version);
      await ledger.updateJob(index, { statusUrl, kickedOffAt: session.policy.clock.now() });
      throwIfCancelled(session.policy.signal);
      continue;
    }
    const result = await awaitJob(session, job.statusUrl, onProgress).catch(async (error: unknown) => {
      const isOver = error instanceof ChiasmError && error.code === 'bulk-export-failed';
      if (isOver) await ledger.restartJob(index, 0);
      throw error;
    });
    if (result.kind === 'complete') {
      const { files, ...manifest } = result.manifest;
      await ledger.updateJob(index, { manifest: { ...manifest, files: files.map((file) => ({ ...file })) } });
      return;
    }
    if (job.restarts >= MAX_RESTARTS) {
      await ledger.restartJob(index, 0);
      throw new ChiasmError(
        'bulk-export-lost',
        `${originOf(job.statusUrl)} forgot the export, also when it was started again`,
        { params: { origin: originOf(job.statusUrl) } },
      );
    }
    await ledger.restartJob(index, job.restarts + 1);
  }
}

/**
 * Starts an export and returns its status URL. The request itself is not broken off by a cancel, or else the server
 * would go on with an export that nobody knows. Throws `bulk-export-refused`.
 */
async function kickOff(
  session: BulkSession,
  ledger: BulkLedger,
  index: number,
  version: BulkVersion,
): Promise<string> {
  const job = ledger.jobs[index];
  if (job === undefined) throw new Error('no such job');
  const request = kickOffRequest(session.source, job, version);
  return withRetry(session.policy, async () => {
    const signal = new AbortController().signal;
    const answer = await ask(session, { ...request, withToken: true, signal });
    const text = await readText(answer);
    const location = answer.headers['content-location'];
    if (answer.status >= 200 && answer.status < 300) {
      if (location === undefined || !URL.canParse(location, request.url)) {
        throw new ChiasmError(
          'bulk-answer-invalid',
          `${originOf(request.url)} accepted an export without saying where its status is (Content-Location)`,
        );
      }
      return new URL(location, request.url).href;
    }
    const outcome = parseOutcome(text);
    const fault = transientFault(session, answer, request.url);
    if (fault !== undefined) throw fault;
    if (outcome !== undefined && isTransient(outcome))
      throw new TransientFault('the server asks to try again');
    throw new ChiasmError(
      'bulk-export-refused',
      `${originOf(request.url)} refuses the export (status ${answer.status}: ${codesOf(outcome)})`,
      { params: { origin: originOf(request.url), status: answer.status } },
    );
  });
}

/**
 * Tells the server which jobs are done with. One that cannot be told is told again by the next run. Returns how many
 * are left.
 */
export async function deleteJobs(session: BulkSession, ledger: BulkLedger): Promise<number> {
  const left: { statusUrl: string; attempts: number }[] = [];
  for (const deletion of ledger.deletions) {
    if (await deleteJob(session, deletion.statusUrl)) continue;
    const attempts = deletion.attempts + 1;
    if (attempts < MAX_DELETION_ATTEMPTS) left.push({ ...deletion, attempts });
  }
  if (ledger.deletions.length > 0) await ledger.keepDeletions(left);
  return left.length;
}

async function deleteJob(session: BulkSession, url: string): Promise<boolean> {
  try {
    const headers = { accept: 'application/fhir+json' };
    const answer = await ask(session, { method: 'DELETE', url, headers, withToken: true });
    answer.body.resume();
    return answer.status < 300 || answer.status === 404 || answer.status === 410;
  } catch (error) {
    if (error instanceof TransientFault || error instanceof ChiasmError) return false;
    throw error;
  }
}
