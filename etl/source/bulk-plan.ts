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

/** A run that does not simply go on from the watermarks. */
export interface SpecialRun {
  /** Everything again. */
  readonly isFull?: boolean | undefined;
  readonly backfill?: BulkBackfill | undefined;
}

/**
 * The exports of one run, in order. Types with the same watermark share a request; a type that has none, or that
 * failed before, is asked for from its own beginning. What was deleted in the meantime is in no such export: where
 * any of the type may have landed before, what changed since then is asked for besides. Pure.
 */
export function planExports(
  source: FhirBulkSource,
  abilities: ServerAbilities,
  watermarks: readonly Watermark[],
  special: SpecialRun,
  now: number,
): readonly ExportJob[] {
  if (special.backfill !== undefined) {
    const { since = null, until = null } = special.backfill;
    return [newJob('backfill', source.types ?? null, since, until, false)];
  }
  const knowsSince = source.since === 'watermark' && abilities.hasSince;
  const usesSince = knowsSince && special.isFull !== true;
  const sinceOf = (type: string): string | null => {
    const mark = usesSince ? ownMark(watermarks, source, type) : undefined;
    const isDue = isFullDue(mark, source.fullEveryDays, now);
    return mark === undefined || mark.time === null || isDue
      ? null
      : earlier(mark.time, source.overlapSeconds);
  };
  const deletesSince = (type: string): string | null => {
    const time = knowsSince && sinceOf(type) === null ? firstLanded(watermarks, source, type) : null;
    return time === null ? null : earlier(time, source.overlapSeconds);
  };
  const deletions = (types: readonly string[]): readonly ExportJob[] =>
    groupBySince(types, deletesSince)
      .filter(([since]) => since !== null)
      .map(([since, list]) => newJob('changes', list.includes(ANY_TYPE) ? null : list, since, null, false));
  const jobs: ExportJob[] = [];
  if (source.groupGrowth) jobs.push(membersJob());
  if (source.types === undefined) {
    jobs.push(...expand(source, null, sinceOf(ANY_TYPE), now));
    const apart = ownMarks(watermarks, source).map((mark) => mark.type);
    jobs.push(...groupBySince(apart, sinceOf).flatMap(([since, types]) => expand(source, types, since, now)));
    jobs.push(...deletions([ANY_TYPE]), ...deletions(apart));
    return jobs;
  }
  const types = [...new Set(source.types)];
  jobs.push(...groupBySince(types, sinceOf).flatMap(([since, list]) => expand(source, list, since, now)));
  jobs.push(...deletions(types));
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
  readonly job: Pick<ExportJob, 'types' | 'settles' | 'purpose'>;
  readonly transactionTime: string;
  /** Types of which something is missing; `*`: something is missing, and it may be any type. */
  readonly failed: ReadonlySet<string>;
}

/**
 * The watermarks after a run. A type of which anything is missing in any export of the run keeps the one it had; the
 * others move to the earliest of the server's transactionTimes. Pure.
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
  const settling = outcomes.filter((outcome) => outcome.job.settles);
  // One time for all: types that an earlier failure has parted share a request again.
  const time = settling.map((outcome) => outcome.transactionTime).sort()[0] ?? '';
  const settled = new Map<string, { readonly time: string; readonly isFull: boolean }>();
  for (const { job } of settling) {
    for (const type of job.types ?? [ANY_TYPE]) {
      const isComplete = !failed.has(type) && !failed.has(ANY_TYPE);
      if (isComplete) settled.set(type, { time, isFull: job.purpose !== 'changes' });
    }
  }
  const marks = new Map(watermarks.map((mark) => [markKey(mark), mark]));
  const put = (type: string, time: string | null, isFull = false): void => {
    const known = ownMark(watermarks, source, type) ?? ownMark(watermarks, source, ANY_TYPE);
    const landedFrom = time === null ? (firstLanded(watermarks, source, type) ?? firstTime) : null;
    const fullTime = isFull ? time : (known?.fullTime ?? null);
    const filter = filterOf(source, type);
    const mark = { ...scopeOf(source), type, filter, time, landedFrom, fullTime };
    marks.set(markKey(mark), mark);
  };
  const firstTime = outcomes.map((outcome) => outcome.transactionTime).sort()[0] ?? null;
  const isUntyped = source.types === undefined;
  const before = isUntyped ? (ownMark(watermarks, source, ANY_TYPE)?.time ?? null) : null;
  for (const [type, { time, isFull }] of settled) put(type, time, isFull);
  if (settled.has(ANY_TYPE)) {
    for (const mark of ownMarks(watermarks, source)) {
      if (settled.has(mark.type)) marks.delete(markKey(mark));
    }
  }
  for (const type of settling.length > 0 ? failed : []) {
    const isOwn = isUntyped ? type === ANY_TYPE || settled.has(ANY_TYPE) : source.types?.includes(type);
    if (isOwn && ownMark(watermarks, source, type) === undefined) put(type, before);
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

function isFullDue(mark: Watermark | undefined, everyDays: number | undefined, now: number): boolean {
  if (mark === undefined || everyDays === undefined) return false;
  return mark.fullTime === null || now - Date.parse(mark.fullTime) >= everyDays * DAY_MS;
}

function earlier(instant: string, seconds: number): string {
  return new Date(Date.parse(instant) - seconds * 1000).toISOString();
}

function markKey(mark: Pick<Watermark, 'endpoint' | 'level' | 'type' | 'filter'>): string {
  return JSON.stringify([mark.endpoint, mark.level, mark.type, mark.filter]);
}

function ownMark(
  watermarks: readonly Watermark[],
  source: FhirBulkSource,
  type: string,
): Watermark | undefined {
  const key = markKey({ ...scopeOf(source), type, filter: filterOf(source, type) });
  return watermarks.find((mark) => markKey(mark) === key);
}

/**
 * Since when deletes of a type matter although nothing of it goes on from a watermark: the own mark tells, else the
 * earliest that another level, filter or list of types has left.
 */
function firstLanded(watermarks: readonly Watermark[], source: FhirBulkSource, type: string): string | null {
  const own = ownMark(watermarks, source, type);
  if (own !== undefined) return own.time ?? own.landedFrom;
  const { endpoint } = scopeOf(source);
  return (
    watermarks
      .filter(
        (mark) => mark.endpoint === endpoint && (type === ANY_TYPE || [type, ANY_TYPE].includes(mark.type)),
      )
      .flatMap((mark) => mark.time ?? mark.landedFrom ?? [])
      .sort()[0] ?? null
  );
}

/** The types that have a watermark of their own beside `*`. */
function ownMarks(watermarks: readonly Watermark[], source: FhirBulkSource): readonly Watermark[] {
  return watermarks.filter(
    (mark) => mark.type !== ANY_TYPE && ownMark(watermarks, source, mark.type) === mark,
  );
}
