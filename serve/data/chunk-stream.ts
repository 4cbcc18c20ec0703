import type { DuckDBDataChunk, DuckDBType } from '@duckdb/node-api';
import type { SnapshotHold } from '../../cube/served-snapshots.ts';
import { chunkReader } from '../../etl/warehouse/chunk-reader.ts';
import { interruptible } from '../../etl/warehouse/interrupt.ts';

/** A result of DuckDB that is fetched as fast as it is taken. */
export interface ChunkStream {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  /** The next chunk; undefined after the last. */
  next(): Promise<DuckDBDataChunk | undefined>;
  /** Stops what still runs and gives the connection back. */
  close(): Promise<void>;
}

/**
 * Runs DuckDB's SQL over a snapshot; between chunks nobody waits for this stream. The signal stops it. The caller keeps
 * the hold until the stream is closed.
 */
export async function openChunks(
  hold: SnapshotHold,
  sql: string,
  settings: readonly string[],
  signal: AbortSignal,
): Promise<ChunkStream> {
  const connected = await hold.connect(settings);
  const { connection } = connected;
  let isDone = false;
  let running: Promise<unknown> = Promise.resolve();
  const closing = new AbortController();
  const stopped = AbortSignal.any([signal, closing.signal]);
  const step = <T>(task: () => Promise<T>): Promise<T> => {
    const taken = connected.step(() => interruptible(connection, stopped, task));
    running = taken.catch(() => undefined);
    return taken;
  };
  const close = async (): Promise<void> => {
    if (!isDone) closing.abort();
    // A connection must not be closed under a step that still runs.
    await running;
    connected.close(isDone);
  };
  try {
    const result = await step(() => connection.stream(sql));
    const next = chunkReader(result);
    return {
      names: result.columnNames(),
      types: result.columnTypes(),
      next: async () => {
        const chunk = await step(next);
        isDone = chunk === undefined;
        return chunk;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
