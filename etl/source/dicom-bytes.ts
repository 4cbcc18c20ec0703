import { readSync } from 'node:fs';
import { constants, inflateRawSync } from 'node:zlib';
import { BytesMalformed } from './dicom-element-head.ts';

/** Random access to the bytes of one file, read as needed. */
export interface ByteSource {
  /** Bytes from `position`: at least `need`, fewer only when the data ends first. Valid until the next call. */
  readonly read: (position: number, need: number) => Buffer;
  /** Whether the data goes on at least to `position`. */
  readonly reaches: (position: number) => boolean;
}

const HEAD_BYTES = 65_536;
const MAX_INFLATED_BYTES = 268_435_456;

/** One buffer for the heads of all files this thread reads: a fresh one for each file costs as much as reading it. */
const headBuffer = Buffer.allocUnsafeSlow(HEAD_BYTES);

export function readFileBytes(descriptor: number, size: number): ByteSource {
  let base = 0;
  let held = headBuffer.subarray(0, 0);
  return {
    read: (position, need) => {
      if (position < base || position + need > base + held.length) {
        const wanted = Math.max(0, Math.min(size - position, Math.max(need, HEAD_BYTES)));
        const target = wanted <= HEAD_BYTES ? headBuffer.subarray(0, wanted) : Buffer.allocUnsafe(wanted);
        held = target.subarray(0, readFully(descriptor, target, position));
        base = position;
      }
      return held.subarray(position - base);
    },
    reaches: (position) => position <= size,
  };
}

function readFully(descriptor: number, target: Buffer, position: number): number {
  let filled = 0;
  while (filled < target.length) {
    const count = readSync(descriptor, target, filled, target.length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** The deflated data set (PS3.5 A.5) behind `start`, inflated no further than asked for. */
export function inflateBytes(source: ByteSource, start: number): ByteSource {
  let inflated: Buffer = Buffer.alloc(0);
  let compressed = 0;
  let isWhole = false;

  function inflateTo(length: number): void {
    while (inflated.length < length && !isWhole) {
      compressed = compressed === 0 ? HEAD_BYTES : compressed * 4;
      const input = source.read(start, compressed).subarray(0, compressed);
      isWhole = input.length < compressed;
      try {
        inflated = inflateRawSync(input, {
          finishFlush: constants.Z_SYNC_FLUSH,
          maxOutputLength: MAX_INFLATED_BYTES,
        });
      } catch {
        throw new BytesMalformed();
      }
    }
  }

  return {
    read: (position, need) => {
      inflateTo(position + need);
      return inflated.subarray(Math.min(position, inflated.length));
    },
    reaches: (position) => {
      inflateTo(position);
      return position <= inflated.length;
    },
  };
}
