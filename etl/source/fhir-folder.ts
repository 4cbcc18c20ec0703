import type { OriginFile } from '../landing/landing-format.ts';
import { landDocument } from './fhir-document.ts';
import type { FhirInput } from './fhir-input.ts';
import { landLines } from './fhir-lines.ts';
import type { TreeFile } from './file-tree.ts';
import { openFolder } from './folder-walk.ts';
import { hashFile, UnreadableInput } from './input-stream.ts';
import { formatInstant } from './instant.ts';
import { isUnchanged, type KnownOrigin, type SourceRun } from './source-run.ts';

export interface FhirFolder {
  readonly name: string;
  readonly path: string;
  /** `bundles`: what Bundles delete. `anti-join`: also what is in no file any more, which the caller finds. */
  readonly deletes?: 'bundles' | 'anti-join' | undefined;
}

/** How a folder was found. */
export interface FolderReading {
  /** None of its files has a record, and none was refused. */
  readonly isEmpty: boolean;
  /** No file came, went or changed while it was read. Only looked at where what is missing is deleted. */
  readonly isSettled: boolean;
}

type FileKind = 'ndjson' | 'document' | 'ignored';

/**
 * Lands every new or changed file of a folder: NDJSON (also compressed, also as the parts of a directory named
 * like a file), single resources and Bundles. A file that is gone takes its rejections with it, its records stay here.
 */
export async function landFhirFolder(folder: FhirFolder, run: SourceRun): Promise<FolderReading> {
  const files: TreeFile[] = [];
  for await (const file of openFolder(folder.name, folder.path)) files.push(file);
  const known = await run.known.all();
  const total = files.reduce((sum, file) => sum + file.size, 0);
  let done = 0;
  let isEmpty = true;
  for (const file of files) {
    const before = known.get(file.uri);
    const origin = await landFile(file, before, run);
    if (origin !== undefined) run.landing.addOrigin(origin, before?.isRejected);
    if (holdsAnything(origin, before)) isEmpty = false;
    done += file.size;
    run.onProgress(done, total);
  }
  const isWhole = folder.deletes === 'anti-join';
  for (const { path, isRejected } of vanished(files, known, isWhole)) {
    const nothing = { size: 0, mtimeMs: 0, sha256: '', records: 0, rejected: 0 };
    run.landing.addOrigin({ path, ...nothing, status: 'removed' }, isRejected);
  }
  return { isEmpty, isSettled: !isWhole || (await hasSettled(folder, files)) };
}

async function landFile(
  file: TreeFile,
  known: KnownOrigin | undefined,
  run: SourceRun,
): Promise<OriginFile | undefined> {
  const described = { path: file.uri, size: file.size, mtimeMs: file.mtimeMs };
  if (file.isUnreachable) return landUnreadable(file, known, run);
  if (kindOf(file.uri) === 'ignored') {
    const isKnown = known?.size === file.size && known.mtimeMs === file.mtimeMs;
    return isKnown ? undefined : { ...described, sha256: '', status: 'ignored', records: 0, rejected: 0 };
  }
  if (isUnchanged(known, file)) return undefined;
  try {
    const sha256 = await hashFile(file.path);
    if (known?.sha256 === sha256) return { ...described, sha256, status: 'touched', records: 0, rejected: 0 };
    return { ...described, sha256, status: 'read', ...(await landContent(file, sha256, run)) };
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    return landUnreadable(file, known, run);
  }
}

function landContent(
  file: TreeFile,
  sha256: string,
  run: SourceRun,
): Promise<Pick<OriginFile, 'records' | 'rejected'>> {
  const input: FhirInput = {
    landing: run.landing,
    origin: { path: file.uri, sha256 },
    absolutePath: file.path,
    orderTime: formatInstant(file.mtimeMs),
  };
  return kindOf(file.uri) === 'ndjson' ? landLines(input) : landDocument(input);
}

/** What is still as unreadable as the last time is no news. */
async function landUnreadable(
  file: TreeFile,
  known: KnownOrigin | undefined,
  run: SourceRun,
): Promise<OriginFile | undefined> {
  const origin = { path: file.uri, size: file.size, mtimeMs: file.mtimeMs, sha256: '' };
  if (known?.isRejected === true && known.sha256 === '') {
    const isSame = known.size === file.size && known.mtimeMs === file.mtimeMs;
    return isSame ? undefined : { ...origin, status: 'touched', records: 0, rejected: 0 };
  }
  const rejection = { code: 'file-unreadable', line: 0, offset: 0, length: 0, element: undefined } as const;
  await run.landing.reject(rejection, origin, undefined);
  return { ...origin, status: 'read', records: 0, rejected: 1 };
}

function holdsAnything(origin: OriginFile | undefined, known: KnownOrigin | undefined): boolean {
  if (origin === undefined || origin.status === 'touched') {
    return known?.holdsRecord === true || known?.isRejected === true;
  }
  return origin.records + origin.rejected > 0;
}

/** Is everything as it was when the folder was listed? Then nobody was writing it meanwhile. */
async function hasSettled(folder: FhirFolder, files: readonly TreeFile[]): Promise<boolean> {
  let index = 0;
  for await (const { uri, size, mtimeMs } of openFolder(folder.name, folder.path)) {
    const before = files[index++];
    if (before?.uri !== uri || before.size !== size || before.mtimeMs !== mtimeMs) return false;
  }
  return index === files.length;
}

/**
 * Files with rejections that are there no longer; `all`: also those without. Below a place that cannot be reached nobody
 * knows.
 */
function vanished(
  files: readonly TreeFile[],
  known: ReadonlyMap<string, KnownOrigin>,
  all: boolean,
): readonly KnownOrigin[] {
  const present = new Set(files.map((file) => file.uri));
  const unreachable = files
    .filter((file) => file.isUnreachable)
    .map(({ uri }) => (uri.endsWith('/') ? uri : `${uri}/`));
  return [...known.values()]
    .filter(({ path, isRejected }) => (all || isRejected) && !present.has(path))
    .filter(({ path }) => !unreachable.some((prefix) => path.startsWith(prefix)));
}

function kindOf(path: string): FileKind {
  const segments = path.toLowerCase().split('/');
  const name = (segments.pop() ?? '').replace(/\.(gz|zst)$/, '');
  if (/\.(ndjson|jsonl)$/.test(name)) return 'ndjson';
  if (name.endsWith('.json')) return 'document';
  const isPart = segments.some((segment) => /\.(ndjson|jsonl)$/.test(segment)) && !name.startsWith('_');
  return isPart ? 'ndjson' : 'ignored';
}
