import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ChiasmError } from '../../base/error.ts';
import { syncDirectory, writeDurably } from '../../base/files.ts';
import { type HttpAnswer, originOf } from './bulk-http.ts';
import type { BulkFile } from './bulk-manifest.ts';
import { TransientFault, withRetry } from './bulk-retry.ts';
import { ask, type BulkSession, transientFault } from './bulk-session.ts';
import { hashFile, openInput } from './input-stream.ts';
import { readLines } from './line-reader.ts';

const description = z.object({
  name: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  lines: z.number(),
});

/** A file that is whole, verified and on disk. */
export type DownloadedFile = Readonly<z.infer<typeof description>> & { readonly path: string };

/** Why a file could not be had. */
export type DownloadFault =
  | 'unreachable'
  | 'refused'
  | 'expired'
  | 'incomplete'
  | 'miscounted'
  | 'not-ndjson';

export type Download =
  | { readonly kind: 'downloaded'; readonly file: DownloadedFile }
  | { readonly kind: 'failed'; readonly fault: DownloadFault };

/** Gives a file's link anew when it has expired; undefined where that cannot be done. */
export type RenewLink = (file: BulkFile, expired: string) => Promise<BulkFile | undefined>;

class FileFault extends TransientFault {
  readonly fault: DownloadFault;

  constructor(fault: DownloadFault, reason: string) {
    super(reason);
    this.fault = fault;
  }
}

/**
 * Downloads one file into `directory`: to a temporary name, verified against what the manifest says, then renamed. A
 * file that is there already, and whole, is not asked for again. Nothing that fails verification is kept.
 */
export async function downloadFile(
  session: BulkSession,
  file: BulkFile,
  withToken: boolean,
  directory: string,
  renewLink: RenewLink,
): Promise<Download> {
  const known = await readKnown(directory, file);
  if (known !== undefined) return { kind: 'downloaded', file: known };
  let current = file;
  try {
    const downloaded = await withRetry(session.policy, async () => {
      try {
        return await downloadOnce(session, current, withToken, directory);
      } catch (error) {
        if (error instanceof FileFault && error.fault === 'expired') {
          const renewed = await renewLink(current, current.url);
          if (renewed === undefined) throw new GivenUp('expired');
          current = renewed;
        }
        throw error;
      }
    });
    return { kind: 'downloaded', file: downloaded };
  } catch (error) {
    if (error instanceof FileFault || error instanceof GivenUp) return { kind: 'failed', fault: error.fault };
    if (error instanceof TransientFault) return { kind: 'failed', fault: 'unreachable' };
    throw error;
  }
}

/** No further attempt can help. */
class GivenUp extends Error {
  readonly fault: DownloadFault;

  constructor(fault: DownloadFault) {
    super(fault);
    this.fault = fault;
  }
}

async function downloadOnce(
  session: BulkSession,
  file: BulkFile,
  withToken: boolean,
  directory: string,
): Promise<DownloadedFile> {
  const answer = await ask(session, {
    method: 'GET',
    url: file.url,
    headers: { accept: 'application/fhir+ndjson, application/ndjson, */*;q=0.5', 'accept-encoding': 'gzip' },
    withToken,
  });
  if (answer.status !== 200) {
    answer.body.resume();
    throw answerFault(session, answer, file.url);
  }
  if (
    /^(text\/html|application\/xhtml|(text|application)\/xml)/i.test(answer.headers['content-type'] ?? '')
  ) {
    answer.body.destroy();
    throw new FileFault('not-ndjson', `${originOf(file.url)} answers with a web page`);
  }
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `${nameOf(file)}.part`);
  try {
    const { bytes, sha256, isZipped } = await writeBody(answer, temporary);
    const name = `${nameOf(file)}.ndjson${isZipped ? '.gz' : ''}`;
    const path = join(directory, name);
    await rename(temporary, path);
    const lines = await verify(file, path, bytes).catch(async (error: unknown) => {
      await rm(path, { force: true });
      throw error;
    });
    await syncDirectory(dirname(path));
    const described = { name, bytes, sha256, lines };
    await writeDurably(join(directory, `${nameOf(file)}.json`), JSON.stringify(described));
    return { ...described, path };
  } finally {
    await rm(temporary, { force: true });
  }
}

