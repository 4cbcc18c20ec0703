import type { Request, RequestHandler } from 'express';
import type { ServedSnapshots, SnapshotHold } from '../cube/served-snapshots.ts';

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

/** Binds each request to the snapshot that is current when it arrives, until its answer is sent. */
export function holdSnapshot(snapshots: ServedSnapshots): RequestHandler {
  return (request, response, next) => {
    snapshots
      .hold()
      .then((hold) => {
        holds.set(request, hold);
        response.on('close', hold.release);
        if (response.destroyed) hold.release();
        response.set('X-Chiasm-Snapshot', String(hold.snapshot.number));
        next();
      })
      .catch(next);
  };
}
