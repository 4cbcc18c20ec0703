import { ChiasmError } from '../../base/error.ts';
import type { LandingRun } from '../landing/landing-run.ts';
import { shortHash } from './bulk-config.ts';
import { landDeleted } from './bulk-deleted.ts';
import { type Download, type DownloadedFile, downloadFile, type RenewLink } from './bulk-download.ts';
import { originOf } from './bulk-http.ts';
import type { BulkFile, BulkManifest } from './bulk-manifest.ts';
import { type OutcomeTally, parseOutcome } from './bulk-outcome.ts';
import { rereadManifest } from './bulk-poll.ts';
import type { BulkSession } from './bulk-session.ts';
import type { ExportJob } from './bulk-state.ts';
import type { BulkTally } from './bulk-tally.ts';
import { type FhirInput, landLines } from './fhir-lines.ts';
import type { FhirReading } from './fhir-record.ts';

/** Outputs first: a record that is in `deleted` is gone, whatever else the export says of it. */
const ORDER = { output: 0, deleted: 1, outcome: 2 } as const;

/** So many files in a row that nobody answers for: the server is down, and the run stops where a later one goes on. */
const OUTAGE_FILES = 5;

/** A file whose link expires so often cannot be had. */
const MAX_RENEWALS = 5;

export interface FilesResult {
  /** Types of which something is missing; `*`: it may be any type. */
  readonly failed: ReadonlySet<string>;
  /** Links have expired and the server does not have the manifest any more. */
  readonly isGone: boolean;
}

export interface FilesContext {
  readonly session: BulkSession;
  readonly landing: LandingRun;
  readonly tally: BulkTally;
  readonly outcomes: OutcomeTally;
  readonly onFile: () => void;
}

/**
 * Downloads the files of a complete export, several at a time, and lands them in the order of the manifest while
 * others are still on their way.
 */
export async function landFiles(
  context: FilesContext,
  job: ExportJob,
  directory: string,
): Promise<FilesResult> {
  const fetched = startDownloads(context.session, job, directory);
  const failed = new Set<string>();
  try {
    for (const { file, download } of fetched.downloads) {
      const done = await download;
      if (done.kind === 'failed') {
        context.tally.addFault(file.type ?? '*', done.fault);
        failed.add(file.type ?? '*');
      } else {
        const missing = await landFile(context, job, file, done.file);
        if (missing !== undefined) failed.add(missing);
      }
      context.onFile();
    }
  } finally {
    fetched.stop();
    await Promise.allSettled(fetched.downloads.map((each) => each.download));
  }
  return { failed, isGone: fetched.isGone() };
}

/** The ids of the resources in a job's output; undefined where a file could not be had. */
export async function collectIds(
  session: BulkSession,
  job: ExportJob,
  directory: string,
  read: (path: string) => Promise<readonly string[]>,
): Promise<readonly string[] | undefined> {
  const fetched = startDownloads(session, job, directory);
  const ids: string[] = [];
  let isWhole = true;
  for (const { file, download } of fetched.downloads) {
    const done = await download;
    if (done.kind === 'failed') isWhole = false;
    else if (file.kind === 'output') ids.push(...(await read(done.file.path)));
  }
  return isWhole ? ids : undefined;
}

interface Downloads {
  readonly downloads: readonly { readonly file: BulkFile; readonly download: Promise<Download> }[];
  readonly stop: () => void;
  readonly isGone: () => boolean;
}

function startDownloads(session: BulkSession, job: ExportJob, directory: string): Downloads {
  const { manifest, statusUrl } = job;
  if (manifest === null || statusUrl === null) throw new Error('the job is not complete');
  const stopped = new AbortController();
  const signal = AbortSignal.any([session.policy.signal, stopped.signal]);
  const own = { ...session, policy: { ...session.policy, signal } };
  const limit = limiter(session.source.parallel);
  let unreachable = 0;
  const files = manifest.files.map(
    (file): BulkFile => ({
      kind: file.kind,
      index: file.index,
      url: file.url,
      type: file.type,
      count: file.count,
      size: file.size,
    }),
  );
  const links = linkRenewal(own, statusUrl, { transactionTime: manifest.transactionTime, files });
  const downloads = [...files]
    .sort((a, b) => ORDER[a.kind] - ORDER[b.kind] || a.index - b.index)
    .map((file) => {
      const download = limit(async () => {
        if (unreachable >= OUTAGE_FILES) throw outage(session.source.url);
        const done = await downloadFile(own, file, manifest.requiresAccessToken, directory, links.renew);
        const isUnreachable = done.kind === 'failed' && done.fault === 'unreachable';
        unreachable = isUnreachable ? unreachable + 1 : 0;
        return done;
      });
      download.catch(() => {});
      return { file, download };
    });
  return { downloads, stop: () => stopped.abort(), isGone: links.isGone };
}

