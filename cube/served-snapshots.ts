import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { ChiasmError } from '../base/error.ts';
import { isFile } from '../base/files.ts';
import { resolveAsOf } from '../etl/warehouse/as-of.ts';
import { currentSnapshotNumber } from '../etl/warehouse/current.ts';
import { rollupPath } from '../etl/warehouse/rollup-files.ts';
import { attachSnapshot, openSnapshot, type SnapshotHandle } from '../etl/warehouse/snapshot.ts';
import type { Admission } from './admission.ts';
import { attachRollupFile } from './attach-rollups.ts';
import { loadRollups, rollupVersion } from './rollup.ts';

/** One reader's hold on a snapshot: everything read through it belongs to one publish. */
export interface SnapshotHold {
  readonly snapshot: SnapshotHandle;
  /** Runs on a connection whose `marts.*` and `staging.*` are those of the snapshot. */
  query<T>(task: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /**
   * A connection of its own for a result that is read bit by bit. `settings` is SQL that every such connection
   * begins with.
   */
  connect(settings: readonly string[]): Promise<SnapshotConnection>;
  /** Gives the hold back; doing so twice is harmless. */
  release(): void;
}

export interface SnapshotConnection {
  readonly connection: DuckDBConnection;
  /** Takes one step, such as the fetch of a chunk, when it is its turn: between steps nobody waits for it. */
  step<T>(task: () => Promise<T>): Promise<T>;
  /** Gives the connection back; one that was left in the middle of a result is closed. */
  close(isReusable: boolean): void;
}

export interface ServedSnapshots {
  /** Holds the snapshot that is current now. Throws `snapshot-not-found` before the first publish. */
  hold(): Promise<SnapshotHold>;
  /**
   * Holds the snapshot that somebody asks for by number, release or time (see resolveAsOf). Throws `snapshot-not-found`
   * where it is not there any more, and for one of another privacy profile than the current one's.
   */
  holdAsOf(asOf: string): Promise<SnapshotHold>;
  /** Holds a snapshot that somebody else already holds; undefined once it is closed. */
  holdNumber(number: number): SnapshotHold | undefined;
  /** Whether what was counted beforehand of a snapshot is there to be read, as `rollups.*`. */
  hasRollups(number: number): boolean;
  /** Looks for a newer publish and for rollups that came late, and renews the leases. */
  tend(): Promise<void>;
  close(): Promise<void>;
}

export interface ServedSnapshotsOptions {
  readonly warehouse: string;
  readonly instance: DuckDBInstance;
  readonly admission: Admission;
  /** The one snapshot that is served, whatever is published; without it the current one. */
  readonly fixed?: number;
  /** Called when nobody can read a snapshot any more. */
  readonly onClosed: (number: number) => void;
  /** Called when a new publish cannot be read; the snapshot before stays in use. */
  readonly onOpenFailed: (error: unknown) => void;
}

interface Served {
  readonly snapshot: SnapshotHandle;
  readonly catalog: string;
  hasRollups: boolean;
  readonly idle: DuckDBConnection[];
  /** Connections that wait for another stream, by the settings that they were made with. */
  readonly idleStreams: Map<string, DuckDBConnection[]>;
  holds: number;
  isRetired: boolean;
}

/**
 * The snapshots that requests read. A new publish is taken up by the next request; running ones finish on the
 * old, whose catalog and lease go when the last of them does.
 */
export function serveSnapshots(options: ServedSnapshotsOptions): ServedSnapshots {
  const served = new Map<number, Served>();
  const openings = new Map<number, Promise<Served>>();
  const closing = new Set<Promise<void>>();
  let current: Served | undefined;
  let switching: Promise<Served> | undefined;
  let isClosed = false;

  const currentNumber = async (): Promise<number | undefined> =>
    options.fixed ?? (await currentSnapshotNumber(options.warehouse));
  const retire = (old: Served | undefined): void => {
    if (old === undefined) return;
    old.isRetired = true;
    if (old.holds === 0) closeLater(old);
  };
  const closeLater = (old: Served): void => {
    // A hold that outlives the server gives back what is closed already.
    if (!served.delete(old.snapshot.number)) return;
    options.onClosed(old.snapshot.number);
    const closed = closeServed(options.instance, old).finally(() => closing.delete(closed));
    closing.add(closed);
  };
  /** The same one for all who ask at a time; who does not hold it at once may find it closed. */
  const opened = (number: number | undefined): Promise<Served> => {
    const known = served.get(number ?? 0) ?? openings.get(number ?? 0);
    if (known !== undefined) return Promise.resolve(known);
    const opening = openServed(options, number)
      .then((next) => {
        served.set(next.snapshot.number, next);
        if (isClosed) closeLater(next);
        return next;
      })
      .finally(() => openings.delete(number ?? 0));
    openings.set(number ?? 0, opening);
    return opening;
  };
  const switchTo = async (wanted: number | undefined): Promise<Served> => {
    for (let number = wanted; ; ) {
      try {
        const next = await opened(number);
        // Another's hold may have been its last: then it is closed.
        if (!isClosed && served.get(next.snapshot.number) !== next) continue;
        next.isRetired = false;
        const old = current;
        current = next;
        if (old !== next) retire(old);
        return next;
      } catch (error) {
        // Two publishes later the one that was current may be gone.
        const newer = await currentNumber();
        if (newer === number) throw error;
        number = newer;
      }
    }
  };
  const upToDate = async (): Promise<Served> => {
    const number = await currentNumber();
    if (current !== undefined && (number === undefined || number === current.snapshot.number)) return current;
    switching ??= switchTo(number).finally(() => {
      switching = undefined;
    });
    try {
      return await switching;
    } catch (error) {
      if (current === undefined) throw error;
      options.onOpenFailed(error);
      return current;
    }
  };
  const take = (from: Served): SnapshotHold => {
    from.holds += 1;
    let isHeld = true;
    return {
      snapshot: from.snapshot,
      query: (task) => options.admission.run(() => onConnection(options.instance, from, task)),
      connect: (settings) => connectStream(options, from, settings),
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        from.holds -= 1;
        if (from.isRetired && from.holds === 0) closeLater(from);
      },
    };
  };
  const hold = async (choose: () => Promise<Served>): Promise<SnapshotHold> => {
    for (;;) {
      const chosen = await choose();
      // Between its choice and this line the snapshot may have been retired and closed.
      if (served.get(chosen.snapshot.number) === chosen) return take(chosen);
    }
  };
  return {
    hold: () => hold(upToDate),
    holdAsOf: async (asOf) => {
      const { profile } = (await upToDate()).snapshot.manifest;
      const number = await resolveAsOf(options.warehouse, asOf);
      const held = await hold(() => opened(number));
      if (held.snapshot.manifest.profile === profile) return held;
      held.release();
      throw new ChiasmError(
        'snapshot-not-found',
        `snapshot ${number} has another privacy profile than the current one and is not served`,
        { params: { snapshot: number } },
      );
    },
    holdNumber: (number) => {
      const known = served.get(number);
      return known === undefined ? undefined : take(known);
    },
    hasRollups: (number) => served.get(number)?.hasRollups ?? false,
    tend: async () => {
      if (current !== undefined) await upToDate();
      for (const each of served.values()) await attachRollups(options, each);
      await Promise.all([...served.values()].map((each) => each.snapshot.renew()));
    },
    close: async () => {
      isClosed = true;
      retire(current);
      current = undefined;
      await Promise.allSettled(openings.values());
      for (const each of [...served.values()]) closeLater(each);
      await Promise.all(closing);
    },
  };
}

