import type { Socket } from 'node:net';
import { fatal, SQLSTATE } from './sql-error.ts';

export interface Frame {
  /** One letter; empty for the packets before sign-in. */
  readonly type: string;
  readonly body: Buffer;
}

/** More than any statement with its parameters needs. */
const LARGEST_MESSAGE = 16 * 1024 * 1024;
const LARGEST_STARTUP = 10_000;
/** A client that sends ahead waits when this much is unread. */
const READ_AHEAD = 1024 * 1024;

/** Cuts what a client sends into messages, and stops reading while too many wait. */
export class FrameSource {
  private readonly socket: Socket;
  private chunks: Buffer[] = [];
  private length = 0;
  private isEnded = false;
  private wake: (() => void) | undefined;
  private readonly onData = (chunk: Buffer): void => {
    this.chunks.push(chunk);
    this.length += chunk.length;
    if (this.length > READ_AHEAD) this.socket.pause();
    this.stir();
  };
  private readonly onEnd = (): void => {
    this.isEnded = true;
    this.stir();
  };

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', this.onData);
    socket.on('end', this.onEnd);
    socket.on('close', this.onEnd);
  }

  /** Gives the socket up, for TLS to take over; the bytes that were read already. */
  detach(): Buffer {
    this.socket.off('data', this.onData);
    this.socket.off('end', this.onEnd);
    this.socket.off('close', this.onEnd);
    return Buffer.concat(this.chunks.splice(0));
  }

  /** The next message; undefined when the client is gone. */
  async next(): Promise<Frame | undefined> {
    const head = await this.peek(5);
    if (head === undefined) return undefined;
    const length = head.readInt32BE(1);
    if (length < 4 || length > LARGEST_MESSAGE)
      throw fatal(SQLSTATE.programLimit, `a message is larger than ${LARGEST_MESSAGE} bytes`);
    const frame = await this.take(1 + length);
    return frame && { type: frame.toString('latin1', 0, 1), body: frame.subarray(5) };
  }

  /** The next packet without a letter, as at the start of a connection. */
  async nextStartup(): Promise<Frame | undefined> {
    const head = await this.peek(4);
    if (head === undefined) return undefined;
    const length = head.readInt32BE(0);
    if (length < 8 || length > LARGEST_STARTUP)
      throw fatal(SQLSTATE.protocolViolation, 'this is not a start of the PostgreSQL protocol');
    const frame = await this.take(length);
    return frame && { type: '', body: frame.subarray(4) };
  }

  private async peek(length: number): Promise<Buffer | undefined> {
    if (!(await this.waitFor(length))) return undefined;
    return this.joined();
  }

  private async take(length: number): Promise<Buffer | undefined> {
    if (!(await this.waitFor(length))) return undefined;
    const all = this.joined();
    this.chunks = all.length > length ? [all.subarray(length)] : [];
    this.length -= length;
    if (this.length <= READ_AHEAD && this.socket.isPaused()) this.socket.resume();
    return all.subarray(0, length);
  }

  private async waitFor(length: number): Promise<boolean> {
    while (this.length < length) {
      if (this.isEnded) return false;
      if (this.socket.isPaused()) this.socket.resume();
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return true;
  }

  private joined(): Buffer {
    const [first] = this.chunks;
    if (first !== undefined && this.chunks.length === 1) return first;
    const all = Buffer.concat(this.chunks);
    this.chunks = [all];
    return all;
  }

  private stir(): void {
    this.wake?.();
    this.wake = undefined;
  }
}
