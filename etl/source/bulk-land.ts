import { ChiasmError } from '../../base/error.ts';
import { detectAbilities, findTokenUrl } from './bulk-capability.ts';
import { systemClock } from './bulk-clock.ts';
import { type FhirBulkSource, shortHash } from './bulk-config.ts';
import { collectIds, landFiles } from './bulk-files.ts';
import { completeJob, deleteJobs, MAX_RESTARTS } from './bulk-job.ts';
import { BulkLedger } from './bulk-ledger.ts';
import { OutcomeTally } from './bulk-outcome.ts';
import {
  type ExportOutcome,
  planExports,
  planFingerprint,
  planJoiners,
  settleWatermarks,
} from './bulk-plan.ts';
import { unreachable } from './bulk-poll.ts';
import { type RetryPolicy, TransientFault } from './bulk-retry.ts';
import type { BulkLanding, BulkReport, BulkRun } from './bulk-run.ts';
import type { BulkSession } from './bulk-session.ts';
import { BulkTally } from './bulk-tally.ts';
import { backendServicesToken, noToken } from './bulk-token.ts';
import { readFhirRecord } from './fhir-record.ts';
import { openInput } from './input-stream.ts';
import { readLines } from './line-reader.ts';

const HOUR_MS = 3_600_000;
const CANCEL_MS = 15_000;

interface Context {
  readonly source: FhirBulkSource;
  readonly run: BulkRun;
  readonly session: BulkSession;
  readonly ledger: BulkLedger;
  readonly tally: BulkTally;
  readonly outcomes: OutcomeTally;
}

/**
 * Lands what a FHIR server exports: what changed since the watermarks where the server can tell, else everything. An
 * export that an earlier process started is gone on with; files that it downloaded are not asked for again. Nothing
 * counts until the caller has committed the landing run and calls `confirm`.
 *
 * A type of which a file is missing, miscounted or reported as failed keeps its watermark while the others go on.
 * Throws ChiasmError `bulk-…`. When the signal is aborted, the export is cancelled at the server, too.
 */
export async function landFhirBulk(source: FhirBulkSource, run: BulkRun): Promise<BulkLanding> {
  const ledger = await BulkLedger.open(run.statePath, run.downloads);
  const landed = ledger.current?.settlement?.run;
  if (landed !== undefined && (await run.isCommitted(landed))) await ledger.confirm(source);
  else if (landed !== undefined) await ledger.settle(null);
  try {
    return await landExports(source, run, ledger);
  } catch (error) {
    if (run.signal.aborted) {
      await cancel(source, run, ledger);
      throw new ChiasmError('bulk-cancelled', `source ${source.name}: the export was cancelled`);
    }
    throw error instanceof TransientFault ? unreachable(error) : error;
  }
}

async function landExports(source: FhirBulkSource, run: BulkRun, ledger: BulkLedger): Promise<BulkLanding> {
  const clock = run.clock ?? systemClock;
  const plan = planFingerprint(source, run.isFull ?? false, run.backfill);
  const known = ledger.current;
  const isUsable =
    known !== null && known.plan === plan && clock.now() - known.startedAt < source.maxHours * HOUR_MS;
  if (known !== null && !isUsable) await ledger.discard();
  const startedAt = isUsable ? known.startedAt : clock.now();
  const policy: RetryPolicy = {
    clock,
    signal: run.signal,
    retries: source.retries,
    deadline: startedAt + source.maxHours * HOUR_MS,
  };
  const session = openSession(source, policy);
  await deleteJobs(session, ledger);
  if (!isUsable) {
    const abilities = await detectAbilities(source, policy);
    const jobs = planExports(source, abilities, ledger.watermarks, run, clock.now());
    await ledger.begin(plan, abilities.version, startedAt, jobs);
  }
  const keepsIds = source.deletes === 'anti-join' && run.currentVersions !== undefined;
  const context: Context = {
    source,
    run,
    session,
    ledger,
    tally: new BulkTally(keepsIds),
    outcomes: new OutcomeTally(),
  };
  const exported: ExportOutcome[] = [];
  let members: readonly string[] | undefined;
  for (let index = 0; index < ledger.jobs.length; index++) {
    if (ledger.jobs[index]?.purpose === 'members') members = await meetMembers(context, index);
    else exported.push(await landExport(context, index));
  }
  return settle(context, exported, members);
}

