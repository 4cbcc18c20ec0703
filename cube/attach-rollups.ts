import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlName, sqlString } from '../base/sql-text.ts';
import { ROLLUPS_SCHEMA } from './rollup.ts';

/** Shows the tables of a rollup file as `<catalog>.rollups.<name>`; the file itself is `<catalog>_rollups`. */
export async function attachRollupFile(
  connection: DuckDBConnection,
  file: string,
  catalog: string,
): Promise<void> {
  const database = `${catalog}_rollups`;
  await connection.run(`attach if not exists ${sqlString(file)} as ${sqlName(database)} (read_only)`);
  const reader = await connection.runAndReadAll(
    `select table_name from duckdb_tables() where database_name = ${sqlString(database)}`,
  );
  await connection.run(`create schema if not exists ${sqlName(catalog)}.${ROLLUPS_SCHEMA}`);
  for (const [table] of reader.getRowsJson()) {
    const name = sqlName(String(table));
    await connection.run(
      `create or replace view ${sqlName(catalog)}.${ROLLUPS_SCHEMA}.${name} as select * from ${sqlName(database)}.main.${name}`,
    );
  }
}
