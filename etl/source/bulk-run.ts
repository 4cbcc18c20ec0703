import type { LandingRun } from '../landing/landing-run.ts';
import type { BulkVersion } from './bulk-capability.ts';
import type { BulkClock } from './bulk-clock.ts';
import type { BulkBackfill } from './bulk-config.ts';
import type { DownloadFault } from './bulk-download.ts';
import type { IssueCount } from './bulk-outcome.ts';
import type { Watermark } from './bulk-state.ts';

/** The newest version of a record that has landed. */
export interface CurrentVersion {
  readonly id: string;
  readonly orderTime: string;
  readonly isSubsetted: boolean;
}

/** What the bulk source needs of a refresh. */
export interface BulkRun {
  readonly landing: LandingRun;
  /** Where watermarks and running jobs are kept, such as `<state>/bulk/<source>.json`. */
  readonly statePath: string;
  /** Where files lie until they have landed, such as `<state>/bulk/<source>`; identified data. */
  readonly downloads: string;
  /** Is a landing run of this source (by its run id) committed? */
  readonly isCommitted: (run: string) => Promise<boolean>;
  /** The records of a type that the source holds now, without deleted ones. Only asked for with `deletes: anti-join`. */
  readonly currentVersions?: (type: string) => AsyncIterable<CurrentVersion>;
  /** Export everything again, whatever the watermarks say: what a server without `deleted` needs now and then. */
  readonly isFull?: boolean;
  /** Data of the past, beside the nightly run. */
  readonly backfill?: BulkBackfill;
  /** Aborting cancels the export at the server, too. */
  readonly signal: AbortSignal;
  /** Files landed and in all, with the server's own words; `total` is 0 while the server is still working. */
  readonly onProgress: (done: number, total: number, text: string) => void;
  readonly clock?: BulkClock;
}

/** What was landed of a type; `*` where files hold several types. */
export interface TypeReport {
  readonly type: string;
  readonly files: number;
  /** Lines of the files that landed: records + rejected + leftOut. */
  readonly lines: number;
  readonly records: number;
  readonly rejected: number;
  /** Headers of `organizeOutputBy` and OperationOutcomes among the records. */
  readonly leftOut: number;
  /** Why files of the type could not be had; none of their lines have landed. */
  readonly faults: readonly DownloadFault[];
}

export interface BulkReport {
  readonly version: BulkVersion;
  readonly exports: number;
  /** The server's times of the exports, the earliest first. */
  readonly transactionTimes: readonly string[];
  readonly types: readonly TypeReport[];
  /** Deletes taken from `deleted` Bundles, and found by the anti-join. */
  readonly deleted: number;
  readonly missing: number;
  /** Types whose watermark stays because something of them is missing; `*`: all. */
  readonly failedTypes: readonly string[];
  /** Types of which everything was exported, and nothing is missing; `*`: all. */
  readonly completeTypes: readonly string[];
  /** What the server reported, counted. */
  readonly issues: readonly IssueCount[];
}

/** What has landed and waits for the landing run's commit. */
export interface BulkLanding {
  readonly report: BulkReport;
  readonly watermarks: readonly Watermark[];
  /**
   * To be called after the landing run is committed, and also where it held nothing: moves the watermarks and has the
   * server delete the jobs. `pendingDeletions` are told to the server again by the next run.
   */
  readonly confirm: () => Promise<{ readonly pendingDeletions: number }>;
  /** To be called where the landing run is given up: the next run lands the same files without another download. */
  readonly abandon: () => Promise<void>;
}
