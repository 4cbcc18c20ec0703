import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';

const CHUNK_BYTES = 1024 * 1024;

/** A file that cannot be opened or read; `code` is the system's, such as `EACCES`. The message names no path. */
export class UnreadableInput extends Error {
  readonly code: string;

  constructor(cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'EIO';
    super(`a file cannot be read (${code})`, { cause });
    this.name = 'UnreadableInput';
    this.code = code;
  }
}

/** A compressed file that is cut short or damaged. */
export class DamagedInput extends Error {
  constructor(cause: unknown) {
    super('a compressed file is cut short or damaged', { cause });
    this.name = 'DamagedInput';
  }
}

/**
 * The bytes of a file, decompressed by its ending: `.gz`, `.zst` or none. The file is closed when the reader stops.
 *
 * @throws UnreadableInput, DamagedInput
 */
export function openInput(path: string): AsyncIterable<Uint8Array> {
  const file = readBytes(path);
  if (path.endsWith('.gz')) return decompressGzip(file);
  if (path.endsWith('.zst')) return decompressZstandard(file);
  return file;
}

/** All bytes of an input, or undefined where there are more than `limit`. */
export async function readWhole(path: string, limit: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of openInput(path)) {
    bytes += chunk.length;
    if (bytes > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * sha256 of a file as it lies on disk.
 *
 * @throws UnreadableInput
 */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readBytes(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of file) yield chunk as Buffer;
  } catch (error) {
    throw new UnreadableInput(error);
  } finally {
    file.destroy();
  }
}

async function* decompressGzip(file: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const pumping = pipeline(file, gunzip);
  // What fails there also ends the loop below.
  pumping.catch(() => {});
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    throw error instanceof UnreadableInput ? error : new DamagedInput(error);
  } finally {
    gunzip.destroy();
    await pumping.catch(() => {});
  }
}

async function* decompressZstandard(file: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const stream = new Decompress((chunk) => ready.push(chunk));
  const push = (chunk: Uint8Array, isLast: boolean): DamagedInput | undefined => {
    try {
      stream.push(chunk, isLast);
      return undefined;
    } catch (error) {
      return new DamagedInput(error);
    }
  };
  for await (const chunk of file) {
    const fault = push(chunk, false);
    yield* ready;
    if (fault !== undefined) throw fault;
    ready = [];
  }
  const fault = push(new Uint8Array(0), true);
  yield* ready;
  if (fault !== undefined) throw fault;
}
