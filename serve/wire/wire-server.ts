import { randomBytes, randomInt } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { backendKeyData, errorResponse, parameterStatus } from './backend.ts';
import { type FrontendMessage, parseFrontend } from './frontend.ts';
import { ConnectionClosed, Outbox } from './outbox.ts';
import { decoyVerifier, type ScramVerifier } from './scram.ts';
import { signInByScram } from './sign-in-scram.ts';
import { fatal, SQLSTATE, SqlError } from './sql-error.ts';
import { openConnection } from './startup.ts';

/** One signed-in client. Its messages come one at a time, in order. */
export interface WireSession {
  /** Told to the client when it has signed in. */
  readonly parameters: ReadonlyMap<string, string>;
  begin(): Promise<void>;
  /** Answers a message into the outbox. Throws only what ends the session. */
  handle(message: FrontendMessage): Promise<void>;
  /** Stops what runs; from another connection. */
  cancel(): void;
  close(): void;
}

export interface SignedIn {
  readonly user: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** The address of the client. */
  readonly from: string | undefined;
}

export interface WireServerOptions {
  /** Offered to clients that ask for TLS. */
  readonly secureContext: SecureContext | undefined;
  /** Turns away clients that do not encrypt. */
  readonly requiresTls: boolean;
  readonly maxConnections: number;
  /** The verifier of a user; undefined when there is none. */
  readonly verifierOf: (user: string) => Promise<ScramVerifier | undefined>;
  /** Throws a fatal `SqlError` when the client may not come in. */
  readonly openSession: (client: SignedIn, out: Outbox) => Promise<WireSession>;
  readonly onRefused: (refusal: { readonly sqlState: string; readonly from: string | undefined }) => void;
  /** A defect: a session ended by an error that is not meant for clients. */
  readonly onFailed: (error: unknown) => void;
}

export interface WireServer {
  readonly server: Server;
  /** Ends every session: 57P01. */
  close(): Promise<void>;
}

const SIGN_IN_WITHIN_MS = 30_000;

interface Live {
  readonly secret: number;
  readonly session: WireSession;
}

/** The PostgreSQL protocol on a socket: encryption, sign-in, cancel requests, and one session per client. */
export function createWireServer(options: WireServerOptions): WireServer {
  const sessions = new Map<number, Live>();
  const sockets = new Set<Socket>();
  const decoySecret = randomBytes(32);
  let lastProcessId = randomInt(1, 100_000);

  const serve = async (plain: Socket): Promise<void> => {
    let socket = plain;
    const from = plain.remoteAddress;
    const timer = setTimeout(() => socket.destroy(), SIGN_IN_WITHIN_MS);
    const processId = ++lastProcessId;
    let live: Live | undefined;
    let out = new Outbox(socket);
    try {
      const opening = await openConnection(plain, options.secureContext, (secure) => {
        socket = secure;
        socket.on('error', ignore);
        out = new Outbox(socket);
      });
      if (opening.kind === 'cancel') {
        const target = sessions.get(opening.processId);
        if (target?.secret === opening.secret) target.session.cancel();
      }
      if (opening.kind !== 'session') return;
      if (options.requiresTls && !opening.isEncrypted)
        throw fatal(
          SQLSTATE.invalidAuthorization,
          'this server speaks TLS only: connect with sslmode=require',
        );
      if (sockets.size > options.maxConnections)
        throw fatal(SQLSTATE.tooManyConnections, 'too many connections: try again later');
      const user = opening.parameters.get('user') ?? '';
      const verifier = await options.verifierOf(user);
      const isSignedIn = await signInByScram(
        opening.frames,
        out,
        verifier ?? decoyVerifier(user, decoySecret),
      );
      if (isSignedIn === undefined) return;
      if (!isSignedIn || verifier === undefined)
        throw fatal(SQLSTATE.invalidPassword, 'password authentication failed');
      clearTimeout(timer);
      const session = await options.openSession({ user, parameters: opening.parameters, from }, out);
      const secret = randomInt(1, 2 ** 31);
      live = { secret, session };
      sessions.set(processId, live);
      for (const [name, value] of session.parameters) out.add(parameterStatus(name, value));
      out.add(backendKeyData(processId, secret));
      await session.begin();
      for (;;) {
        const frame = await opening.frames.next();
        if (frame === undefined) return;
        const message = parseFrontend(frame.type, frame.body);
        if (message.kind === 'terminate') return;
        await session.handle(message);
      }
    } catch (error) {
      sayGoodbye(out, error, live === undefined, from);
    } finally {
      clearTimeout(timer);
      sessions.delete(processId);
      live?.session.close();
      socket.destroySoon();
    }
  };

  const sayGoodbye = (out: Outbox, error: unknown, isAtDoor: boolean, from: string | undefined): void => {
    if (error instanceof ConnectionClosed) return;
    if (isAtDoor && error instanceof SqlError) options.onRefused({ sqlState: error.sqlState, from });
    // Before sign-in anybody may send anything: a broken handshake is no defect.
    if (!(error instanceof SqlError) && !isAtDoor) options.onFailed(error);
    const told = error instanceof SqlError ? error : fatal(SQLSTATE.internal, 'the server failed');
    out.add(errorResponse(told));
    out.flush().catch(ignore);
  };

  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    socket.on('error', ignore);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Somebody who only knocks may wait; twice as many as may come in are not let wait.
    if (sockets.size > options.maxConnections * 2) socket.destroy();
    else void serve(socket);
  });
  return {
    server,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const { session } of sessions.values()) session.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function ignore(): void {}
