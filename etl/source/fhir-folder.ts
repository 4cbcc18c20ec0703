import { join } from 'node:path';
import type { OriginFile } from '../landing/landing-format.ts';
import { landDocument } from './fhir-document.ts';
import { type FhirInput, landLines } from './fhir-lines.ts';
import { type FoundFile, walkFolder } from './folder-walk.ts';
import { hashFile } from './input-stream.ts';
import { formatInstant } from './instant.ts';
import type { SourceRun } from './source-run.ts';

export interface FhirFolder {
  readonly name: string;
  readonly path: string;
}

type FileKind = 'ndjson' | 'document' | 'ignored';

/**
 * Lands every new or changed file of a folder: NDJSON (also compressed, also as the parts of a directory named
 * like a file), single resources and Bundles.
 */
export async function landFhirFolder(folder: FhirFolder, run: SourceRun): Promise<void> {
  const files = await walkFolder(folder.name, folder.path);
  const total = files.reduce((sum, file) => sum + file.size, 0);
  let done = 0;
  for (const file of files) {
    const origin = await landFile(folder, file, run);
    if (origin !== undefined) run.landing.addOrigin(origin);
    done += file.size;
    run.onProgress(done, total);
  }
}

async function landFile(
  folder: FhirFolder,
  file: FoundFile,
  run: SourceRun,
): Promise<OriginFile | undefined> {
  const known = run.known.get(file.path);
  if (known !== undefined && known.size === file.size && known.mtimeMs === file.mtimeMs) return undefined;
  const absolutePath = join(folder.path, file.path);
  const sha256 = await hashFile(absolutePath);
  const described = { path: file.path, size: file.size, mtimeMs: file.mtimeMs, sha256 };
  if (known?.sha256 === sha256) return { ...described, status: 'touched', records: 0, rejected: 0 };
  const kind = kindOf(file.path);
  if (kind === 'ignored') return { ...described, status: 'ignored', records: 0, rejected: 0 };
  const input: FhirInput = {
    landing: run.landing,
    origin: { path: file.path, sha256 },
    absolutePath,
    orderTime: formatInstant(file.mtimeMs),
  };
  const counts = kind === 'ndjson' ? await landLines(input) : await landDocument(input);
  return { ...described, status: 'read', ...counts };
}

function kindOf(path: string): FileKind {
  const segments = path.toLowerCase().split('/');
  const name = (segments.pop() ?? '').replace(/\.(gz|zst)$/, '');
  if (/\.(ndjson|jsonl)$/.test(name)) return 'ndjson';
  if (name.endsWith('.json')) return 'document';
  const isPart = segments.some((segment) => /\.(ndjson|jsonl)$/.test(segment)) && !name.startsWith('_');
  return isPart ? 'ndjson' : 'ignored';
}
