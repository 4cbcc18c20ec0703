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

/** Between texts that were written one after the other there is at most this much, which belongs to neither. */
const LARGEST_GAP = 64;
const LARGEST_WINDOW = 1024 * 1024;

/**
 * The bytes of texts that do not fit into the vector itself (more than 12). Opening memory costs much more than copying
 * a text, and the texts of a vector mostly lie one after the other: those are opened together.
 */
export class LongTexts {
  private readonly memory: DataView;
  private readonly rows: number;
  private readonly isValid: ((row: number) => boolean) | undefined;
  private window: Uint8Array = new Uint8Array();
  private start = 0;
  private end = 0;

  constructor(memory: DataView, vector: DuckDBVector) {
    this.memory = memory;
    this.rows = vector.itemCount;
    this.isValid = validityOf(vector);
  }

  /** Copies the text of a row, which holds one of `length` bytes. */
  copy(row: number, length: number, to: Uint8Array, at: number): void {
    const address = this.addressOf(row);
    if (address < this.start || address + length > this.end) this.open(row, address, length);
    const { window } = this;
    const from = address - this.start;
    if (length > 48) to.set(window.subarray(from, from + length), at);
    else for (let index = 0; index < length; index += 1) to[at + index] = window[from + index] ?? 0;
  }

  private open(row: number, address: number, length: number): void {
    const { memory } = this;
    let end = address + length;
    for (let next = row + 1; next < this.rows && end - address < LARGEST_WINDOW; next += 1) {
      const size = memory.getUint32(next * 16, true);
      if (size <= 12 || this.isValid?.(next) === false) continue;
      const place = this.addressOf(next);
      if (place < end || place - end > LARGEST_GAP) break;
      end = place + size;
    }
    const pointer = memory.byteOffset + row * 16 + 8;
    this.window = bindings.get_data_from_pointer(memory.buffer as ArrayBuffer, pointer, end - address);
    this.start = address;
    this.end = end;
  }

  private addressOf(row: number): number {
    const at = row * 16 + 8;
    return this.memory.getUint32(at + 4, true) * 2 ** 32 + this.memory.getUint32(at, true);
  }
}
