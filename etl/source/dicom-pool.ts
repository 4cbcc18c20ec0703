import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ChiasmError } from '../../base/error.ts';
import { packageRoot } from '../../base/package-root.ts';
import type { DicomJob, DicomOutcome, DicomReport } from './dicom-job.ts';

export interface DicomPool {
  /**
   * Outcomes of one job; `undefined` when its thread died or hung over it, or the pool was closed. Rejects
   * when threads do not start at all.
   */
  readonly read: (job: DicomJob) => Promise<readonly DicomOutcome[] | undefined>;
  readonly close: () => Promise<void>;
}

export interface PoolOptions {
  readonly workers: number;
  /** A thread that is silent for longer while it has work is replaced. */
  readonly silenceMs: number;
  /** Must post `{kind: 'alive'}` once it listens: no job is given before. */
  readonly entry?: URL;
}

interface Pending {
  readonly job: DicomJob;
  readonly settle: (outcomes: readonly DicomOutcome[] | undefined) => void;
  readonly fail: (error: Error) => void;
}

interface Seat {
  worker: Worker | undefined;
  hasStarted: boolean;
  /** Oldest first; the first `posted` of them are with the thread. */
  readonly pending: Pending[];
  posted: number;
  /** After a death, so many jobs are posted one at a time: the next death then has one possible cause. */
  suspects: number;
  timer: NodeJS.Timeout | undefined;
}

const MAX_HEAP_MB = 1024;
const GRACE_MS = 250;

/** @throws ChiasmError `not-built` when the compiled thread is missing */
export function openDicomPool(options: PoolOptions): DicomPool {
  const entry = options.entry ?? workerEntry();
  if (!existsSync(fileURLToPath(entry))) {
    throw new ChiasmError('not-built', 'the program is not compiled: run "npm run build"');
  }
  const seats: Seat[] = Array.from({ length: options.workers }, () => ({
    worker: undefined,
    hasStarted: false,
    pending: [],
    posted: 0,
    suspects: 0,
    timer: undefined,
  }));
  let isClosed = false;

  function post(seat: Seat): void {
    seat.worker ??= start(seat);
    if (!seat.hasStarted) return;
    const limit = seat.suspects > 0 ? 1 : seat.pending.length;
    for (; seat.posted < limit; seat.posted += 1) seat.worker.postMessage(seat.pending[seat.posted]?.job);
  }

  function start(seat: Seat): Worker {
    const worker = new Worker(entry, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
    seat.hasStarted = false;
    worker.on('message', (report: DicomReport) => {
      if (seat.worker === worker) receive(seat, report);
    });
    worker.on('error', () => replace(seat, worker));
    worker.on('exit', () => replace(seat, worker));
    return worker;
  }

  function receive(seat: Seat, report: DicomReport): void {
    seat.hasStarted = true;
    if (report.kind === 'done') {
      seat.pending.shift()?.settle(report.outcomes);
      seat.posted -= 1;
      seat.suspects = Math.max(0, seat.suspects - 1);
    }
    if (seat.pending.length > 0) post(seat);
    watch(seat);
  }

  function watch(seat: Seat): void {
    clearTimeout(seat.timer);
    const { worker } = seat;
    if (seat.pending.length === 0 || worker === undefined || isClosed) return;
    seat.timer = setTimeout(() => {
      // When it was this thread that stood still, the answers are waiting behind this very timer.
      seat.timer = setTimeout(() => replace(seat, worker), GRACE_MS);
    }, options.silenceMs);
  }

  function replace(seat: Seat, dead: Worker): void {
    if (isClosed || seat.worker !== dead) return;
    clearTimeout(seat.timer);
    seat.worker = undefined;
    void dead.terminate();
    if (!seat.hasStarted) {
      const error = new Error('a thread that reads DICOM headers did not start');
      for (const pending of seat.pending.splice(0)) pending.fail(error);
    } else if (seat.posted > 1) {
      // Answers may have been lost with the thread: which of the jobs it died of is not known yet.
      seat.suspects = seat.posted;
    } else if (seat.posted === 1) {
      seat.pending.shift()?.settle(undefined);
      seat.suspects = Math.max(0, seat.suspects - 1);
    }
    seat.posted = 0;
    if (seat.pending.length === 0) return;
    post(seat);
    watch(seat);
  }

  return {
    read: (job) =>
      new Promise((settle, fail) => {
        if (isClosed) {
          settle(undefined);
          return;
        }
        const seat = seats.reduce((best, next) => (next.pending.length < best.pending.length ? next : best));
        seat.pending.push({ job, settle, fail });
        post(seat);
        if (seat.pending.length === 1) watch(seat);
      }),
    close: async () => {
      isClosed = true;
      for (const seat of seats) {
        clearTimeout(seat.timer);
        for (const pending of seat.pending.splice(0)) pending.settle(undefined);
      }
      await Promise.all(seats.map((seat) => seat.worker?.terminate()));
    },
  };
}

/** Threads run compiled code: beside this file in `dist/`, or there when this file runs from source. */
function workerEntry(): URL {
  return import.meta.url.endsWith('.js')
    ? new URL('dicom-worker.js', import.meta.url)
    : pathToFileURL(join(packageRoot, 'dist', 'etl', 'source', 'dicom-worker.js'));
}
