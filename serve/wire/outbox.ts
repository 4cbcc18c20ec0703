import type { Socket } from 'node:net';

/** A client that takes nothing for this long is let go: what it reads keeps a snapshot from being retired. */
const STALLED_MS = 15 * 60_000;

/** The client went away. */
export class ConnectionClosed extends Error {}

/** What a client is sent: gathered, and written when it is much or when the client waits. */
export class Outbox {
  private readonly socket: Socket;
  private parts: Buffer[] = [];
  private size = 0;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Bytes that wait to be written. */
  get pending(): number {
    return this.size;
  }

  add(part: Buffer): void {
    this.parts.push(part);
    this.size += part.length;
  }

  /** Ends the connection when what was written has gone out. */
  close(): void {
    this.socket.destroySoon();
  }

  /** Writes what is gathered; resolves when the client takes more. Throws `ConnectionClosed`. */
  async flush(): Promise<void> {
    if (this.socket.destroyed || this.socket.writableEnded) throw new ConnectionClosed();
    if (this.size === 0) return;
    const bytes = Buffer.concat(this.parts, this.size);
    this.parts = [];
    this.size = 0;
    if (!this.socket.write(bytes)) await drained(this.socket);
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(), STALLED_MS);
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('drain', onDrain);
      socket.off('close', onClose);
    };
    const onDrain = (): void => {
      settle();
      resolve();
    };
    const onClose = (): void => {
      settle();
      reject(new ConnectionClosed());
    };
    socket.once('drain', onDrain);
    socket.once('close', onClose);
  });
}
