import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlString } from '../base/sql-text.ts';
import { arrowEncoder } from '../etl/warehouse/arrow-stream.ts';
import { chunkReader } from '../etl/warehouse/chunk-reader.ts';
import { toStdout } from './view-output.ts';

/** A Parquet file as an Arrow IPC stream, chunk by chunk. */
export async function writeArrow(
  connection: DuckDBConnection,
  parquet: string,
  output: string | undefined,
): Promise<void> {
  const bytes = Readable.from(arrowBytes(connection, parquet), { objectMode: false });
  if (output === undefined) await toStdout(bytes);
  else await pipeline(bytes, createWriteStream(output));
}

async function* arrowBytes(connection: DuckDBConnection, parquet: string): AsyncGenerator<Uint8Array> {
  const result = await connection.stream(`select * from read_parquet(${sqlString(parquet)})`);
  const next = chunkReader(result);
  const encoder = arrowEncoder(result.columnNames(), result.columnTypes());
  for (;;) {
    const chunk = await next();
    if (chunk === undefined) break;
    yield* encoder.encode(chunk);
  }
  yield* encoder.finish();
}
