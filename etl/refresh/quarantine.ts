import { landedTableSql } from '../landing/landing-catalog.ts';
import type { LandingManifest } from '../landing/landing-format.ts';

/**
 * SQL for what is in quarantine now: columns source, run, origin_path, origin_sha256, code, line, byte_offset,
 * byte_length, element. A file that was read again, or is gone, takes its earlier rejections with it; so does a later
 * run that brought the record in good order, or its deletion.
 */
export function currentRejectionsSql(landing: string, runs: readonly LandingManifest[]): string {
  if (runs.length === 0) {
    return `select null::varchar as source, null::varchar as run, null::varchar as origin_path,
      null::varchar as origin_sha256, null::varchar as code, null::bigint as line, null::bigint as byte_offset,
      null::bigint as byte_length, null::varchar as element where false`;
  }
  const first = runs
    .filter((run) => run.rejected > 0)
    .map((run) => run.run)
    .sort()[0];
  const later = runs.filter((run) => first !== undefined && run.run > first);
  return `select r.source, r.run, r.origin_path, r.origin_sha256, r.code, r.line, r.byte_offset, r.byte_length,
      r.element
    from (${landedTableSql(landing, runs, 'rejected')}) r
    join (
      select source, path, max(run) as run from (${landedTableSql(landing, runs, 'origins')})
      where status <> 'touched' group by source, path
    ) o on o.source = r.source and o.path = r.origin_path and o.run = r.run
    ${later.length === 0 ? '' : withoutMended(landing, later)}`;
}

/** Leaves out what a later run landed. */
function withoutMended(landing: string, later: readonly LandingManifest[]): string {
  return `anti join (${landedTableSql(landing, later, 'index')}) l
    on l.source = r.source and l.type = r.type and l.id = r.id and l.run > r.run`;
}
