import { landedTableSql } from '../landing/landing-catalog.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import { originsSql } from '../landing/origin-fold.ts';

/**
 * SQL for what is in quarantine now: columns source, run, origin_path, origin_sha256, code, line, byte_offset,
 * byte_length, element. A file that was read again, or is gone, takes its earlier rejections with it; so does a later
 * run that brought the record in good order, or its deletion. `folds`: the directory of origin folds.
 */
export function currentRejectionsSql(
  landing: string,
  folds: string,
  runs: readonly LandingManifest[],
): string {
  const rejecting = runs.filter((run) => run.rejected > 0);
  if (rejecting.length === 0) {
    return `select null::varchar as source, null::varchar as run, null::varchar as origin_path,
      null::varchar as origin_sha256, null::varchar as code, null::bigint as line, null::bigint as byte_offset,
      null::bigint as byte_length, null::varchar as element where false`;
  }
  const first = new Map<string, string>();
  for (const { source, run } of rejecting) {
    const known = first.get(source);
    if (known === undefined || run < known) first.set(source, run);
  }
  const later = runs.filter((run) => run.records > 0 && run.run > (first.get(run.source) ?? run.run));
  return `select r.source, r.run, r.origin_path, r.origin_sha256, r.code, r.line, r.byte_offset, r.byte_length,
      r.element
    from (${landedTableSql(landing, rejecting, 'rejected')}) r
    join (
      select source, path, max(run) as run from (${originsSql(landing, folds, runs)})
      where status <> 'touched' group by source, path
    ) o on o.source = r.source and o.path = r.origin_path and o.run = r.run
    ${later.length === 0 ? '' : withoutMended(landing, later)}`;
}

/** Leaves out what a later run landed. */
function withoutMended(landing: string, later: readonly LandingManifest[]): string {
  return `anti join (${landedTableSql(landing, later, 'index')}) l
    on l.source = r.source and l.type = r.type and l.id = r.id and l.run > r.run`;
}
