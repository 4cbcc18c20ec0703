import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChiasmError } from '../base/error.ts';
import { describePlan } from '../etl/view/describe-plan.ts';
import { parseViewDefinition } from '../etl/view/parse.ts';
import { planView, type ViewPlan } from '../etl/view/plan.ts';
import { printView } from '../etl/view/sql.ts';
import { openDuckDB } from '../etl/warehouse/duckdb.ts';
import { readSafely } from './read-safely.ts';
import { createRefusals } from './refused-lines.ts';
import { writeArrow } from './view-arrow.ts';
import { resolveInputs } from './view-inputs.ts';
import { deliver, printCopy, type ViewFormat } from './view-output.ts';

/** Rows of inputs up to this size come in the order of the input. */
const ORDERED_BYTES = 64 * 1024 * 1024;

export interface RunFlags {
  readonly format: ViewFormat;
  /** A file; stdout where it is absent. */
  readonly output?: string;
  /** Where each line that is left out gets a line of JSON. */
  readonly quarantine?: string;
}

/** Reads, checks and plans a ViewDefinition. Throws `view-invalid`. */
export async function loadView(file: string): Promise<ViewPlan> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new ChiasmError('view-invalid', `${file} is no JSON file that can be read`, {
      params: { file },
      cause,
    });
  }
  return planView(parseViewDefinition(json, file));
}

/** The plan of a view as a tree, and the SQL that it becomes over some files. */
export async function explainView(file: string, files: readonly string[]): Promise<string> {
  const plan = await loadView(file);
  return `${describePlan(plan)}\n\n${printView(plan, { kind: 'files', files, carry: [], check: new Set() })}`;
}

/**
 * Flattens files with a view, into a file or to stdout, which get either all rows or none. Lines that are no
 * records, or do not fit what the view reads, are left out and reported on stderr; returns how many.
 */
export async function runView(file: string, inputs: readonly string[], flags: RunFlags): Promise<number> {
  const plan = await loadView(file);
  const directory = await mkdtemp(join(tmpdir(), 'chiasm-view-'));
  const instance = await openDuckDB({ temporaryDirectory: join(directory, 'spill') });
  const connection = await instance.connect();
  try {
    await connection.run("set timezone = 'UTC'");
    const files = await resolveInputs(inputs, directory, connection);
    // Order costs memory that grows with the input: 408 MB for 600 MB, 1145 MB for 6 GB.
    await connection.run(`set preserve_insertion_order = ${(await bytesOf(files)) <= ORDERED_BYTES}`);
    const refusals = await createRefusals(files, flags.quarantine);
    const spool = join(directory, 'rows');
    await readSafely({ plan, files, connection, directory, onRefused: refusals.add }, async (scan) => {
      await connection.run(printCopy(plan, printView(plan, scan), flags.format, spool));
    });
    if (flags.format === 'arrow') await writeArrow(connection, spool, flags.output);
    else await deliver(spool, flags.output);
    await refusals.end();
    return refusals.count();
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(directory, { recursive: true, force: true });
  }
}

async function bytesOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
