import type { Config } from './config.ts';
import type { DiskStatus } from './disk-forecast.ts';
import type { SourceReading } from './source-reading.ts';
import type { StatusFacts } from './status-facts.ts';

/** Which question a problem answers with no: is it fresh, complete, safe to use, will the disk last? */
export type ProblemArea = 'fresh' | 'complete' | 'safe' | 'disk';

/** Every code with the area it belongs to; docs/status.md explains them. */
export const PROBLEM_AREAS = {
  'nothing-published': 'fresh',
  'not-fresh': 'fresh',
  'snapshot-old': 'fresh',
  'run-long': 'fresh',
  'schedule-unkept': 'fresh',
  'run-killed': 'complete',
  'run-failed': 'complete',
  'publish-held': 'complete',
  'source-failed': 'complete',
  'source-never-read': 'complete',
  'source-removed': 'complete',
  'types-left-behind': 'complete',
  'source-empty': 'complete',
  'types-missing': 'complete',
  'deletes-undecided': 'complete',
  'landing-damaged': 'complete',
  quarantined: 'complete',
  'unresolved-references': 'complete',
  'records-without-patient': 'complete',
  'types-without-view': 'complete',
  'profile-differs': 'safe',
  'directories-open': 'safe',
  'quality-errors': 'safe',
  'disk-full-soon': 'disk',
  'disk-tight': 'disk',
} as const satisfies Record<string, ProblemArea>;

export type ProblemCode = keyof typeof PROBLEM_AREAS;

/** One thing that somebody has to do. */
export interface StatusProblem {
  /** Stable. */
  readonly code: ProblemCode;
  /** `error`: do not rely on it. `warning`: somebody should look. `note`: to be known; no alarm. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
  /** `operator`: who runs Chiasm. `source-owner`: who runs the source. `analyst`: who owns views and marts. */
  readonly who: 'operator' | 'source-owner' | 'analyst';
  /** The next step, and the command that goes with it. */
  readonly todo: string;
  readonly command: string | null;
}

export interface Situation {
  readonly config: Config;
  readonly facts: StatusFacts;
  readonly sources: readonly SourceReading[];
  readonly disk: DiskStatus;
  readonly freshLimitHours: number;
}

/** A command as it has to be typed for this configuration. */
export function chiasm({ file }: Config, command: string): string {
  return `chiasm ${command} -c ${/^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`}`;
}
