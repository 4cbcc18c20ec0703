/**
 * The one place that reaches into the vectors of @duckdb/node-api 1.5.6: values are read from their memory instead
 * of being made into an object each. A vector that looks otherwise is read through its public `getItem`;
 * `tests/serve/sql/encode.test.ts` fails when the memory is no longer found.
 */
import type { DuckDBVector } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';

interface Inside {
  readonly items?: unknown;
  readonly dataView?: unknown;
  readonly validity?: { readonly data?: unknown; itemValid(index: number): boolean };
}

/** Whether a row holds a value; undefined when all do. */
export function validityOf(vector: DuckDBVector): ((row: number) => boolean) | undefined {
  const { validity } = vector as unknown as Inside;
  if (validity === undefined) return (row) => vector.getItem(row) !== null;
  return validity.data === null || validity.data === undefined ? undefined : (row) => validity.itemValid(row);
}

export type NumberItems =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** The numbers of a vector of integers up to 32 bits, of floating-point numbers or of dates. */
export function numberItems(vector: DuckDBVector): NumberItems | undefined {
  const { items } = vector as unknown as Inside;
  return ArrayBuffer.isView(items) && !(items instanceof DataView) && !(items instanceof BigInt64Array)
    ? (items as NumberItems)
    : undefined;
}

/** The low and high halves, by turns, of a vector of 64-bit integers. */
export function int64Halves(vector: DuckDBVector): Int32Array | undefined {
  const { items } = vector as unknown as Inside;
  return items instanceof BigInt64Array
    ? new Int32Array(items.buffer, items.byteOffset, items.length * 2)
    : undefined;
}

export function memoryOf(vector: DuckDBVector): DataView | undefined {
  const { dataView } = vector as unknown as Inside;
  return dataView instanceof DataView ? dataView : undefined;
}

/** The bytes of text or blob `row` that do not fit into the vector itself (more than 12). */
export function longBytes(memory: DataView, row: number, length: number): Uint8Array {
  return bindings.get_data_from_pointer(
    memory.buffer as ArrayBuffer,
    memory.byteOffset + row * 16 + 8,
    length,
  );
}
