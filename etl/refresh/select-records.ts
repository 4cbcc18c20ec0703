import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlString } from '../../base/sql-text.ts';
import { landedTableSql } from '../landing/landing-catalog.ts';
import type { LandingManifest } from '../landing/landing-format.ts';

/**
 * Makes the tables that the rest of the run stands on, out of everything that has ever landed:
 *
 * - `record`: the newest version of each record (source, type, id) that its source has not deleted. Newest by
 *   `meta.lastUpdated`, else by the file's time; ties go to the later run; a SUBSETTED resource never replaces a
 *   whole one. Of several DICOM files with one SOPInstanceUID the first by source and path counts.
 * - `shadowed`: the DICOM records that lost to another file
 * - `fact`: the identity facts of those records
 * - `alias`: what the names in Bundles mean (source, raw, target)
 */
export async function selectRecords(
  connection: DuckDBConnection,
  landing: string,
  runs: readonly LandingManifest[],
): Promise<void> {
  const place = sqlString(landing);
  await connection.run(`
    create or replace temp table record as
    select source, run, type, id, file, ${place} || '/' || source || '/' || run || '/' || file as path,
      content_hash, is_own, subject_kind, subject_system, subject_value, origin_path
    from (${landedTableSql(landing, runs, 'index')})
    qualify row_number() over (
      partition by source, type, id order by is_subsetted, order_time desc, run desc, ordinal desc
    ) = 1 and not is_deleted;
    create or replace temp table fact as
    select f.source, f.type, f.id, f.kind, f.system, f.value
    from (${landedTableSql(landing, runs, 'facts')}) f
    join record r using (source, run, file, type, id);
    create or replace temp table shadowed as
    select r.source, r.type, r.id, r.origin_path
    from record r
    join fact f on f.source = r.source and f.type = r.type and f.id = r.id and f.kind = 'sop-instance-uid'
    qualify row_number() over (partition by f.value order by r.source, r.origin_path) > 1;
    delete from record where type = 'DicomInstance' and (source, id) in (select (source, id) from shadowed);
    delete from fact where type = 'DicomInstance' and (source, id) in (select (source, id) from shadowed)`);
  await loadAliases(connection, runs);
}

async function loadAliases(connection: DuckDBConnection, runs: readonly LandingManifest[]): Promise<void> {
  await connection.run('create or replace temp table alias (source varchar, raw varchar, target varchar)');
  const appender = await connection.createAppender('alias', null, 'temp');
  for (const run of runs) {
    for (const [raw, target] of Object.entries(run.aliases)) {
      appender.appendVarchar(run.source);
      appender.appendVarchar(raw);
      appender.appendVarchar(target);
      appender.endRow();
    }
  }
  appender.closeSync();
}