let catalogs = 0;

/** Opens a snapshot, the current one without a number; it closes with its last hold unless it becomes the current one. */
async function openServed(options: ServedSnapshotsOptions, number: number | undefined): Promise<Served> {
  const snapshot = await openSnapshot(options.warehouse, number);
  catalogs += 1;
  const catalog = `snapshot_${snapshot.number}_${catalogs}`;
  try {
    const connection = await options.instance.connect();
    try {
      await options.admission.run(() => attachSnapshot(connection, snapshot, catalog));
    } finally {
      connection.closeSync();
    }
  } catch (error) {
    await snapshot.release();
    throw error;
  }
  const opened = { snapshot, catalog, hasRollups: false };
  const idle = { idle: [], idleStreams: new Map(), holds: 0, isRetired: true };
  const served: Served = { ...opened, ...idle };
  await attachRollups(options, served);
  return served;
}

/** Shows the rollups of a snapshot beside its tables, once they are there. Without them answers are the same, and slower. */
async function attachRollups(options: ServedSnapshotsOptions, served: Served): Promise<void> {
  if (served.hasRollups) return;
  const { number } = served.snapshot;
  const file = rollupPath(options.warehouse, number, rollupVersion(loadRollups()));
  if (!(await isFile(file))) return;
  const connection = await options.instance.connect();
  try {
    await options.admission.run(() => attachRollupFile(connection, file, served.catalog));
    served.hasRollups = true;
  } catch (error) {
    options.onOpenFailed(error);
  } finally {
    connection.closeSync();
  }
}

async function onConnection<T>(
  instance: DuckDBInstance,
  served: Served,
  task: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = served.idle.pop() ?? (await connectTo(instance, served.catalog));
  try {
    const result = await task(connection);
    served.idle.push(connection);
    return result;
  } catch (error) {
    connection.closeSync();
    throw error;
  }
}

/** More than are streaming at a time; the others are closed. */
const MOST_IDLE_STREAMS = 64;

async function connectStream(
  { instance, admission }: ServedSnapshotsOptions,
  served: Served,
  settings: readonly string[],
): Promise<SnapshotConnection> {
  const key = settings.join(';');
  const idle = served.idleStreams.get(key) ?? [];
  served.idleStreams.set(key, idle);
  const connection =
    idle.pop() ??
    (await admission.run(async () => {
      const fresh = await connectTo(instance, served.catalog);
      for (const setting of settings) await fresh.run(setting);
      return fresh;
    }));
  return {
    connection,
    step: (task) => admission.run(task),
    close: (isReusable) => {
      if (isReusable && !served.isRetired && idle.length < MOST_IDLE_STREAMS) idle.push(connection);
      else connection.closeSync();
    },
  };
}

async function connectTo(instance: DuckDBInstance, catalog: string): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  await connection.run(`use "${catalog}"`);
  // Days are local dates as written: no zone of the machine may move them.
  await connection.run(`set timezone = 'UTC'`);
  return connection;
}

async function closeServed(instance: DuckDBInstance, served: Served): Promise<void> {
  const streams = [...served.idleStreams.values()].flatMap((idle) => idle.splice(0));
  for (const connection of [...served.idle.splice(0), ...streams]) connection.closeSync();
  const connection = await instance.connect();
  try {
    await connection.run(`detach "${served.catalog}"`);
    if (served.hasRollups) await connection.run(`detach "${served.catalog}_rollups"`);
  } finally {
    connection.closeSync();
    await served.snapshot.release();
  }
}
