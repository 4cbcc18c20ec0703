import { access } from 'node:fs/promises';
import { type RequestHandler, Router } from 'express';
import type { ServedSnapshots } from '../cube/served-snapshots.ts';

/** Probes come often and from anybody: one look serves all of them for this long. */
const LOOK_EVERY_MS = 1_000;

/**
 * For load balancers, without credentials: `GET /healthz` answers 200 while the process answers at all;
 * `GET /readyz` answers 200 while a snapshot is published, readable and no older than `maxAgeMs`, else 503. Both
 * say `ok` or `not ok` and nothing else.
 */
export function healthRoutes(
  snapshots: ServedSnapshots,
  maxAgeMs: number | undefined,
  now: () => number = Date.now,
): Router {
  let look: { readonly at: number; readonly isReady: Promise<boolean> } | undefined;
  const isReady = (): Promise<boolean> => {
    const at = now();
    if (look === undefined || at - look.at >= LOOK_EVERY_MS || at < look.at)
      look = { at, isReady: lookAt(snapshots, at, maxAgeMs).catch(() => false) };
    return look.isReady;
  };
  const router = Router();
  router.get(
    '/healthz',
    answer(async () => true),
  );
  router.get('/readyz', answer(isReady));
  return router;
}

function answer(isOk: () => Promise<boolean>): RequestHandler {
  return (_request, response, next) => {
    isOk()
      .then((ok) => {
        response
          .status(ok ? 200 : 503)
          .type('text/plain')
          .send(ok ? 'ok\n' : 'not ok\n');
      })
      .catch(next);
  };
}

async function lookAt(
  snapshots: ServedSnapshots,
  at: number,
  maxAgeMs: number | undefined,
): Promise<boolean> {
  const hold = await snapshots.hold();
  try {
    const { manifest, tables } = hold.snapshot;
    // A disk that was unmounted leaves an open snapshot without its files.
    const [file] = tables.flatMap((table) => table.files);
    if (file !== undefined) await access(file);
    return maxAgeMs === undefined || at - Date.parse(manifest.createdAt) <= maxAgeMs;
  } finally {
    hold.release();
  }
}
