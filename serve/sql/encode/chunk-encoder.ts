import type { DuckDBDataChunk, DuckDBType } from '@duckdb/node-api';
import type { Format } from '../../wire/frontend.ts';
import { binaryWriter } from './binary-encoder.ts';
import type { RowBuffer } from './row-buffer.ts';
import { textWriter, type ValueWriter } from './text-encoder.ts';
import { validityOf } from './vector-seam.ts';

/** A column of a result: what DuckDB computes it in, and what the client is told and sent. */
export interface ResultColumn {
  readonly type: DuckDBType;
  readonly oid: number;
  readonly format: Format;
}

const DATA_ROW = 'D'.charCodeAt(0);

/** Writes rows `from` to `to` of a chunk as DataRow messages. */
export function encodeRows(
  out: RowBuffer,
  chunk: DuckDBDataChunk,
  columns: readonly ResultColumn[],
  from: number,
  to: number,
): void {
  const writers = columns.map((column, index) => valueWriter(chunk, index, column));
  for (let row = from; row < to; row += 1) {
    const start = out.at;
    out.byte(DATA_ROW);
    out.int32(0);
    out.int16(writers.length);
    for (const write of writers) write(out, row);
    out.setInt32(start + 1, out.at - start - 1);
  }
}

function valueWriter(chunk: DuckDBDataChunk, index: number, column: ResultColumn): ValueWriter {
  const vector = chunk.getColumnVector(index);
  const writer = column.format === 1 ? binaryWriter : textWriter;
  const write = writer(vector, column.type, column.oid);
  const isValid = validityOf(vector);
  if (isValid === undefined) return write;
  return (out, row) => {
    if (isValid(row)) write(out, row);
    else out.nothing();
  };
}
