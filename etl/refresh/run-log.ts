import { appendFile, mkdir, readFile } from 'node:fs/promises';
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

export async function appendRunLog(state: string, record: RunRecord): Promise<void> {
  await mkdir(state, { recursive: true, mode: 0o700 });
  await appendFile(join(state, 'runs.ndjson'), `${JSON.stringify(record)}\n`, { mode: 0o600 });
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
  const types = `::varchar as run_id, %::timestamptz as started_at, %::timestamptz as finished_at,
    %::varchar as status, %::integer as snapshot, %::bigint as records_new, %::bigint as records_changed,
    %::bigint as records_deleted, %::bigint as records_quarantined`;
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
    return `select ${values[0]}${values.slice(1).reduce((text, value) => text.replace('%', value), types)}`;
  });
  const empty = `select null${types.replaceAll('%', 'null')} where false`;
  return [empty, ...rows].join(' union all ');
}
