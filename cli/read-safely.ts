import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../base/error.ts';
import { sqlString } from '../base/sql-text.ts';
import { type RefusedLine, siftLines } from '../etl/source/sift-lines.ts';
import { mayHoldTrailingComma } from '../etl/source/trailing-comma.ts';
import { findMisfit } from '../etl/view/fit-shape.ts';
import type { ViewPlan } from '../etl/view/plan.ts';
import { printCheckOnly, type Scan } from '../etl/view/sql.ts';
import { isCheckable, SUSPECT } from '../etl/view/sql-check.ts';
import { exactNames } from '../etl/view/sql-exact.ts';
import { queryCount } from '../etl/warehouse/duckdb.ts';

/** A line that was left out, and of which of the files (from 0). */
export interface Refusal extends RefusedLine {
  readonly file: number;
}

export interface SafeReading {
  readonly plan: ViewPlan;
  readonly files: readonly string[];
  readonly connection: DuckDBConnection;
  /** For the copies of files that hold bad lines. */
  readonly directory: string;
  readonly onRefused: (refusal: Refusal) => void | Promise<void>;
}

/**
 * Runs `use` over files that nobody has looked at. Most files are good, so they are first read as if they were, by
 * a query that stops where DuckDB would convert or skip something; only the files where it stops are sifted line by
 * line, and `use` runs again, from its beginning, over the good lines.
 */
export async function readSafely(reading: SafeReading, use: (scan: Scan) => Promise<void>): Promise<void> {
  const { plan, files } = reading;
  if (!isCheckable(plan)) {
    const sifted = await siftFiles(
      reading,
      files.map((_, index) => index),
    );
    await runOver(plan, () => use({ kind: 'files', files: sifted, carry: [] }));
    return;
  }
  const held = new Set<string>();
  if (await isClean(reading, files, held, use)) return;
  const unclean: number[] = [];
  for (const [index, file] of files.entries()) {
    if (files.length === 1 || !(await isClean(reading, [file], held, undefined))) unclean.push(index);
  }
  const sifted = await siftFiles(reading, unclean);
  await runOver(plan, async () => {
    if (!(await isClean(reading, sifted, held, use, false))) {
      throw new ChiasmError('view-failed', `view ${plan.name}: its input could not be read`);
    }
  });
}

/**
 * Whether the files could be read as they are. `held` gains the elements whose strings look like numbers: the query
 * then begins again and looks at their quotes.
 */
async function isClean(
  reading: SafeReading,
  files: readonly string[],
  held: Set<string>,
  use: ((scan: Scan) => Promise<void>) | undefined,
  looksForCommas = true,
): Promise<boolean> {
  const { plan, connection } = reading;
  const needsOwnCheck = use === undefined || exactNames(plan).length > 0;
  const hasComma = looksForCommas ? holdsTrailingComma(reading, files) : Promise.resolve(false);
  let isGood = false;
  for (;;) {
    try {
      if (needsOwnCheck) await connection.run(printCheckOnly(plan, files, held));
      await use?.({ kind: 'files', files, carry: [], check: held });
      isGood = true;
      break;
    } catch (error) {
      rethrowOwn(plan, error);
      const suspect = suspectOf(error);
      if (suspect === undefined || held.has(suspect)) break;
      held.add(suspect);
    }
  }
  return !(await hasComma) && isGood;
}

async function holdsTrailingComma(reading: SafeReading, files: readonly string[]): Promise<boolean> {
  const packed = files.filter(isCompressed);
  for (const file of files) if (!isCompressed(file) && (await mayHoldTrailingComma(file))) return true;
  if (packed.length === 0) return false;
  const sql = `select count(*) from (select 1 from read_json_objects([${packed.map(sqlString).join(', ')}], format = 'newline_delimited') where regexp_matches(json, ',\\s*[}\\]]') limit 1)`;
  try {
    return (await queryCount(reading.connection, sql)) > 0;
  } catch {
    return true;
  }
}

function isCompressed(file: string): boolean {
  return /\.(gz|zst)$/.test(file);
}

/** The files, those of the given indexes replaced by copies of their good lines. */
async function siftFiles(reading: SafeReading, indexes: readonly number[]): Promise<readonly string[]> {
  const { plan } = reading;
  const files = [...reading.files];
  for (const index of indexes) {
    const path = files[index];
    if (path === undefined) continue;
    const target = join(reading.directory, `good.${index}.ndjson`);
    const copied = await siftLines(path, target, {
      resourceType: plan.resource,
      findMisfit: (record) => findMisfit(record, plan.shape),
      onRefused: (line) => reading.onRefused({ ...line, file: index }),
    });
    files[index] = copied === 0 ? '' : target;
  }
  return files.filter((file) => file !== '');
}

function suspectOf(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : '';
  const start = message.indexOf(SUSPECT);
  return start < 0 ? undefined : /^[\w.]+/.exec(message.slice(start + SUSPECT.length))?.[0];
}

async function runOver(plan: ViewPlan, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    rethrowOwn(plan, error);
    if (error instanceof ChiasmError) throw error;
    throw failure(plan, /^[A-Za-z ]+ Error/.exec(messageOf(error))?.[0] ?? 'internal error', error);
  }
}

/** What the view itself objects to is no fault of a line. DuckDB's messages quote input, so none is passed on. */
function rethrowOwn(plan: ViewPlan, error: unknown): void {
  const own = /view \w+, [\w ]+: more than one value[a-z ]*/.exec(messageOf(error))?.[0];
  if (own !== undefined) throw failure(plan, own, error);
  if (/^(IO|Out of Memory|Binder|Parser|Catalog|INTERNAL) Error/.test(messageOf(error))) throw error;
}

function failure(plan: ViewPlan, reason: string, cause: unknown): ChiasmError {
  return new ChiasmError('view-failed', `view ${plan.name} could not be run: ${reason}`, {
    params: { view: plan.name },
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