function openSession(source: FhirBulkSource, policy: RetryPolicy): BulkSession {
  const { auth } = source;
  const tokens =
    auth.kind === 'none'
      ? noToken
      : backendServicesToken(
          auth,
          async () => auth.tokenUrl ?? findTokenUrl(source, policy),
          policy,
          source.idleSeconds * 1000,
        );
  return { source, policy, tokens };
}

/** Lands one export. Where the server forgot it before its files were downloaded, it is started anew once. */
async function landExport(context: Context, index: number): Promise<ExportOutcome> {
  const { run, session, ledger, tally, outcomes } = context;
  for (;;) {
    await completeJob(session, ledger, index, (text) => run.onProgress(0, 0, text));
    const job = ledger.jobs[index];
    if (job?.manifest == null || job.statusUrl === null) throw new Error('the job is not complete');
    const total = job.manifest.files.length;
    let done = 0;
    const onFile = (): void => run.onProgress(++done, total, '');
    const files = { session, landing: run.landing, tally, outcomes, onFile };
    const result = await landFiles(files, job, ledger.directoryOf(job.statusUrl));
    if (result.isGone && result.failed.size > 0 && job.restarts < MAX_RESTARTS) {
      await ledger.restartJob(index, job.restarts + 1);
      continue;
    }
    return { job, transactionTime: job.manifest.transactionTime, failed: result.failed };
  }
}

/** Who is in the group now; those who were not the last time get an export of their own before the others. */
async function meetMembers(context: Context, index: number): Promise<readonly string[] | undefined> {
  const { source, session, ledger } = context;
  await completeJob(session, ledger, index, (text) => context.run.onProgress(0, 0, text));
  const job = ledger.jobs[index];
  if (job?.manifest == null || job.statusUrl === null) throw new Error('the job is not complete');
  const ids = await collectIds(session, job, ledger.directoryOf(job.statusUrl), readIds);
  if (ids === undefined) return undefined;
  const before = ledger.members(source);
  const isPlanned = ledger.jobs.some((each) => each.purpose === 'joiners');
  const hasChanges = ledger.jobs.some((each) => each.purpose === 'changes');
  if (before !== undefined && hasChanges && !isPlanned) {
    const joined = ids.filter((id) => !before.has(shortHash(id)));
    if (joined.length > 0) await ledger.insertJobs(index + 1, planJoiners(source, joined));
  }
  return ids.map(shortHash);
}

async function readIds(path: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const lines of readLines(openInput(path))) {
    for (const { bytes } of lines) {
      const reading = readFhirRecord(bytes);
      if (reading.kind === 'record' && reading.record.type === 'Patient') ids.push(reading.record.id);
    }
  }
  return ids;
}

