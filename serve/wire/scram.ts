import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { fatal, SQLSTATE } from './sql-error.ts';

/** What is kept of a password: from it nobody can sign in, and the password cannot be read. */
export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

const ITERATIONS = 16_384;

/** RFC 5803 as PostgreSQL writes it: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`. */
export function makeVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256');
  const storedKey = sha256(hmac(salted, 'Client Key'));
  const serverKey = hmac(salted, 'Server Key');
  const text = (bytes: Buffer): string => bytes.toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${text(salt)}$${text(storedKey)}:${text(serverKey)}`;
}

const VERIFIER = /^SCRAM-SHA-256\$(\d+):([\w+/=]+)\$([\w+/=]+):([\w+/=]+)$/;

export function parseVerifier(text: string): ScramVerifier | undefined {
  const [, iterations, salt, storedKey, serverKey] = VERIFIER.exec(text) ?? [];
  if (iterations === undefined || salt === undefined || storedKey === undefined || serverKey === undefined)
    return undefined;
  const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');
  return {
    iterations: Number(iterations),
    salt: bytes(salt),
    storedKey: bytes(storedKey),
    serverKey: bytes(serverKey),
  };
}

/**
 * A verifier that no password fits, the same for a name every time, so that nobody learns from the exchange
 * whether a user exists. `secret` is the server's own.
 */
export function decoyVerifier(user: string, secret: Buffer): ScramVerifier {
  return {
    iterations: ITERATIONS,
    salt: hmac(secret, `salt:${user}`).subarray(0, 16),
    storedKey: randomBytes(32),
    serverKey: randomBytes(32),
  };
}

/** The server's half of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding. */
export class ScramExchange {
  private readonly verifier: ScramVerifier;
  private clientFirstBare = '';
  private serverFirst = '';
  private gs2Header = '';

  constructor(verifier: ScramVerifier) {
    this.verifier = verifier;
  }

  /** Answers client-first-message with server-first-message. */
  begin(clientFirst: string): string {
    const [, header, bare] = /^([ny],(?:a=[^,]*)?,)(.*)$/s.exec(clientFirst) ?? [];
    const clientNonce = /(?:^|,)r=([^,]+)/.exec(bare ?? '')?.[1];
    if (header === undefined || bare === undefined || clientNonce === undefined) throw malformed();
    this.gs2Header = header;
    this.clientFirstBare = bare;
    const nonce = clientNonce + randomBytes(18).toString('base64');
    const { salt, iterations } = this.verifier;
    this.serverFirst = `r=${nonce},s=${salt.toString('base64')},i=${iterations}`;
    return this.serverFirst;
  }

  /** Answers client-final-message with server-final-message; undefined when the password is wrong. */
  finish(clientFinal: string): string | undefined {
    const [, withoutProof, proofText] = /^(.*),p=([\w+/=]+)$/s.exec(clientFinal) ?? [];
    if (withoutProof === undefined || proofText === undefined) throw malformed();
    const [, binding, nonce] = /^c=([^,]*),r=([^,]*)/.exec(withoutProof) ?? [];
    const expectedNonce = /^r=([^,]+)/.exec(this.serverFirst)?.[1];
    if (binding !== Buffer.from(this.gs2Header).toString('base64') || nonce !== expectedNonce)
      throw malformed();
    const authMessage = `${this.clientFirstBare},${this.serverFirst},${withoutProof}`;
    const proof = Buffer.from(proofText, 'base64');
    if (proof.length !== 32) return undefined;
    const signature = hmac(this.verifier.storedKey, authMessage);
    const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)));
    if (!timingSafeEqual(sha256(clientKey), this.verifier.storedKey)) return undefined;
    return `v=${hmac(this.verifier.serverKey, authMessage).toString('base64')}`;
  }
}

function malformed(): Error {
  return fatal(SQLSTATE.protocolViolation, 'the SCRAM exchange is malformed');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
