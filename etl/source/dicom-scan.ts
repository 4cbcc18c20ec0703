import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { DicomFacts } from './dicom-facts.ts';
import type { DicomRejection } from './dicom-header.ts';
import type { DicomJob, DicomOutcome } from './dicom-job.ts';
import { readLineBatches } from './dicom-lines.ts';
import { type DicomPool, openDicomPool } from './dicom-pool.ts';
import type { TreeFile } from './file-tree.ts';
import { openFolder } from './folder-walk.ts';
import { KnownCursor } from './known-cursor.ts';
import { isUnchanged, type KnownOrigin } from './source-run.ts';

export type { DicomFacts } from './dicom-facts.ts';
export type { DicomRejection } from './dicom-header.ts';

/** Size and time are those of the file, also for a line or a member of it. */
interface ScanFile {
  readonly uri: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** What earlier runs say of it. */
  readonly known: KnownOrigin | undefined;
}

export type DicomScanItem =
  | ({ readonly kind: 'record'; readonly line: string; readonly facts: DicomFacts } & ScanFile)
  /** `sha256` of the file, line or member; empty where it could not be read (`file-unreadable`). */
  | ({
      readonly kind: 'rejected';
      readonly code: DicomRejection | 'file-unreadable';
      readonly sha256: string;
    } & ScanFile)
  | ({ readonly kind: 'unchanged' } & ScanFile)
  /** Known, and there no longer. */
  | { readonly kind: 'gone'; readonly uri: string; readonly known: KnownOrigin };

export interface ScanOptions {
  /** The source's name, for messages. */
  readonly source: string;
  readonly root: string;
  /** What earlier runs saw, by file in the order of code points and then by number (`KnownOrigins.sorted`). */
  readonly known: AsyncIterable<readonly KnownOrigin[]>;
  readonly workers?: number;
  /** Files done. */
  readonly onProgress?: (done: number) => void;
  /** Milliseconds one file may take. */
  readonly patienceMs?: number;
}

/** Jobs in flight for each thread: enough to keep it busy while the consumer writes, few enough to bound memory. */
const JOBS_PER_WORKER = 24;
const MAX_WORKERS = 16;
const PATIENCE_MS = 60_000;

/**
 * Reads a tree of DICOM files into records, in the order of their uris whatever the threads do, and no
 * further ahead than the consumer. Besides Part 10 files it takes the DICOM JSON Model: `*.dicom.ndjson`
 * (uri `<file>#<line>`) and `*.dicom.json` (uri `<file>#<position>`), in the order inside the file. Every
 * other file is rejected as `not-dicom`. A damaged file, or one that kills or hangs its thread, is rejected
 * and costs no neighbour. What cannot be reached or read may still be there: nothing of it counts as gone.
 *
 * @throws ChiasmError `source-not-found` when the root is no readable directory, `not-built` when the compiled
 * thread is missing
 */
export async function* scanDicomTree(options: ScanOptions): AsyncGenerator<DicomScanItem> {
  const workers = Math.max(1, Math.min(options.workers ?? availableParallelism(), MAX_WORKERS));
  const pool = openDicomPool({ workers, silenceMs: options.patienceMs ?? PATIENCE_MS });
  const queue: Promise<ScanStep>[] = [];
  const steps = planSteps(options, pool);
  let done = 0;
  try {
    for (let isMore = true; isMore || queue.length > 0; ) {
      while (isMore && queue.length < workers * JOBS_PER_WORKER) {
        const step = await steps.next();
        if (step.done === true) isMore = false;
        else queue.push(step.value.outcome);
      }
      const step = await queue.shift();
      if (step === undefined) continue;
      yield* step.items;
      if (step.endsFile) options.onProgress?.(++done);
    }
  } finally {
    await steps.return(undefined);
    await pool.close();
  }
}

interface ScanStep {
  readonly items: readonly DicomScanItem[];
  readonly endsFile: boolean;
}

/** Wrapped, because an async generator would wait for a bare promise before giving it out. */
interface PendingStep {
  readonly outcome: Promise<ScanStep>;
}

async function* planSteps(options: ScanOptions, pool: DicomPool): AsyncGenerator<PendingStep> {
  const cursor = new KnownCursor(options.known);
  for await (const file of openFolder(options.source, options.root)) {
    for await (const gone of cursor.skipTo(file.uri)) yield settled(gone.map(describeGone), false);
    if (file.isUnreachable) {
      const [known] = await cursor.take(file.uri, 0);
      cursor.spare(file.uri);
      await cursor.pass(file.uri);
      yield settled([unreadable(file, known)]);
    } else if (file.uri.endsWith('.dicom.ndjson')) {
      yield* planLines(file, cursor, pool);
    } else {
      const known = await cursor.take(file.uri, Number.POSITIVE_INFINITY);
      if (known.length > 0 && known.every((origin) => isUnchanged(origin, file))) {
        yield settled(known.map((origin) => unchanged(file, origin)));
      } else {
        const kind = file.uri.endsWith('.dicom.json') ? 'array' : 'file';
        yield planJob({ kind, path: file.path, uri: file.uri, size: file.size }, file, known, pool);
      }
    }
  }
  for await (const gone of cursor.skipRest()) yield settled(gone.map(describeGone), false);
}

