import { join } from 'node:path';
import { sqlString, sqlStringList } from '../../base/sql-text.ts';
import { landedTableSql } from '../landing/landing-catalog.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import { currentSnapshotNumber } from '../warehouse/current.ts';
import { readManifest } from '../warehouse/snapshot-manifest.ts';
import { recordTable, withPrivateTables } from './published.ts';
import { NEWEST } from './record-state.ts';
import type { DataDirectories } from './refresh-options.ts';

const COLUMNS = 'type, id, run, ordinal, order_time, is_subsetted, is_deleted, origin_path';

/**
 * SQL for versions of a source's records (type, id, run, ordinal, order_time, is_subsetted, is_deleted, origin_path), among
 * them the newest of each: what is published and what waits in landing. Undefined where nothing has landed. `runs`: all of
 * the source.
 */
export async function versionsSql(
  directories: DataDirectories,
  source: string,
  runs: readonly LandingManifest[],
): Promise<string | undefined> {
  const number = await currentSnapshotNumber(directories.warehouse);
  const manifest =
    number === undefined ? undefined : withPrivateTables(await readManifest(directories.warehouse, number));
  const files = (recordTable(manifest)?.files ?? []).map((file) => join(directories.private, file.path));
  const published = new Set(files.length === 0 ? [] : manifest?.runs);
  const waiting = runs.filter((run) => run.records > 0 && !published.has(`${source}/${run.run}`));
  const parts = [
    ...(files.length === 0 ? [] : [`read_parquet(${sqlStringList(files)})`]),
    ...(waiting.length === 0 ? [] : [`(${landedTableSql(directories.landing, waiting, 'index')})`]),
  ].map((rows) => `select ${COLUMNS} from ${rows} where source = ${sqlString(source)}`);
  return parts.length === 0 ? undefined : parts.join(' union all ');
}

/** SQL for the newest of some versions of one source, of records that are not deleted. */
export function newestSql(versions: string): string {
  return `from (
    from (${versions}) qualify row_number() over (partition by type, id order by ${NEWEST}) = 1
  ) where not is_deleted`;
}
