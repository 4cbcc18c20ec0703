import type { LandingRun } from '../landing/landing-run.ts';

/** What the runs before say of a source's file, or of a line or member of one. */
export interface KnownOrigin {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** Empty where it could not be read. */
  readonly sha256: string;
  /** Something of it is in quarantine. */
  readonly isRejected: boolean;
  /** A record was taken from it, now or before. */
  readonly hasRecord: boolean;
  /** So it was when it was last read. */
  readonly holdsRecord: boolean;
}

/** The files that earlier runs have seen and that were still there. There may be more of them than fit into memory. */
export interface KnownOrigins {
  /** How many files; lines and members are not counted. */
  readonly count: number;
  /** By path: for sources of few files. */
  readonly all: () => Promise<ReadonlyMap<string, KnownOrigin>>;
  /**
   * By file, in the order of code points, then by number: `<file>#<number>` is a line or member of a file (see
   * `placeInFile`).
   */
  readonly sorted: () => AsyncIterable<readonly KnownOrigin[]>;
}

/** What a source needs in order to land what changed. */
export interface SourceRun {
  readonly landing: LandingRun;
  readonly known: KnownOrigins;
  /** ISO instant of the run's start. */
  readonly startedAt: string;
  /** Called with bytes or files done and in all; 0 in all where it is not known. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Same name, size and time, and it could be read: it need not be looked at again. */
export function isUnchanged(
  known: KnownOrigin | undefined,
  file: { readonly size: number; readonly mtimeMs: number },
): boolean {
  return (
    known !== undefined && known.sha256 !== '' && known.size === file.size && known.mtimeMs === file.mtimeMs
  );
}
