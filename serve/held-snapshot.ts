import type { Request, RequestHandler } from 'express';
import { ChiasmError } from '../base/error.ts';
import type { ServedSnapshots, SnapshotHold } from '../cube/served-snapshots.ts';
import { answerError } from './http-error.ts';
import type { PinnedSnapshots } from './pinned-snapshots.ts';

/** Answers name the snapshot that they were read from; requests may name the one that they want. */
const HEADER = 'X-Chiasm-Snapshot';

const holds = new WeakMap<Request, SnapshotHold>();

/** The one snapshot that a request reads. */
export function holdOf(request: Request): SnapshotHold {
  const hold = holds.get(request);
  if (hold === undefined) throw new Error('the route is not behind holdSnapshot');
  return hold;
}

export function snapshotNumberOf(request: Request): number | undefined {
  return holds.get(request)?.snapshot.number;
}

/**
 * Binds each request, until its answer is sent, to the snapshot that it names by number, release, day or instant, or
 * else to the one that is current when it arrives.
 */
export function holdSnapshot(snapshots: ServedSnapshots, pins: PinnedSnapshots): RequestHandler {
  return (request, response, next) => {
    const wanted = request.get(HEADER)?.trim();
    const held = wanted === undefined ? snapshots.hold() : holdNamed(snapshots, wanted);
    held
      .then((hold) => {
        const { number } = hold.snapshot;
        if (wanted !== undefined) pins.keep(number);
        holds.set(request, hold);
        response.on('close', hold.release);
        if (response.destroyed) hold.release();
        response.set(HEADER, String(number));
        next();
      })
      .catch((error: unknown) => {
        const isGone = error instanceof ChiasmError && error.code === 'snapshot-not-found';
        if (wanted === undefined || !isGone) return next(error);
        answerError(
          response,
          410,
          'snapshot-retired',
          `${error.message}; leave ${HEADER} out for the current one`,
        );
      });
  };
}

/** A number that is open already costs no look at the disk. */
async function holdNamed(snapshots: ServedSnapshots, wanted: string): Promise<SnapshotHold> {
  const open = /^\d{1,9}$/.test(wanted) ? snapshots.holdNumber(Number(wanted)) : undefined;
  return open ?? snapshots.holdAsOf(wanted);
}
