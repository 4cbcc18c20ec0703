import type { Request, RequestHandler } from 'express';
import type { ServedSnapshots, SnapshotHold } from '../cube/served-snapshots.ts';
import { answerError } from './http-error.ts';

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
 * Binds each request, until its answer is sent, to the snapshot that it names, or else to the one that is current
 * when it arrives.
 */
export function holdSnapshot(snapshots: ServedSnapshots): RequestHandler {
  return (request, response, next) => {
    const wanted = request.get(HEADER);
    const held = wanted === undefined ? snapshots.hold() : holdNamed(snapshots, wanted);
    held
      .then((hold) => {
        if (hold === undefined) {
          const words = `this snapshot is no longer served: leave ${HEADER} out, or GET /session for a newer number`;
          answerError(response, 410, 'snapshot-retired', words);
          return;
        }
        holds.set(request, hold);
        response.on('close', hold.release);
        if (response.destroyed) hold.release();
        response.set(HEADER, String(hold.snapshot.number));
        next();
      })
      .catch(next);
  };
}

async function holdNamed(snapshots: ServedSnapshots, wanted: string): Promise<SnapshotHold | undefined> {
  return /^\d{1,9}$/.test(wanted) ? snapshots.holdNumber(Number(wanted)) : undefined;
}
