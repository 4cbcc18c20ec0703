import type { RunRecord } from '../etl/refresh/run-record.ts';
import type { SnapshotManifest, SnapshotTable } from '../etl/warehouse/snapshot-manifest.ts';
import type { Config } from './config.ts';
import { type DiskStatus, forecastDisk } from './disk-forecast.ts';
import { problemsOfContents } from './problems-of-contents.ts';
import { problemsOfRuns } from './problems-of-runs.ts';
import type { ScheduleStatus } from './schedule-status.ts';
import { type SourceReading, sourceReadings } from './source-reading.ts';
import { gatherFacts, type SourceCount, type StatusFacts } from './status-facts.ts';
import { PROBLEM_AREAS, type ProblemArea, type Situation, type StatusProblem } from './status-problem.ts';

/** What `chiasm status --json` prints. Names and meanings are stable; more may be added. */
export interface Status {
  readonly checkedAt: string;
  /** `fine`: nobody has to do anything. `attention`: somebody should. `alarm`: do not rely on it until somebody has. */
  readonly verdict: 'fine' | 'attention' | 'alarm';
  readonly exitCode: 0 | 6 | 7;
  readonly isFresh: boolean;
  readonly isComplete: boolean;
  readonly isSafe: boolean;
  readonly snapshot: number | null;
  readonly publishedAt: string | null;
  readonly ageHours: number | null;
  /** A source that was not read for longer makes the warehouse stale. */
  readonly freshLimitHours: number;
  readonly profile: string;
  readonly tables: number;
  readonly rows: number;
  /** What people have to do, the worst first. */
  readonly problems: readonly StatusProblem[];
  readonly sources: readonly SourceReading[];
  readonly lastRun: Omit<RunRecord, 'detail'> | null;
  /** When the next refresh is due and which process will start it; null where the configuration has no schedule. */
  readonly schedule: ScheduleStatus | null;
  /** Lines and files in quarantine; `quarantine` has them by source and code. */
  readonly quarantined: number;
  readonly quarantine: readonly { readonly source: string; readonly code: string; readonly count: number }[];
  readonly typesWithoutView: readonly TypeCount[];
  readonly recordsWithoutPatient: readonly TypeCount[];
  readonly unresolvedReferences: number;
  readonly disk: DiskStatus;
}

interface TypeCount {
  readonly source: string;
  readonly type: string;
  readonly count: number;
}

/** What a person wants to know at seven in the morning. Changes nothing. */
export async function readStatus(config: Config, now: Date): Promise<Status> {
  return judge(config, await gatherFacts(config, now));
}

/** The status that follows from what is known. Pure. */
export function judge(config: Config, facts: StatusFacts): Status {
  const { manifest, now, runs } = facts;
  const sources = sourceReadings(config, runs);
  const disk = judgeDisk(facts);
  const freshLimitHours = freshLimitOf(config);
  const problems = findProblems({ config, facts, sources, disk, freshLimitHours });
  const worst = problems.find((problem) => problem.severity !== 'note')?.severity;
  const { detail: _, ...lastRun } = runs.at(-1) ?? { detail: null };
  const isWell = (area: ProblemArea): boolean =>
    !problems.some((problem) => PROBLEM_AREAS[problem.code] === area && problem.severity !== 'note');
  return {
    checkedAt: now.toISOString(),
    verdict: worst === undefined ? 'fine' : worst === 'error' ? 'alarm' : 'attention',
    exitCode: worst === undefined ? 0 : worst === 'error' ? 7 : 6,
    isFresh: isWell('fresh'),
    isComplete: manifest !== undefined && isWell('complete'),
    isSafe: manifest !== undefined && isWell('safe'),
    snapshot: manifest?.number ?? null,
    publishedAt: manifest?.createdAt ?? null,
    ageHours: manifest === undefined ? null : hoursBetween(manifest.createdAt, now),
    freshLimitHours,
    profile: manifest?.profile ?? config.profile,
    tables: publishedTables(manifest).length,
    rows: publishedTables(manifest).reduce((sum, table) => sum + table.rows, 0),
    problems,
    sources,
    lastRun: 'runId' in lastRun ? lastRun : null,
    schedule: facts.schedule,
    quarantined: sum(facts.quarantine),
    quarantine: facts.quarantine.map(({ source, what, count }) => ({ source, code: what, count })),
    typesWithoutView: facts.typesWithoutView.map(typed),
    recordsWithoutPatient: facts.recordsWithoutPatient.map(typed),
    unresolvedReferences: facts.unresolvedReferences,
    disk,
  };
}

const RANK = { error: 0, warning: 1, note: 2 } as const;

/** Everything that is wrong, the worst first. */
function findProblems(situation: Situation): readonly StatusProblem[] {
  return [...problemsOfRuns(situation), ...problemsOfContents(situation)].sort(
    (a, b) => RANK[a.severity] - RANK[b.severity],
  );
}

/** The tables that readers see. */
export function publishedTables(manifest: SnapshotManifest | undefined): readonly SnapshotTable[] {
  return (manifest?.tables ?? []).filter((table) => table.schema !== 'private');
}

export function hoursBetween(earlier: string, later: Date): number {
  return (later.getTime() - Date.parse(earlier)) / 36e5;
}

/** Without a limit of its own: a nightly run may be two hours late. */
const NIGHTLY_HOURS = 26;

function freshLimitOf(config: Config): number {
  return config.serve.readyMaxAgeHours ?? NIGHTLY_HOURS;
}

function judgeDisk({ disk, freeBytes, runs }: StatusFacts): DiskStatus {
  const points = runs.flatMap((run) =>
    run.disk === null || run.finishedAt === null
      ? []
      : [{ at: Date.parse(run.finishedAt), bytes: totalOf(run.disk) }],
  );
  return { ...forecastDisk(points, freeBytes ?? 0), use: disk, usedBytes: totalOf(disk), freeBytes };
}

function totalOf(use: DiskStatus['use']): number {
  return Object.values(use).reduce((all, bytes) => all + bytes, 0);
}

function sum(counts: readonly SourceCount[]): number {
  return counts.reduce((all, each) => all + each.count, 0);
}

function typed({ source, what, count }: SourceCount): TypeCount {
  return { source, type: what, count };
}
