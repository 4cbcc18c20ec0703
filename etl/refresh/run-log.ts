import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isMissing } from '../../base/files.ts';
import { sqlString } from '../../base/sql-text.ts';

const runRecord = z.object({
  runId: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  status: z.enum(['published', 'unchanged', 'held', 'failed']),
  snapshot: z.number().nullable(),
  recordsNew: z.number(),
  recordsChanged: z.number(),
  recordsDeleted: z.number(),
  recordsQuarantined: z.number(),
  errorCode: z.string().nullable(),
});

/** One refresh, as `state/runs.ndjson` keeps it. */
export type RunRecord = Readonly<z.infer<typeof runRecord>>;

export async function readRunLog(state: string): Promise<readonly RunRecord[]> {
  try {
    const text = await readFile(join(state, 'runs.ndjson'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .flatMap((line) => parseLine(line));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Appends durably. Begins with a line break: what a crash left of the line before cannot swallow this one. */
export async function appendRunLog(state: string, record: RunRecord): Promise<void> {
  await mkdir(state, { recursive: true, mode: 0o700 });
  const file = await open(join(state, 'runs.ndjson'), 'a', 0o600);
  try {
    await file.appendFile(`\n${JSON.stringify(record)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * The id of a run that starts now: its time, or the next millisecond after the last one where the clock was set back.
 * Later runs sort later.
 */
export function nextRunId(now: Date, earlier: readonly string[]): string {
  const last = Math.max(...earlier.map(runTime).filter((time) => !Number.isNaN(time)), 0);
  return new Date(Math.max(now.getTime(), last + 1)).toISOString().replace(/[-:.]/g, '');
}

/** Milliseconds since 1970; NaN where it is no id of a run. */
export function runTime(id: string): number {
  return Date.parse(id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/, '$1-$2-$3T$4:$5:$6.$7Z'));
}

/** A line that a crash cut short is no record. */
function parseLine(line: string): readonly RunRecord[] {
  try {
    const parsed = runRecord.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}

/** The log as a SELECT, for `staging.run`. */
export function logTableSql(log: readonly RunRecord[]): string {
  const columns = `run_id::varchar as run_id, started_at::timestamptz as started_at,
    finished_at::timestamptz as finished_at, status::varchar as status, snapshot::integer as snapshot,
    records_new::bigint as records_new, records_changed::bigint as records_changed,
    records_deleted::bigint as records_deleted, records_quarantined::bigint as records_quarantined`;
  const rows = log.map((run) => {
    const values = [
      run.runId,
      run.startedAt,
      run.finishedAt,
      run.status,
      run.snapshot,
      run.recordsNew,
      run.recordsChanged,
      run.recordsDeleted,
      run.recordsQuarantined,
    ].map((value) => (typeof value === 'string' ? sqlString(value) : String(value ?? 'null')));
    return `(${values.join(', ')})`;
  });
  const empty = `(${Array.from({ length: 9 }, () => 'null').join(', ')})`;
  return `select ${columns}
    from (values ${rows.length === 0 ? empty : rows.join(', ')}) t (run_id, started_at, finished_at, status, snapshot,
      records_new, records_changed, records_deleted, records_quarantined)
    ${rows.length === 0 ? 'where false' : ''}`;
}
