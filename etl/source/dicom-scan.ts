import { availableParallelism } from 'node:os';
import { ChiasmError } from '../../base/error.ts';
import type { DicomFacts } from './dicom-facts.ts';
import type { DicomRejection } from './dicom-header.ts';
import type { DicomJob, DicomOutcome } from './dicom-job.ts';
import { readLineBatches } from './dicom-lines.ts';
import { type DicomPool, openDicomPool } from './dicom-pool.ts';
import { type TreeFile, walkTree } from './dicom-tree.ts';

export type { DicomFacts } from './dicom-facts.ts';
export type { DicomRejection } from './dicom-header.ts';

/** Size and time are those of the file, also for a line or a member of it. */
interface ScanFile {
  readonly uri: string;
  readonly size: number;
  readonly mtimeMs: number;
}

export type DicomScanItem =
  | ({ readonly kind: 'record'; readonly line: string; readonly facts: DicomFacts } & ScanFile)
  /** `sha256` of the file, line or member; empty where it could not be read. */
  | ({ readonly kind: 'rejected'; readonly code: DicomRejection; readonly sha256: string } & ScanFile)
  | ({ readonly kind: 'unchanged' } & ScanFile);

export interface ScanOptions {
  readonly root: string;
  /** What the last run saw under a uri; equal size and time mean unchanged. */
  readonly known: (uri: string) => { readonly size: number; readonly mtimeMs: number } | undefined;
  readonly workers?: number;
  /** Files done, and files in the tree as counted before. */
  readonly onProgress?: (done: number, total: number) => void;
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
 * and costs no neighbour.
 *
 * @throws ChiasmError `source-not-found` when the root is no readable directory, `not-built` when the compiled
 * thread is missing
 */
export async function* scanDicomTree(options: ScanOptions): AsyncGenerator<DicomScanItem> {
  const total = options.onProgress === undefined ? 0 : await countFiles(options.root);
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
      if (step.endsFile) {
        done += 1;
        options.onProgress?.(done, Math.max(done, total));
      }
    }
  } finally {
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
  for await (const file of openTree(options.root)) {
    if (file.isUnreachable) {
      yield settled([{ kind: 'rejected', ...about(file), code: 'dicom-unreadable', sha256: '' }]);
    } else if (isKnown(file.uri, file, options)) {
      yield settled([{ kind: 'unchanged', ...about(file) }]);
    } else if (file.uri.endsWith('.dicom.ndjson')) {
      yield* planLines(file, options, pool);
    } else {
      const kind = file.uri.endsWith('.dicom.json') ? 'array' : 'file';
      yield planJob({ kind, ...placeOf(file) }, file, options, pool);
    }
  }
}

async function* planLines(
  file: TreeFile,
  options: ScanOptions,
  pool: DicomPool,
): AsyncGenerator<PendingStep> {
  try {
    for await (const batch of readLineBatches(file.path)) {
      const isSame = batch.every(({ number }) => isKnown(`${file.uri}#${number}`, file, options));
      if (isSame) {
        const items = batch.map(({ number }) => ({
          kind: 'unchanged' as const,
          ...about(file),
          uri: `${file.uri}#${number}`,
        }));
        yield settled(items, false);
      } else {
        yield planJob({ kind: 'lines', uri: file.uri, lines: batch }, file, options, pool, false);
      }
    }
    yield settled([]);
  } catch {
    yield settled([{ kind: 'rejected', ...about(file), code: 'dicom-unreadable', sha256: '' }]);
  }
}

function planJob(
  job: DicomJob,
  file: TreeFile,
  options: ScanOptions,
  pool: DicomPool,
  endsFile = true,
): PendingStep {
  const outcome = pool.read(job).then(async (outcomes) => {
    const found = outcomes ?? (await readSingly(job, pool));
    return { items: found.map((one) => describe(one, file, options)), endsFile };
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
    return [{ kind: 'rejected', uri: `${job.uri}#${only.number}`, code: 'dicom-unreadable', sha256: '' }];
  }
  const outcomes: DicomOutcome[] = [];
  for (const line of job.lines) {
    const single: DicomJob = { kind: 'lines', uri: job.uri, lines: [line] };
    outcomes.push(...((await pool.read(single)) ?? (await readSingly(single, pool))));
  }
  return outcomes;
}

function describe(outcome: DicomOutcome, file: TreeFile, options: ScanOptions): DicomScanItem {
  const place = { ...about(file), uri: outcome.uri };
  if (outcome.uri !== file.uri && isKnown(outcome.uri, file, options)) return { kind: 'unchanged', ...place };
  return outcome.kind === 'record'
    ? { kind: 'record', ...place, line: outcome.line, facts: outcome.facts }
    : { kind: 'rejected', ...place, code: outcome.code, sha256: outcome.sha256 };
}

function isKnown(uri: string, file: TreeFile, options: ScanOptions): boolean {
  const known = options.known(uri);
  return known !== undefined && known.size === file.size && known.mtimeMs === file.mtimeMs;
}

function about(file: TreeFile): ScanFile {
  return { uri: file.uri, size: file.size, mtimeMs: file.mtimeMs };
}

function placeOf(file: TreeFile): { readonly path: string; readonly uri: string; readonly size: number } {
  return { path: file.path, uri: file.uri, size: file.size };
}

function settled(items: readonly DicomScanItem[], endsFile = true): PendingStep {
  return { outcome: Promise.resolve({ items, endsFile }) };
}

async function countFiles(root: string): Promise<number> {
  let count = 0;
  for await (const _ of openTree(root)) count += 1;
  return count;
}

async function* openTree(root: string): AsyncGenerator<TreeFile> {
  const tree = walkTree(root);
  let first: IteratorResult<TreeFile>;
  try {
    first = await tree.next();
  } catch (cause) {
    throw new ChiasmError('source-not-found', 'the DICOM folder cannot be read', { params: { root }, cause });
  }
  for (let next = first; next.done !== true; next = await tree.next()) yield next.value;
}
