import { ChiasmError } from '../base/error.ts';
import type { RefreshOutcome } from '../etl/refresh/refresh.ts';
import type { RunRecord } from '../etl/refresh/run-record.ts';

/**
 * What a refresh came to: `published` or `unchanged`; `incomplete`, where it went through although a source could not be
 * read; `held` until somebody accepts its deletes; `failed`; `locked`, where another run was writing and it did not begin.
 */
export const RUN_EVENTS = ['published', 'unchanged', 'incomplete', 'held', 'failed', 'locked'] as const;
export type RunEvent = (typeof RUN_EVENTS)[number];

const ENDS = ['published', 'unchanged', 'held', 'failed'] as const;
type RunEnd = (typeof ENDS)[number];

/** How one refresh ended, for programs: names and numbers, nothing that a record says. */
export interface RunReport {
  readonly event: RunEvent;
  /** Null where no run began. */
  readonly runId: string | null;
  readonly status: RunEnd;
  readonly snapshot: number | null;
  readonly recordsNew: number;
  readonly recordsChanged: number;
  readonly recordsDeleted: number;
  readonly recordsQuarantined: number;
  /** A code of docs/errors.md, or `internal` for a defect. */
  readonly errorCode: string | null;
  /** What went wrong, for people. */
  readonly message: string | null;
}

export function reportOutcome(outcome: RefreshOutcome): RunReport & Pick<RefreshOutcome, 'removedSources'> {
  const status = outcome.status === 'published' ? 'published' : 'unchanged';
  return { ...outcome, status, event: status, errorCode: null, message: null };
}

/** The report of a refresh that threw; `logged` is what the run log has of it. */
export function reportFailure(error: unknown, logged: RunRecord | undefined): RunReport {
  const code = error instanceof ChiasmError ? error.code : 'internal';
  const status = ENDS.find((end) => end === logged?.status) ?? 'failed';
  return {
    event: code === 'writer-locked' ? 'locked' : eventOf(status, code),
    runId: logged?.runId ?? null,
    status,
    snapshot: logged?.snapshot ?? null,
    recordsNew: logged?.recordsNew ?? 0,
    recordsChanged: logged?.recordsChanged ?? 0,
    recordsDeleted: logged?.recordsDeleted ?? 0,
    recordsQuarantined: logged?.recordsQuarantined ?? 0,
    errorCode: code,
    message: error instanceof ChiasmError ? error.message : null,
  };
}

function eventOf(status: RunEnd, errorCode: string | null): RunEvent {
  const isThrough = status === 'published' || status === 'unchanged';
  return isThrough && errorCode !== null ? 'incomplete' : status;
}
