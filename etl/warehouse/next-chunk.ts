import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';

/** A streamed result ended before all of its rows had come. */
export class BrokenStreamError extends Error {}

/**
 * The next rows of a streamed result; undefined at its end. A stream that fails or is interrupted midway hands over
 * an empty chunk as if it had ended, and only what it is then tells: throws `BrokenStreamError`.
 */
export async function nextChunk(result: DuckDBResult): Promise<DuckDBDataChunk | undefined> {
  const chunk = await result.fetchChunk();
  if (chunk !== null && chunk.rowCount > 0) return chunk;
  if (!result.isStreaming) throw new BrokenStreamError('a streamed result broke off');
  return undefined;
}
