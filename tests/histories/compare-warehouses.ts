import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { attachSnapshot, openSnapshot } from '../../etl/warehouse/snapshot.ts';
import { directoriesBelow } from '../support/refresh.ts';

/** Tables that tell of runs, files and what was refused: a hospital of one night has others. */
const OF_NIGHTS = new Set([
  'staging.run',
  'marts.refresh_runs',
  'staging.quarantine_count',
  'staging.landed_type',
  'staging.shadowed_instance',
]);
const FINDINGS_OF_NIGHTS = `where check_name not in ('quarantined') and not starts_with(check_name, 'instance-duplicate')`;

export interface TableDifference {
  /** Rows that only one of both has, as JSON; the first three. */
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
}

/** The tables of two warehouses that differ as multisets of rows. */
export async function compareWarehouses(
  actual: string,
  expected: string,
): Promise<Readonly<Record<string, TableDifference>>> {
  const handles = [
    await openSnapshot(directoriesBelow(actual).warehouse),
    await openSnapshot(directoriesBelow(expected).warehouse),
  ] as const;
  const instance = await openDuckDB();
  const connection = await instance.connect();
  const differences: Record<string, TableDifference> = {};
  try {
    await attachSnapshot(connection, handles[0], 'actual');
    await attachSnapshot(connection, handles[1], 'expected');
    const names = new Set(
      handles.flatMap(({ tables }) => tables.map(({ schema, name }) => `${schema}.${name}`)),
    );
    for (const name of [...names].filter((each) => !OF_NIGHTS.has(each)).sort()) {
      const where = name === 'marts.data_quality' ? FINDINGS_OF_NIGHTS : '';
      const only = async (one: string, other: string): Promise<readonly string[]> => {
        const rows = await queryJson(
          connection,
          `(from ${one}.${name} ${where}) except all (from ${other}.${name} ${where})`,
        );
        return rows.slice(0, 3).map((row) => JSON.stringify(row));
      };
      const [missing, surplus] = [await only('expected', 'actual'), await only('actual', 'expected')];
      if (missing.length + surplus.length > 0) differences[name] = { missing, surplus };
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
    for (const handle of handles) await handle.release();
  }
  return differences;
}
