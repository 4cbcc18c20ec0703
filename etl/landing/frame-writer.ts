import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { compress, init } from '@bokuweb/zstd-wasm';

const FRAME_BYTES = 4 * 1024 * 1024;
const LEVEL = 3;
let ready: Promise<void> | undefined;

/**
 * Writes bytes as a sequence of independent Zstandard frames (RFC 8878 §3), which every reader takes for one
 * stream. Memory: one frame.
 */
export class FrameWriter {
  readonly #handle: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** Bytes taken so far, before compression. */
  bytes = 0;
  /** Bytes written so far, after compression. */
  size = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async create(path: string): Promise<FrameWriter> {
    ready ??= init();
    await ready;
    return new FrameWriter(await open(path, 'wx', 0o600));
  }

  /** Takes bytes; resolves when they are buffered or written. Returns undefined when nothing had to be written. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.bytes += bytes.length;
    return this.#pendingBytes >= FRAME_BYTES ? this.#flush() : undefined;
  }

  /** Flushes, syncs and closes; returns the sha256 of the file. */
  async close(): Promise<string> {
    await this.#flush();
    await this.#handle.sync();
    await this.#handle.close();
    return this.#hash.digest('hex');
  }

  async abandon(): Promise<void> {
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    if (this.#pendingBytes === 0) return;
    const frame = compress(Buffer.concat(this.#pending), LEVEL);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.size += frame.length;
    this.#hash.update(frame);
    await this.#handle.appendFile(frame);
  }
}
