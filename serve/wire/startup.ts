import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { int32, message } from './backend.ts';
import { ByteReader } from './byte-reader.ts';
import { FrameSource } from './frames.ts';
import { fatal, SQLSTATE } from './sql-error.ts';

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;

/** How a connection began. */
export type Opening =
  | { readonly kind: 'gone' }
  | { readonly kind: 'cancel'; readonly processId: number; readonly secret: number }
  | {
      readonly kind: 'session';
      readonly socket: Socket;
      readonly frames: FrameSource;
      readonly parameters: ReadonlyMap<string, string>;
      readonly isEncrypted: boolean;
    };

/**
 * Takes a connection through encryption requests to its startup packet. `onSocket` hears of the socket that
 * replaces the first when TLS begins.
 */
export async function openConnection(
  plain: Socket,
  secureContext: SecureContext | undefined,
  onSocket: (socket: Socket) => void,
): Promise<Opening> {
  let socket = plain;
  let frames = new FrameSource(socket);
  let isEncrypted = false;
  for (;;) {
    const frame = await frames.nextStartup();
    if (frame === undefined) return { kind: 'gone' };
    const reader = new ByteReader(frame.body);
    const code = reader.uint32();
    if (code === CANCEL_REQUEST)
      return { kind: 'cancel', processId: reader.uint32(), secret: reader.uint32() };
    if (code === SSL_REQUEST && secureContext !== undefined && !isEncrypted) {
      // Bytes sent ahead of the handshake were not protected by it.
      if (frames.detach().length > 0)
        throw fatal(SQLSTATE.protocolViolation, 'data before the TLS handshake');
      plain.pause();
      plain.write('S');
      socket = await startTls(plain, secureContext);
      onSocket(socket);
      frames = new FrameSource(socket);
      isEncrypted = true;
    } else if (code === SSL_REQUEST || code === GSS_REQUEST) {
      socket.write('N');
    } else {
      const { parameters, unknown } = readParameters(reader, code);
      // Version 3.0 is spoken; newer minor versions and options are negotiated away.
      if ((code & 0xffff) > 0 || unknown.length > 0)
        socket.write(message('v', int32(0x30000), int32(unknown.length), ...unknown));
      return { kind: 'session', socket, frames, parameters, isEncrypted };
    }
  }
}

function readParameters(
  reader: ByteReader,
  code: number,
): { readonly parameters: ReadonlyMap<string, string>; readonly unknown: readonly string[] } {
  if (code >>> 16 !== 3) throw fatal(SQLSTATE.protocolViolation, 'only protocol version 3 is spoken here');
  const parameters = new Map<string, string>();
  const unknown: string[] = [];
  for (let name = reader.text(); name !== ''; name = reader.text()) {
    const value = reader.text();
    if (name.startsWith('_pq_.')) unknown.push(name);
    else parameters.set(name, value);
  }
  return { parameters, unknown };
}

function startTls(socket: Socket, secureContext: SecureContext): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = new TLSSocket(socket, { isServer: true, secureContext });
    secure.once('error', reject);
    secure.once('close', () => reject(new Error('closed during the TLS handshake')));
    secure.once('secure', () => {
      secure.off('error', reject);
      resolve(secure);
    });
  });
}
