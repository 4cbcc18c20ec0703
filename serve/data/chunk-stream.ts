import type { DuckDBDataChunk, DuckDBType } from '@duckdb/node-api';
import type { SnapshotHold } from '../../cube/served-snapshots.ts';
import { chunkReader } from '../../etl/warehouse/chunk-reader.ts';
import { connectStepped } from '../stepped-connection.ts';

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
  const { connection, step, close } = await connectStepped(hold, settings, () => signal);
  let isDone = false;
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
      close: () => close(isDone),
    };
  } catch (error) {
    await close(isDone);
    throw error;
  }
}
