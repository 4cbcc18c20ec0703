import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';

/** A streamed result ended before all of its rows had come. */
export class BrokenStreamError extends Error {}

/**
 * Reads a result chunk by chunk: each call gives the next rows, undefined at the end. To be made before the first rows
 * are fetched. A stream that fails or is interrupted midway hands over an empty chunk as if it had ended, and only what
 * it is then tells: throws `BrokenStreamError`.
 */
export function chunkReader(result: DuckDBResult): () => Promise<DuckDBDataChunk | undefined> {
  // COPY and the like are done when they answer, and never were streams.
  const isStream = result.isStreaming;
  return async () => {
    const chunk = await result.fetchChunk();
    if (chunk !== null && chunk.rowCount > 0) return chunk;
    if (isStream && !result.isStreaming) throw new BrokenStreamError('a streamed result broke off');
    return undefined;
  };
}
