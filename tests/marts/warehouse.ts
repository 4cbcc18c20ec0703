import { readdirSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlName } from '../../base/sql-text.ts';
import { planFlatten } from '../../etl/privacy/flatten-sql.ts';
import { loadCodes } from '../../etl/refresh/load-codes.ts';
import { withDatesAsWritten } from '../../etl/refresh/view-dates.ts';
import { parseViewDefinition } from '../../etl/view/parse.ts';
import { planView, type ViewPlan } from '../../etl/view/plan.ts';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { loadSqlFiles, orderSqlFiles } from '../../etl/warehouse/sql-files.ts';
import { loadPrivacyProfile } from '../../models/privacy-profile.ts';
import { loadViewFiles } from '../../models/view-definition-files.ts';

/** What the run provides besides views, as docs/architecture.md says. */
const PROVIDED: Readonly<Record<string, string>> = {
  imaging_link:
    'study_key uuid, source varchar, patient_key uuid, rule varchar, confidence double, status varchar',
  patient_link: 'patient_record_key uuid, patient_key uuid, rule varchar, confidence double, status varchar',
  record_without_patient: 'source varchar, type varchar, persons bigint, records bigint',
  shadowed_instance: `patient_key uuid, source varchar, study_key uuid, sop_instance_key uuid, is_same_patient boolean`,
  landed_type: 'source varchar, type varchar, records bigint, has_view boolean',
  quarantine_count: 'source varchar, code varchar, records bigint',
  run: `run_id varchar, started_at timestamptz, finished_at timestamptz, status varchar, snapshot integer,
    records_new bigint, records_changed bigint, records_deleted bigint, records_quarantined bigint`,
};

export function planShippedViews(): readonly ViewPlan[] {
  return loadViewFiles().map(({ path, json }) =>
    planView(withDatesAsWritten(parseViewDefinition(json, path))),
  );
}

/** Planned once for all cases of a file. */
let stagingTables: string | undefined;

function planStagingTables(): string {
  const profile = loadPrivacyProfile('research');
  return planShippedViews()
    .map((plan) => {
      const columns = planFlatten(plan, profile, '2026-01-01').columns.map(
        ({ name, type }) => `${sqlName(name)} ${type}`,
      );
      return `create table staging.${sqlName(plan.name)} (${columns.join(', ')})`;
    })
    .join(';\n');
}

/**
 * An empty warehouse: every staging table with the columns of profile research, every code table filled. The macro
 * `key('name')` gives a UUID for a name.
 */
export async function openEmptyWarehouse(): Promise<DuckDBConnection> {
  const connection = await (await openDuckDB({ threads: 1 })).connect();
  await connection.run("set timezone = 'UTC'; create schema staging; create schema marts");
  await connection.run('create macro key(name) as md5(name)::uuid');
  for (const [name, columns] of Object.entries(PROVIDED)) {
    await connection.run(`create table staging.${name} (${columns})`);
  }
  stagingTables ??= planStagingTables();
  await connection.run(stagingTables);
  await loadCodes(connection);
  return connection;
}

/** Ordered once for all cases of a file. */
let martTables: readonly string[] | undefined;

async function orderMartTables(connection: DuckDBConnection): Promise<readonly string[]> {
  const tables: string[] = [];
  for (const schema of ['staging', 'marts'] as const) {
    for (const file of await orderSqlFiles(connection, schema, loadSqlFiles(schema))) {
      tables.push(`create table ${schema}.${sqlName(file.name)} as ${file.sql}`);
    }
  }
  return tables;
}

/** Makes every table in `staging` and `marts` that a SELECT is shipped for. */
export async function makeMarts(connection: DuckDBConnection): Promise<void> {
  martTables ??= await orderMartTables(connection);
  for (const table of martTables) await connection.run(table);
}

/** The names of the folders in a folder. */
export function listFolders(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