function outage(url: string): ChiasmError {
  return new ChiasmError(
    'bulk-unreachable',
    `${originOf(url)} stopped serving files; what has arrived is kept`,
    {
      params: { origin: originOf(url) },
    },
  );
}

/**
 * One new manifest serves all files whose links expired with the old one; another is asked for only when its own links
 * expire. A link that the new manifest repeats gets one more attempt.
 */
function linkRenewal(
  session: BulkSession,
  statusUrl: string,
  first: Pick<BulkManifest, 'transactionTime' | 'files'>,
): { readonly renew: RenewLink; readonly isGone: () => boolean } {
  let newest: Promise<BulkManifest | undefined> | undefined;
  let isGone = false;
  const attempts = new Map<string, number>();
  const find = (manifest: Pick<BulkManifest, 'files'> | undefined, file: BulkFile): BulkFile | undefined =>
    manifest?.files.find((each) => each.kind === file.kind && each.index === file.index);
  const reread = async (): Promise<BulkManifest | undefined> => {
    try {
      const manifest = await rereadManifest(session, statusUrl);
      isGone = manifest === undefined || manifest.transactionTime !== first.transactionTime;
      return isGone ? undefined : manifest;
    } catch (error) {
      newest = undefined;
      throw error;
    }
  };
  return {
    isGone: () => isGone,
    renew: async (file, expired) => {
      const key = `${file.kind}.${file.index}`;
      const attempt = (attempts.get(key) ?? 0) + 1;
      attempts.set(key, attempt);
      if (isGone || attempt > MAX_RENEWALS) return undefined;
      newest ??= reread();
      const asked = newest;
      const known = find(await asked, file);
      if (known === undefined || known.type !== file.type) return undefined;
      if (known.url !== expired) return known;
      if (find(first, file)?.url === expired) return attempt > 1 ? undefined : known;
      if (newest === asked) newest = reread();
      return find(await newest, file);
    },
  };
}

/** Lands one file; returns the type of which something is missing. */
async function landFile(
  context: FilesContext,
  job: ExportJob,
  file: BulkFile,
  downloaded: DownloadedFile,
): Promise<string | undefined> {
  const time = job.manifest?.transactionTime ?? '';
  const place = `${time.slice(0, 19).replace(/[-:]/g, '')}-${shortHash(job.statusUrl ?? '').slice(0, 6)}`;
  const path = `${place}/${file.kind}.${file.index}.${file.type ?? 'any'}.ndjson`;
  const input: FhirInput = {
    landing: context.landing,
    origin: { path, sha256: downloaded.sha256 },
    absolutePath: downloaded.path,
    orderTime: time,
  };
  const describe = (records: number, rejected: number): void =>
    context.landing.addOrigin({
      path,
      size: downloaded.bytes,
      mtimeMs: Date.parse(time),
      sha256: downloaded.sha256,
      status: 'read',
      records,
      rejected,
    });
  switch (file.kind) {
    case 'output': {
      const accept = (reading: FhirReading, bytes: Buffer): boolean => isRecord(context, reading, bytes);
      const counts = await landLines({ ...input, accept });
      context.tally.addFile(file.type ?? '*', downloaded.lines, counts);
      describe(counts.records, counts.rejected);
      return undefined;
    }
    case 'deleted': {
      const counts = await landDeleted(input);
      context.tally.deleted += counts.records;
      describe(counts.records, counts.rejected);
      const isShort = Math.max(downloaded.lines, counts.records) < (file.count ?? 0);
      if (isShort) context.tally.addFault('*', 'miscounted');
      return counts.rejected > 0 || isShort ? '*' : undefined;
    }
    case 'outcome': {
      const { unreadable } = await context.outcomes.addFile(downloaded.path);
      return unreadable > 0 ? '*' : undefined;
    }
    default:
      return file.kind satisfies never;
  }
}

/** Headers of `organizeOutputBy` and reports among the records are no records. */
function isRecord(context: FilesContext, reading: FhirReading, bytes: Buffer): boolean {
  if (reading.kind === 'record') {
    context.tally.addId(reading.record.type, reading.record.id);
    if (reading.record.type !== 'OperationOutcome') return true;
  }
  if (reading.kind === 'rejected' && reading.code !== 'resource-without-id') return true;
  const text = bytes.toString('utf8');
  const outcome = parseOutcome(text);
  if (outcome !== undefined) context.outcomes.add(outcome);
  return outcome === undefined && !isHeader(text);
}

function isHeader(text: string): boolean {
  const value: unknown = JSON.parse(text);
  return (
    typeof value === 'object' &&
    value !== null &&
    'resourceType' in value &&
    value.resourceType === 'Parameters'
  );
}

/** Runs at most `width` tasks at a time, in the order in which they came. */
function limiter(width: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
