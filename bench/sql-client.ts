import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { int16, int32, message } from '../serve/wire/backend.ts';

/** A signed-in client that takes results as bytes and looks at none of them: the server is what is measured. */
export interface RawClient {
  /** Runs a query by the extended protocol; bytes received and milliseconds. */
  run(sql: string, format: 'text' | 'binary'): Promise<{ readonly bytes: number; readonly ms: number }>;
  /** Starts a query, cancels it after `afterMs`; milliseconds from the request to the answer. */
  cancel(sql: string, afterMs: number): Promise<number>;
  end(): void;
}

const SYNC = message('S');
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

export async function openRawClient(config: pg.ClientConfig & { readonly port: number }): Promise<RawClient> {
  const client = new pg.Client({ host: '127.0.0.1', ...config });
  client.on('error', () => undefined);
  await client.connect();
  const { connection, processID, secretKey } = client as unknown as {
    readonly connection: { readonly stream: Socket };
    readonly processID: number;
    readonly secretKey: number;
  };
  const { stream } = connection;
  stream.removeAllListeners('data');
  const answer = (): Promise<number> =>
    new Promise((resolve, reject) => {
      let bytes = 0;
      let error: string | undefined;
      let tail = Buffer.alloc(0);
      const onData = (chunk: Buffer): void => {
        if (bytes === 0 && chunk[0] === 0x45)
          error = /\0M([^\0]*)/.exec(chunk.toString())?.[1] ?? 'no message';
        bytes += chunk.length;
        tail = Buffer.concat([tail, chunk.subarray(-READY.length)]).subarray(-READY.length);
        if (!tail.equals(READY)) return;
        stream.off('data', onData);
        if (error !== undefined) reject(new Error(`a query of the benchmark failed: ${error}`));
        else resolve(bytes);
      };
      stream.on('data', onData);
    });
  const send = (sql: string, format: number): void => {
    const bind = message('B', '', '', int16(0), int16(0), int16(1), int16(format));
    stream.write(Buffer.concat([message('P', '', sql, int16(0)), bind, message('E', '', int32(0)), SYNC]));
  };
  return {
    run: async (sql, format) => {
      const started = performance.now();
      const answered = answer();
      send(sql, format === 'binary' ? 1 : 0);
      const bytes = await answered;
      return { bytes, ms: performance.now() - started };
    },
    cancel: async (sql, afterMs) => {
      const answered = answer().catch(() => 0);
      send(sql, 0);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      const started = performance.now();
      const socket = connect(config.port, '127.0.0.1');
      socket.end(Buffer.concat([int32(16), int32(80877102), int32(processID), int32(secretKey)]));
      await answered;
      return performance.now() - started;
    },
    end: () => stream.destroy(),
  };
}
