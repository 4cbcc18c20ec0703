import type { ServerAbilities } from './bulk-capability.ts';
import { type BulkBackfill, type FhirBulkSource, filterOf, scopeOf, shortHash } from './bulk-config.ts';
import type { ExportJob, Watermark } from './bulk-state.ts';

const ANY_TYPE = '*';
const PATIENTS_PER_REQUEST = 500;
const DAY_MS = 86_400_000;

/** What decides whether a run that was broken off may go on. */
export function planFingerprint(
  source: FhirBulkSource,
  isFull: boolean,
  backfill: BulkBackfill | undefined,
): string {
  const { auth: _, parallel: _p, retries: _r, idleSeconds: _i, maxHours: _m, ...asked } = source;
  return shortHash(JSON.stringify([asked, isFull, backfill ?? null]));
}

/**
 * The exports of one run, in order. Types with the same watermark share a request; a type that has none, or that
 * failed before, is asked for from its own beginning. Pure.
 */
export function planExports(
  source: FhirBulkSource,
  abilities: ServerAbilities,
  watermarks: readonly Watermark[],
  backfill: BulkBackfill | undefined,
  now: number,
): readonly ExportJob[] {
  if (backfill !== undefined) {
    const { since = null, until = null } = backfill;
    return [newJob('backfill', source.types ?? null, since, until, false)];
  }
  const usesSince = source.since === 'watermark' && abilities.hasSince;
  const sinceOf = (type: string): string | null => {
    const time = usesSince ? (ownMark(watermarks, source, type)?.time ?? null) : null;
    return time === null ? null : earlier(time, source.overlapSeconds);
  };
  const jobs: ExportJob[] = [];
  if (source.groupGrowth) jobs.push(membersJob());
  if (source.types === undefined) {
    jobs.push(...expand(source, null, sinceOf(ANY_TYPE), now));
    const apart = ownMarks(watermarks, source).map((mark) => mark.type);
    jobs.push(...groupBySince(apart, sinceOf).flatMap(([since, types]) => expand(source, types, since, now)));
    return jobs;
  }
  const types = [...new Set(source.types)];
  jobs.push(...groupBySince(types, sinceOf).flatMap(([since, list]) => expand(source, list, since, now)));
  return jobs;
}

/** The whole record of patients who joined the group since the last run. */
export function planJoiners(source: FhirBulkSource, patients: readonly string[]): readonly ExportJob[] {
  const jobs: ExportJob[] = [];
  for (let start = 0; start < patients.length; start += PATIENTS_PER_REQUEST) {
    const some = patients.slice(start, start + PATIENTS_PER_REQUEST);
    jobs.push({ ...newJob('joiners', source.types ?? null, null, null, false), patients: some });
  }
  return jobs;
}

/** What became of an export. */
export interface ExportOutcome {
  readonly job: Pick<ExportJob, 'types' | 'settles'>;
  readonly transactionTime: string;
  /** Types of which something is missing; `*`: something is missing, and it may be any type. */
  readonly failed: ReadonlySet<string>;
}

/**
 * The watermarks after a run. A type of which anything is missing in any export of the run keeps the one it had; the
 * others move to the server's transactionTime. Pure.
 */
export function settleWatermarks(
  source: FhirBulkSource,
  watermarks: readonly Watermark[],
  outcomes: readonly ExportOutcome[],
): readonly Watermark[] {
  const failed = new Set(
    outcomes.flatMap(({ failed, job }) =>
      [...failed].flatMap((type) => (type === ANY_TYPE ? (job.types ?? [ANY_TYPE]) : [type])),
    ),
  );
  const settled = new Map<string, string>();
  for (const { job, transactionTime } of outcomes.filter((outcome) => outcome.job.settles)) {
    for (const type of job.types ?? [ANY_TYPE]) {
      if (!failed.has(type) && !failed.has(ANY_TYPE)) settled.set(type, transactionTime);
    }
  }
  const marks = new Map(watermarks.map((mark) => [markKey(mark), mark]));
  const put = (type: string, time: string | null): void => {
    const mark = { ...scopeOf(source), type, filter: filterOf(source, type), time };
    marks.set(markKey(mark), mark);
  };
  const before = ownMark(watermarks, source, ANY_TYPE)?.time ?? null;
  for (const [type, time] of settled) put(type, time);
  if (!settled.has(ANY_TYPE)) return [...marks.values()];
  for (const mark of ownMarks(watermarks, source)) {
    if (settled.has(mark.type)) marks.delete(markKey(mark));
  }
  for (const type of failed) {
    if (ownMark(watermarks, source, type) === undefined) put(type, before);
  }
  return [...marks.values()];
}

function newJob(
  purpose: ExportJob['purpose'],
  types: readonly string[] | null,
  since: string | null,
  until: string | null,
  settles: boolean,
): ExportJob {
  return {
    purpose,
    types: types === null ? null : [...types],
    since,
    until,
    patients: null,
    elements: null,
    settles,
    statusUrl: null,
    kickedOffAt: null,
    restarts: 0,
    manifest: null,
  };
}

function membersJob(): ExportJob {
  return { ...newJob('members', ['Patient'], null, null, false), elements: ['id'] };
}

/** One export, or the pieces of a first load. Only the last piece, which has no end, moves watermarks. */
function expand(
  source: FhirBulkSource,
  types: readonly string[] | null,
  since: string | null,
  now: number,
): readonly ExportJob[] {
  if (since !== null) return [newJob('changes', types, since, null, true)];
  if (source.firstLoad === undefined) return [newJob('full', types, null, null, true)];
  const borders: number[] = [];
  for (
    let time = Date.parse(source.firstLoad.from);
    time < now;
    time += source.firstLoad.windowDays * DAY_MS
  ) {
    borders.push(time);
  }
  const jobs: ExportJob[] = [];
  let begin: string | null = null;
  for (const border of borders) {
    const end = new Date(border).toISOString();
    jobs.push(newJob('window', types, begin, end, false));
    begin = earlier(end, Math.max(1, source.overlapSeconds));
  }
  return [...jobs, newJob('window', types, begin, null, true)];
}

function groupBySince(
  types: readonly string[],
  sinceOf: (type: string) => string | null,
): readonly (readonly [string | null, readonly string[]])[] {
  const groups = new Map<string | null, string[]>();
  for (const type of types) {
    const since = sinceOf(type);
    groups.set(since, [...(groups.get(since) ?? []), type]);
  }
  return [...groups];
}

function earlier(instant: string, seconds: number): string {
  return new Date(Date.parse(instant) - seconds * 1000).toISOString();
}

function markKey(mark: Watermark): string {
  return JSON.stringify([mark.endpoint, mark.level, mark.type, mark.filter]);
}

function ownMark(
  watermarks: readonly Watermark[],
  source: FhirBulkSource,
  type: string,
): Watermark | undefined {
  const key = markKey({ ...scopeOf(source), type, filter: filterOf(source, type), time: null });
  return watermarks.find((mark) => markKey(mark) === key);
}

/** The types that have a watermark of their own beside `*`. */
function ownMarks(watermarks: readonly Watermark[], source: FhirBulkSource): readonly Watermark[] {
  return watermarks.filter(
    (mark) => mark.type !== ANY_TYPE && ownMark(watermarks, source, mark.type) === mark,
  );
}
