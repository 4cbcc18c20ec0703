import type { DuckDBDataChunk, DuckDBType } from '@duckdb/node-api';
import { makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct } from 'apache-arrow';
import { arrowColumn } from './arrow-types.ts';

/** Chunks of a DuckDB result as an Arrow IPC stream (https://arrow.apache.org/docs/format/Columnar.html). */
export interface ArrowEncoder {
  /** The bytes of one chunk; those of the first begin with the schema. */
  encode(chunk: DuckDBDataChunk): readonly Uint8Array[];
  /** The end of the stream; of one without rows the schema, too. */
  finish(): readonly Uint8Array[];
}

export function arrowEncoder(names: readonly string[], types: readonly DuckDBType[]): ArrowEncoder {
  const columns = types.map((type, index) => arrowColumn(names[index] ?? '', type));
  const fields = columns.map((column) => column.field);
  const schema = new Schema(fields);
  const writer = new ByteTaker();
  writer.reset(undefined, schema);
  return {
    encode: (chunk) => {
      const length = chunk.rowCount;
      const children = columns.map((column, index) => column.encode(chunk.getColumnValues(index)));
      const data = makeData({ type: new Struct(fields), length, nullCount: 0, children });
      writer.write(new RecordBatch(schema, data));
      return writer.take();
    },
    finish: () => {
      writer.finish();
      return writer.take();
    },
  };
}

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
