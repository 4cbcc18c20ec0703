import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../base/package-root.ts';
import type { DicomJob, DicomOutcome, DicomReport } from './dicom-job.ts';

export interface DicomPool {
  /** Outcomes of one job; `undefined` when its thread died or hung over it. Never rejects. */
  readonly read: (job: DicomJob) => Promise<readonly DicomOutcome[] | undefined>;
  readonly close: () => Promise<void>;
}

export interface PoolOptions {
  readonly workers: number;
  /** A thread that is silent for longer while it has work is replaced. */
  readonly silenceMs: number;
  readonly entry?: URL;
}

interface Pending {
  readonly job: DicomJob;
  readonly settle: (outcomes: readonly DicomOutcome[] | undefined) => void;
}

interface Seat {
  worker: Worker | undefined;
  readonly pending: Pending[];
  timer: NodeJS.Timeout | undefined;
}

const MAX_HEAP_MB = 1024;

/** Threads do their jobs in the order given, so the oldest open job is the one a dead thread died of. */
export function openDicomPool(options: PoolOptions): DicomPool {
  const entry = options.entry ?? workerEntry();
  const seats: Seat[] = Array.from({ length: options.workers }, () => ({
    worker: undefined,
    pending: [],
    timer: undefined,
  }));
  let isClosed = false;

  function start(seat: Seat): Worker {
    const worker = new Worker(entry, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
    worker.on('message', (report: DicomReport) => {
      if (seat.worker !== worker) return;
      if (report.kind === 'done') seat.pending.shift()?.settle(report.outcomes);
      watch(seat);
    });
    worker.on('error', () => replace(seat, worker));
    worker.on('exit', () => replace(seat, worker));
    seat.worker = worker;
    return worker;
  }

  function watch(seat: Seat): void {
    clearTimeout(seat.timer);
    const { worker } = seat;
    if (seat.pending.length === 0 || worker === undefined) return;
    seat.timer = setTimeout(() => replace(seat, worker), options.silenceMs);
  }

  function replace(seat: Seat, dead: Worker): void {
    if (isClosed || seat.worker !== dead) return;
    seat.worker = undefined;
    void dead.terminate();
    seat.pending.shift()?.settle(undefined);
    if (seat.pending.length === 0) return;
    const worker = start(seat);
    for (const { job } of seat.pending) worker.postMessage(job);
    watch(seat);
  }

  return {
    read: (job) =>
      new Promise((settle) => {
        if (isClosed) {
          settle(undefined);
          return;
        }
        const seat = seats.reduce((best, next) => (next.pending.length < best.pending.length ? next : best));
        const worker = seat.worker ?? start(seat);
        seat.pending.push({ job, settle });
        worker.postMessage(job);
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
