import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct } from 'apache-arrow';
import { sqlString } from '../base/sql-text.ts';
import { arrowColumn } from './arrow-types.ts';
import { toStdout } from './view-output.ts';

/** Collects the bytes of the IPC stream instead of queueing them without bound. */
class ByteTaker extends RecordBatchStreamWriter {
  #parts: Uint8Array[] = [];

  take(): readonly Uint8Array[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  protected override _write(chunk: ArrayBufferView | ArrayBufferLike): this {
    const bytes = ArrayBuffer.isView(chunk)
      ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      : new Uint8Array(chunk);
    if (this._started && bytes.byteLength > 0) {
      this.#parts.push(bytes);
      this._position += bytes.byteLength;
    }
    return this;
  }
}

/** A Parquet file as an Arrow IPC stream (https://arrow.apache.org/docs/format/Columnar.html), chunk by chunk. */
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
  const names = result.columnNames();
  const columns = result.columnTypes().map((type, index) => arrowColumn(names[index] ?? '', type));
  const fields = columns.map((column) => column.field);
  const schema = new Schema(fields);
  const writer = new ByteTaker();
  writer.reset(undefined, schema);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const length = chunk.rowCount;
    const children = columns.map((column, index) => column.encode(chunk.getColumnValues(index)));
    const data = makeData({ type: new Struct(fields), length, nullCount: 0, children });
    writer.write(new RecordBatch(schema, data));
    yield* writer.take();
  }
  writer.finish();
  yield* writer.take();
}
