import { sqlString } from '../../base/sql-text.ts';
import type { RunRecord } from './run-record.ts';

/**
 * The runs as a SELECT, for `staging.run`. Only what a run brought in all: which type of which source changed in which
 * night stays in the log, because a single rare record would show its date.
 */
export function runTableSql(log: readonly RunRecord[]): string {
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
