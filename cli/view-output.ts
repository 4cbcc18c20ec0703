import { createReadStream } from 'node:fs';
import { copyFile, rename, unlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sqlName, sqlString } from '../base/sql-text.ts';
import type { ViewPlan } from '../etl/view/plan.ts';

/** What `chiasm view run` can write. */
export const VIEW_FORMATS = ['csv', 'ndjson', 'parquet', 'arrow'] as const;
export type ViewFormat = (typeof VIEW_FORMATS)[number];

/** Small row groups: they cost nothing and bound the memory of the writer. */
const PARQUET = 'format parquet, compression zstd, row_group_size 30000';

const COPY_OPTIONS: Readonly<Record<ViewFormat, string>> = {
  csv: 'format csv, header true',
  ndjson: 'format json',
  parquet: PARQUET,
  // Kept as Parquet until it is known to be whole.
  arrow: PARQUET,
};

/** The COPY of a view's rows into a file. */
export function printCopy(plan: ViewPlan, rows: string, format: ViewFormat, path: string): string {
  return `copy (select ${plan.columns.map((column) => cellOf(column, format)).join(', ')} from (${rows}) as v) to ${sqlString(path)} (${COPY_OPTIONS[format]})`;
}

function cellOf(column: ViewPlan['columns'][number], format: ViewFormat): string {
  const name = sqlName(column.name);
  // A cell of CSV holds a list as JSON; Parquet and Arrow know no integers of 128 bits: they get the digits.
  if (format === 'csv' && column.isCollection) return `to_json(v.${name})::varchar as ${name}`;
  const isBinary = format === 'parquet' || format === 'arrow';
  if (isBinary && column.sqlType === 'HUGEINT') {
    return `v.${name}::varchar${column.isCollection ? '[]' : ''} as ${name}`;
  }
  return `v.${name}`;
}

/** Writes to stdout; a reader that has seen enough (`head`) is no error. */
export async function toStdout(bytes: Readable): Promise<void> {
  try {
    await pipeline(bytes, process.stdout, { end: false });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
  }
}

/** A finished file becomes the output at once, or goes to stdout as fast as that takes it. */
export async function deliver(path: string, output: string | undefined): Promise<void> {
  if (output === undefined) {
    await toStdout(createReadStream(path, { highWaterMark: 1024 * 1024 }));
    return;
  }
  try {
    await rename(path, output);
  } catch {
    // Another file system, or something that is no plain file.
    await copyFile(path, output);
    await unlink(path);
  }
}
