import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ChiasmError } from '../../base/error.ts';
import type { LandingManifest } from './landing-format.ts';

/** sha256 of a file of landing. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

/**
 * Are the files of a run all there, each with the size that was written? Cheap: looks at no content.
 *
 * @throws ChiasmError `landing-damaged`
 */
export function checkRunSizes(landing: string, run: LandingManifest): void {
  for (const [name, { size }] of filesOf(run)) {
    if (sizeOf(join(landing, run.source, run.run, name)) !== size) throw damaged(run.source, run.run, name);
  }
}

function sizeOf(path: string): number | undefined {
  try {
    return statSync(path).size;
  } catch {
    return undefined;
  }
}

/**
 * Does every file of a run hold what was written?
 *
 * @throws ChiasmError `landing-damaged`
 */
export async function checkRunContent(landing: string, run: LandingManifest): Promise<void> {
  for (const [name, { sha256 }] of filesOf(run)) {
    const found = await hashFile(join(landing, run.source, run.run, name)).catch(() => undefined);
    if (found !== sha256) throw damaged(run.source, run.run, name);
  }
}

/** A run of which `file` is missing or another than was written. */
export function damaged(source: string, run: string, file: string, cause?: unknown): ChiasmError {
  return new ChiasmError(
    'landing-damaged',
    `source ${source}: in landing run ${run} the file ${file} is missing or damaged; restore the run's directory ` +
      'from a backup, or delete it and refresh with --full',
    { params: { source, run, file }, ...(cause === undefined ? {} : { cause }) },
  );
}

function filesOf(
  run: LandingManifest,
): readonly (readonly [string, { readonly size: number; readonly sha256: string }])[] {
  return [...Object.entries(run.tables), ...run.files.map((file) => [file.name, file] as const)];
}
