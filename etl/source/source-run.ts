import type { LandingRun } from '../landing/landing-run.ts';

/** What is known of a source's file from the runs before. */
export interface KnownOrigin {
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

/** What a source needs in order to land what changed. */
export interface SourceRun {
  readonly landing: LandingRun;
  /** The files that earlier runs have read, by path. */
  readonly known: ReadonlyMap<string, KnownOrigin>;
  /** ISO instant of the run's start. */
  readonly startedAt: string;
  /** Called with bytes or files done and in all. */
  readonly onProgress: (done: number, total: number) => void;
}
