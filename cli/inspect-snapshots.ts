import { realpath } from 'node:fs/promises';
import { resolveAsOf } from '../etl/warehouse/as-of.ts';
import { currentSnapshotNumber } from '../etl/warehouse/current.ts';
import { listReleases } from '../etl/warehouse/release.ts';
import { openSnapshot, type SnapshotHandle } from '../etl/warehouse/snapshot.ts';
import { listPublished } from '../etl/warehouse/snapshot-catalog.ts';
import { renderingPath } from '../etl/warehouse/snapshot-paths.ts';
import type { Config } from './config.ts';
import { publishedTables } from './status.ts';

export interface SnapshotSummary {
  readonly number: number;
  readonly isCurrent: boolean;
  readonly createdAt: string;
  readonly profile: string;
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  /** Names that keep it from expiring. */
  readonly releases: readonly {
    readonly name: string;
    readonly releasedAt: string;
    readonly note?: string;
  }[];
}

/** The published snapshots that are still there, oldest first. */
export async function listSnapshots(config: Config): Promise<readonly SnapshotSummary[]> {
  const { warehouse } = config.directories;
  const current = await currentSnapshotNumber(warehouse);
  const releases = await listReleases(warehouse);
  return (await listPublished(warehouse)).map((manifest) => {
    const tables = publishedTables(manifest);
    const files = tables.flatMap((table) => table.files);
    return {
      number: manifest.number,
      isCurrent: manifest.number === current,
      createdAt: manifest.createdAt,
      profile: manifest.profile,
      tables: tables.length,
      rows: tables.reduce((sum, table) => sum + table.rows, 0),
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      releases: releases
        .filter((release) => release.snapshot === manifest.number)
        .map(({ name, releasedAt, note }) => ({ name, releasedAt, ...(note === undefined ? {} : { note }) })),
    };
  });
}

/** The directory of one snapshot's Parquet files, resolved once: all tables below it belong together. */
export function resolveSnapshotPath(config: Config, asOf?: string): Promise<string> {
  const { warehouse } = config.directories;
  return withSnapshotAsOf(config, asOf, (handle) => realpath(renderingPath(warehouse, handle.number)));
}

export interface TableSummary {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
}

export function listTables(config: Config, asOf?: string): Promise<readonly TableSummary[]> {
  return withSnapshotAsOf(config, asOf, async (handle) =>
    handle.tables.map(({ schema, name, rows }) => ({ schema, name, rows })),
  );
}

async function withSnapshotAsOf<T>(
  { directories: { warehouse } }: Config,
  asOf: string | undefined,
  use: (handle: SnapshotHandle) => Promise<T>,
): Promise<T> {
  const number = asOf === undefined ? undefined : await resolveAsOf(warehouse, asOf);
  const handle = await openSnapshot(warehouse, number);
  try {
    return await use(handle);
  } finally {
    await handle.release();
  }
}
