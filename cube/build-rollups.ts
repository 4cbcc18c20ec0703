import { rm } from 'node:fs/promises';
import { isFile, makeDirectory, moveDurably } from '../base/files.ts';
import { sqlName, sqlString } from '../base/sql-text.ts';
import { type DuckDBOptions, openDuckDB } from '../etl/warehouse/duckdb.ts';
import { rollupPath, rollupsDirectory, sweepRollups } from '../etl/warehouse/rollup-files.ts';
import { attachSnapshot, openSnapshot } from '../etl/warehouse/snapshot.ts';
import { snapshotNumbers } from '../etl/warehouse/snapshot-paths.ts';
import { loadRollups, type Rollup, rollupName, rollupVersion } from './rollup.ts';

/**
 * Makes the rollups of a published snapshot, unless they are there, and removes those of snapshots that are gone. Whoever
 * answers questions meanwhile reads the tables themselves. Returns whether a file was made.
 */
export async function buildRollups(
  warehouse: string,
  snapshot: number,
  database: DuckDBOptions = {},
): Promise<boolean> {
  const rollups = loadRollups();
  const file = rollupPath(warehouse, snapshot, rollupVersion(rollups));
  await sweepRollups(warehouse, new Set(await snapshotNumbers(warehouse)));
  if (await isFile(file)) return false;
  await makeDirectory(rollupsDirectory(warehouse));
  const temporary = `${file}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  await writeRollups(warehouse, snapshot, rollups, temporary, database);
  await moveDurably(temporary, file);
  return true;
}

async function writeRollups(
  warehouse: string,
  snapshot: number,
  rollups: readonly Rollup[],
  file: string,
  database: DuckDBOptions,
): Promise<void> {
  const handle = await openSnapshot(warehouse, snapshot);
  const instance = await openDuckDB(database);
  try {
    const connection = await instance.connect();
    await attachSnapshot(connection, handle, 'source');
    await connection.run(`attach ${sqlString(file)} as target`);
    await connection.run('use source');
    await connection.run(`set timezone = 'UTC'`);
    for (const rollup of rollups) {
      const name = sqlName(rollupName(rollup));
      await connection.run(`create table target.${name} as ${rollup.sql}`, [...rollup.parameters]);
    }
    await connection.run('detach target');
    connection.closeSync();
  } finally {
    instance.closeSync();
    await handle.release();
  }
}
