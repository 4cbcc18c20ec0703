import type { DuckDBConnection } from '@duckdb/node-api';
import type { SnapshotHold } from '../cube/served-snapshots.ts';
import { interruptible } from '../etl/warehouse/interrupt.ts';
import { ConnectionClosed } from './wire/outbox.ts';

/** A connection for one result, which is read step by step; between steps nobody waits for it. */
export interface SteppedConnection {
  readonly connection: DuckDBConnection;
  /** Takes one step when it is its turn. Throws the reason of the signal that stopped it. */
  step<T>(task: () => Promise<T>): Promise<T>;
  /** Stops the step that still runs and gives the connection back; `isDone` when the result was read to its end. */
  close(isDone: boolean): Promise<void>;
}

/** Connects to a snapshot, which the caller holds until the connection is closed. `signalOf` stops the steps that begin with it. */
export async function connectStepped(
  hold: SnapshotHold,
  settings: readonly string[],
  signalOf: () => AbortSignal,
): Promise<SteppedConnection> {
  const connected = await hold.connect(settings);
  const { connection } = connected;
  const closing = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  return {
    connection,
    step: (task) => {
      const stopped = AbortSignal.any([signalOf(), closing.signal]);
      const taken = connected.step(() => interruptible(connection, stopped, task));
      running = taken.catch(() => undefined);
      return taken;
    },
    close: async (isDone) => {
      if (!isDone) closing.abort(new ConnectionClosed());
      // A connection must not be closed under a step that still runs.
      await running;
      connected.close(isDone);
    },
  };
}