async function* planLines(file: TreeFile, cursor: KnownCursor, pool: DicomPool): AsyncGenerator<PendingStep> {
  const [whole] = await cursor.take(file.uri, 0);
  try {
    for await (const batch of readLineBatches(file.path)) {
      const known = await cursor.take(file.uri, batch.at(-1)?.number ?? 0);
      if (known.length === batch.length && known.every((origin) => isUnchanged(origin, file))) {
        yield settled(
          known.map((origin) => unchanged(file, origin)),
          false,
        );
      } else {
        yield planJob({ kind: 'lines', uri: file.uri, lines: batch }, file, known, pool, false);
      }
    }
  } catch {
    await cursor.pass(file.uri);
    yield settled([unreadable(file, whole)]);
    return;
  }
  const left = await cursor.take(file.uri, Number.POSITIVE_INFINITY);
  const gone = whole === undefined ? left : [whole, ...left];
  yield settled(gone.map(describeGone));
}

function planJob(
  job: DicomJob,
  file: TreeFile,
  known: readonly KnownOrigin[],
  pool: DicomPool,
  endsFile = true,
): PendingStep {
  const outcome = pool.read(job).then(async (outcomes) => {
    const found = outcomes ?? (await readSingly(job, pool));
    return { items: compare(found, file, known), endsFile };
  });
  // Awaited later, in its turn: until then a failure is nobody's.
  outcome.catch(() => {});
  return { outcome };
}

/** A thread died over this job: find the line that did it, so that its neighbours are not lost. */
async function readSingly(job: DicomJob, pool: DicomPool): Promise<readonly DicomOutcome[]> {
  if (job.kind !== 'lines') {
    const hashed = await pool.read({ kind: 'hash', path: job.path, uri: job.uri });
    return hashed ?? [{ kind: 'rejected', uri: job.uri, code: 'dicom-unreadable', sha256: '' }];
  }
  const [only] = job.lines;
  if (only !== undefined && job.lines.length === 1) {
    const sha256 = createHash('sha256').update(only.bytes).digest('hex');
    return [{ kind: 'rejected', uri: `${job.uri}#${only.number}`, code: 'dicom-unreadable', sha256 }];
  }
  const outcomes: DicomOutcome[] = [];
  for (const line of job.lines) {
    const single: DicomJob = { kind: 'lines', uri: job.uri, lines: [line] };
    outcomes.push(...((await pool.read(single)) ?? (await readSingly(single, pool))));
  }
  return outcomes;
}

/** What was found beside what is known of the same file; what is known and was not found is gone. */
function compare(
  found: readonly DicomOutcome[],
  file: TreeFile,
  known: readonly KnownOrigin[],
): readonly DicomScanItem[] {
  const left = new Map(known.map((origin) => [origin.path, origin]));
  const items = found.map((outcome): DicomScanItem => {
    const origin = left.get(outcome.uri);
    left.delete(outcome.uri);
    const place = { ...about(file), uri: outcome.uri, known: origin };
    if (isUnchanged(origin, file)) return { kind: 'unchanged', ...place };
    if (outcome.kind === 'record') {
      return { kind: 'record', ...place, line: outcome.line, facts: outcome.facts };
    }
    const code = outcome.sha256 === '' ? 'file-unreadable' : outcome.code;
    return { kind: 'rejected', ...place, code, sha256: outcome.sha256 };
  });
  const isReadable = found.every((outcome) => outcome.kind === 'record' || outcome.sha256 !== '');
  return isReadable ? [...items, ...[...left.values()].map(describeGone)] : items;
}

function unchanged(file: TreeFile, known: KnownOrigin): DicomScanItem {
  return { kind: 'unchanged', ...about(file), uri: known.path, known };
}

function describeGone(known: KnownOrigin): DicomScanItem {
  return { kind: 'gone', uri: known.path, known };
}

function unreadable(file: TreeFile, known: KnownOrigin | undefined): DicomScanItem {
  return { kind: 'rejected', ...about(file), known, code: 'file-unreadable', sha256: '' };
}

function about(file: TreeFile): Omit<ScanFile, 'known'> {
  return { uri: file.uri, size: file.size, mtimeMs: file.mtimeMs };
}

function settled(items: readonly DicomScanItem[], endsFile = true): PendingStep {
  return { outcome: Promise.resolve({ items, endsFile }) };
}
