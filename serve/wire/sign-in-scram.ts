import { int32, message } from './backend.ts';
import { ByteReader } from './byte-reader.ts';
import type { FrameSource } from './frames.ts';
import type { Outbox } from './outbox.ts';
import { ScramExchange, type ScramVerifier } from './scram.ts';
import { fatal, SQLSTATE } from './sql-error.ts';

const MECHANISM = 'SCRAM-SHA-256';

/** Runs SCRAM-SHA-256 with a client; true when it knows the password, undefined when it went away. */
export async function signInByScram(
  frames: FrameSource,
  out: Outbox,
  verifier: ScramVerifier,
): Promise<boolean | undefined> {
  const exchange = new ScramExchange(verifier);
  out.add(message('R', int32(10), MECHANISM, Buffer.from([0])));
  await out.flush();
  const first = await passwordMessage(frames);
  if (first === undefined) return undefined;
  const reader = new ByteReader(first);
  if (reader.text() !== MECHANISM) throw fatal(SQLSTATE.protocolViolation, `sign in by ${MECHANISM}`);
  const clientFirst = reader.take(reader.int32()).toString('utf8');
  out.add(message('R', int32(11), Buffer.from(exchange.begin(clientFirst))));
  await out.flush();
  const final = await passwordMessage(frames);
  if (final === undefined) return undefined;
  const serverFinal = exchange.finish(final.toString('utf8'));
  if (serverFinal === undefined) return false;
  out.add(message('R', int32(12), Buffer.from(serverFinal)));
  out.add(message('R', int32(0)));
  return true;
}

async function passwordMessage(frames: FrameSource): Promise<Buffer | undefined> {
  const frame = await frames.next();
  if (frame !== undefined && frame.type !== 'p')
    throw fatal(SQLSTATE.protocolViolation, 'a password message is due');
  return frame?.body;
}
