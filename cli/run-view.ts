import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../base/error.ts';
import { sqlName, sqlString } from '../base/sql-text.ts';
import { parseViewDefinition } from '../etl/view/parse.ts';
import { planView, type ViewPlan } from '../etl/view/plan.ts';
import { printView } from '../etl/view/sql.ts';
import { openDuckDB } from '../etl/warehouse/duckdb.ts';
import type { ViewFormat } from './view-output.ts';

const COPY_OPTIONS: Readonly<Record<ViewFormat, string>> = {
  csv: 'format csv, header true',
  ndjson: 'format json',
  parquet: 'format parquet, compression zstd',
};

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

/** The SQL that a view becomes over some files. */
export async function explainView(file: string, files: readonly string[]): Promise<string> {
  return printView(await loadView(file), { kind: 'files', files, carry: [] });
}

/** Flattens files with a view, into a file or to stdout. */
export async function runView(
  file: string,
  files: readonly string[],
  format: ViewFormat,
  output: string | undefined,
): Promise<void> {
  const plan = await loadView(file);
  const sql = printView(plan, { kind: 'files', files, carry: [] });
  const instance = await openDuckDB();
  const connection = await instance.connect();
  try {
    if (output !== undefined) {
      await connection.run(`copy (${sql}) to ${sqlString(output)} (${COPY_OPTIONS[format]})`);
    } else if (format === 'parquet') {
      throw new ChiasmError('view-invalid', 'parquet is written to a file: say which with -o');
    } else {
      if (format === 'csv') process.stdout.write(`${plan.columns.map(({ name }) => name).join(',')}\n`);
      await streamLines(connection, `select ${lineSql(plan, format)} from (${sql}) r`);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** SQL for a row as one line of text. */
function lineSql(plan: ViewPlan, format: 'csv' | 'ndjson'): string {
  if (format === 'ndjson') return 'to_json(r)::varchar';
  const cells = plan.columns.map((column) => {
    const text = column.isCollection
      ? `to_json(r.${sqlName(column.name)})::varchar`
      : `r.${sqlName(column.name)}::varchar`;
    return `coalesce(if(regexp_matches(${text}, '[",\\r\\n]'), '"' || replace(${text}, '"', '""') || '"', ${text}), '')`;
  });
  return cells.join(" || ',' || ");
}

/** Writes rows as they come, no faster than they are taken. */
async function streamLines(connection: DuckDBConnection, sql: string): Promise<void> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    const text = chunk
      .getColumnValues(0)
      .map((line) => `${line}\n`)
      .join('');
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  }
}