async function settle(
  context: Context,
  exported: readonly ExportOutcome[],
  members: readonly string[] | undefined,
): Promise<BulkLanding> {
  const { source, run, session, ledger, tally } = context;
  const reported = context.outcomes.reading;
  const outcomes = exported.map((each) => ({
    ...each,
    failed: new Set([...each.failed, ...reported.failedTypes]),
  }));
  const failedTypes = [...new Set(outcomes.flatMap((each) => [...each.failed]))].sort();
  if (tally.files === 0 && tally.faults.length > 0) {
    await ledger.discard();
    throw new ChiasmError(
      'bulk-download-failed',
      `source ${source.name}: none of ${tally.faults.length} files could be downloaded (${[...new Set(tally.faults)].join(', ')})`,
      { params: { source: source.name, files: tally.faults.length } },
    );
  }
  const missing = await joinAgainst(context, outcomes, failedTypes, reported.unnamedErrors);
  const watermarks = settleWatermarks(source, ledger.watermarks, outcomes);
  const isGrown = members !== undefined && failedTypes.length === 0;
  const report: BulkReport = {
    version: ledger.current?.version ?? 'stu2',
    exports: ledger.jobs.length,
    transactionTimes: exported.map((each) => each.transactionTime).sort(),
    types: tally.types,
    deleted: tally.deleted,
    missing,
    failedTypes,
    completeTypes: completeTypes(outcomes),
    issues: reported.issues,
  };
  await ledger.settle({
    run: run.landing.run,
    watermarks: watermarks.map((mark) => ({ ...mark })),
    members: isGrown ? [...members] : null,
  });
  return {
    report,
    watermarks,
    confirm: async () => {
      await ledger.confirm(source);
      return { pendingDeletions: await deleteJobs(session, ledger) };
    },
    abandon: () => ledger.settle(null),
  };
}

function completeTypes(outcomes: readonly ExportOutcome[]): readonly string[] {
  const failed = new Set(outcomes.flatMap((each) => [...each.failed]));
  if (failed.has('*')) return [];
  const whole = outcomes.filter(({ job }) => job.settles && job.purpose !== 'changes');
  const types = whole.flatMap(({ job }) => job.types ?? (failed.size === 0 ? ['*'] : []));
  return [...new Set(types)].filter((type) => !failed.has(type)).sort();
}

/**
 * Full exports of types that are complete in every respect: what the source held and the export no longer has is gone.
 * Never for a group, whose patients come and go without any record being deleted. Such a tombstone has the time of the
 * version that it deletes: it only says that this was not seen, so the same version, seen later, is back. Returns how many.
 */
async function joinAgainst(
  context: Context,
  outcomes: readonly ExportOutcome[],
  failedTypes: readonly string[],
  unnamedErrors: number,
): Promise<number> {
  const { source, run, ledger, tally } = context;
  const { currentVersions } = run;
  const isSafe = source.level.kind !== 'group' && source.patient.length === 0 && unnamedErrors === 0;
  if (source.deletes !== 'anti-join' || currentVersions === undefined || !isSafe) return 0;
  if (outcomes.length === 0 || failedTypes.includes('*')) return 0;
  let missing = 0;
  // A type of which nothing came may be an outage: its deletes are for the guard to hold.
  const named = ledger.jobs.flatMap((job) => (job.settles ? (job.types ?? []) : []));
  for (const type of new Set([...tally.idTypes, ...named])) {
    const ids = tally.completeIds(type);
    const isFiltered = source.typeFilters.some((filter) => filter.startsWith(`${type}?`));
    const settling = ledger.jobs.filter((job) => job.settles && (job.types?.includes(type) ?? true));
    const isFull = settling.length > 0 && settling.every((job) => ['full', 'window'].includes(job.purpose));
    if (ids === undefined || isFiltered || !isFull || failedTypes.includes(type)) continue;
    for await (const { id, orderTime, isSubsetted } of currentVersions(type)) {
      if (ids.has(id)) continue;
      run.landing.addTombstone(type, id, orderTime, 'anti-join', isSubsetted);
      missing++;
    }
  }
  return missing;
}

/** Ctrl-C: the server need not go on. What cannot be told now is told by the next run. */
async function cancel(source: FhirBulkSource, run: BulkRun, ledger: BulkLedger): Promise<void> {
  const clock = run.clock ?? systemClock;
  await ledger.discard();
  const signal = AbortSignal.timeout(CANCEL_MS);
  const policy: RetryPolicy = { clock, signal, retries: 0, deadline: clock.now() + CANCEL_MS };
  await deleteJobs(openSession(source, policy), ledger);
}
