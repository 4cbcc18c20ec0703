import type { RequestHandler } from 'express';
import type { ServedSnapshots } from '../cube/served-snapshots.ts';
import { listReleases } from '../etl/warehouse/release.ts';
import { listPublished } from '../etl/warehouse/snapshot-catalog.ts';

export interface ListedSnapshot {
  /** The number that `X-Chiasm-Snapshot` takes. */
  readonly snapshot: number;
  readonly publishedAt: string;
  /** Is it what requests read that name none? */
  readonly isCurrent: boolean;
  /** Names that it may be asked for by, and that keep it from expiring. */
  readonly releases: readonly {
    readonly name: string;
    readonly releasedAt: string;
    readonly note?: string;
  }[];
}

/** `GET /snapshots`: what `X-Chiasm-Snapshot` may name now, newest first. */
export function answerSnapshots(snapshots: ServedSnapshots, warehouse: string): RequestHandler {
  return (_request, response, next) => {
    listServed(snapshots, warehouse)
      .then((list) => response.json({ snapshots: list }))
      .catch(next);
  };
}

async function listServed(snapshots: ServedSnapshots, warehouse: string): Promise<readonly ListedSnapshot[]> {
  const hold = await snapshots.hold();
  try {
    const { number, manifest } = hold.snapshot;
    const releases = await listReleases(warehouse);
    return (await listPublished(warehouse))
      .filter((each) => each.profile === manifest.profile)
      .map((each) => ({
        snapshot: each.number,
        publishedAt: each.createdAt,
        isCurrent: each.number === number,
        releases: releases
          .filter((release) => release.snapshot === each.number)
          .map(({ name, releasedAt, note }) => ({
            name,
            releasedAt,
            ...(note === undefined ? {} : { note }),
          })),
      }))
      .reverse();
  } finally {
    hold.release();
  }
}
