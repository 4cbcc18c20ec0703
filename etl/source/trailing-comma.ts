import { open } from 'node:fs/promises';

const CHUNK_BYTES = 1024 * 1024;
const COMMA = 0x2c;
const CLOSERS = [0x7d, 0x5d] as const;

/**
 * Whether a comma stands before a closing bracket anywhere in a plain file, also inside a string: DuckDB's reader
 * takes such JSON, which is none. Looks only at the brackets, so it runs at the speed of `memchr`.
 */
export async function mayHoldTrailingComma(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    /** The last byte that is no white space of the chunks before. */
    let last = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) return false;
      const chunk = buffer.subarray(0, bytesRead);
      for (const closer of CLOSERS) {
        for (let at = chunk.indexOf(closer); at >= 0; at = chunk.indexOf(closer, at + 1)) {
          if (lastSolid(chunk, at, last) === COMMA) return true;
        }
      }
      last = lastSolid(chunk, bytesRead, last);
    }
  } finally {
    await file.close();
  }
}

function lastSolid(chunk: Buffer, end: number, before: number): number {
  let at = end - 1;
  while (at >= 0 && isSpace(chunk[at] ?? 0)) at--;
  return at < 0 ? before : (chunk[at] ?? 0);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