function answerFault(session: BulkSession, answer: HttpAnswer, url: string): Error {
  const fault = transientFault(session, answer, url);
  if (fault !== undefined) return fault;
  const reason = `${originOf(url)} answers with status ${answer.status}`;
  const isExpired = [400, 401, 403, 404, 410].includes(answer.status);
  return isExpired ? new FileFault('expired', reason) : new GivenUp('refused');
}

/** Errors of the network are passing faults; those of the disk are not. */
async function writeBody(
  answer: HttpAnswer,
  path: string,
): Promise<{ readonly bytes: number; readonly sha256: string; readonly isZipped: boolean }> {
  const hash = createHash('sha256');
  const handle = await open(path, 'w', 0o600);
  let bytes = 0;
  let head: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of bodyChunks(answer)) {
      if (head.length < 2) head = Buffer.concat([head, chunk.subarray(0, 2)]);
      hash.update(chunk);
      await handle.appendFile(chunk);
      bytes += chunk.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { bytes, sha256: hash.digest('hex'), isZipped: head[0] === 0x1f && head[1] === 0x8b };
}

async function* bodyChunks(answer: HttpAnswer): AsyncGenerator<Buffer> {
  const chunks = answer.body[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Buffer>;
    try {
      next = await chunks.next();
    } catch {
      throw new FileFault('incomplete', 'a file broke off');
    }
    if (next.done === true) return;
    yield next.value;
  }
}

/**
 * Lines of a file as it lies on disk. Throws FileFault where it is not what the manifest promised: fewer resources
 * than its count, another size (before or after decompression), a last line that ends in the middle, no NDJSON.
 */
async function verify(file: BulkFile, path: string, bytes: number): Promise<number> {
  let lines = 0;
  let plain = 0;
  let first: Buffer | undefined;
  let last: Buffer = Buffer.alloc(0);
  let endsOpen = false;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of openInput(path)) {
      plain += chunk.length;
      if (chunk.length > 0) endsOpen = chunk.at(-1) !== 0x0a;
      yield chunk;
    }
  };
  try {
    for await (const batch of readLines(counted())) {
      lines += batch.length;
      first ??= batch[0]?.bytes;
      last = batch.at(-1)?.bytes ?? last;
    }
  } catch {
    throw new FileFault('incomplete', 'a compressed file ends in the middle');
  }
  if (file.size !== undefined && file.size !== bytes && file.size !== plain) {
    throw new FileFault('incomplete', 'a file has another size than the manifest says');
  }
  // Servers count the resources that an outcome is about, and print it over several lines.
  if (file.kind === 'outcome') return lines;
  if (first !== undefined && first.find((byte) => byte > 0x20) !== 0x7b) {
    throw new FileFault('not-ndjson', 'a file is no NDJSON');
  }
  // One line of `deleted` may be about many resources: they are counted when they land.
  if (file.kind === 'output' && file.count !== undefined && lines < file.count) {
    throw new FileFault('miscounted', 'a file has fewer resources than the manifest says');
  }
  if (endsOpen && !isJson(last)) {
    throw new FileFault('incomplete', 'a file ends in the middle of a line');
  }
  return lines;
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

async function readKnown(directory: string, file: BulkFile): Promise<DownloadedFile | undefined> {
  try {
    const text = await readFile(join(directory, `${nameOf(file)}.json`), 'utf8');
    const known = description.parse(JSON.parse(text));
    const path = join(directory, known.name);
    if ((await stat(path)).size !== known.bytes) return undefined;
    return (await hashFile(path)) === known.sha256 ? { ...known, path } : undefined;
  } catch (error) {
    if (error instanceof ChiasmError) throw error;
    return undefined;
  }
}

function nameOf(file: BulkFile): string {
  return `${file.kind}.${file.index}`;
}
