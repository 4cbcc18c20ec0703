import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { packageRoot } from '../../base/package-root.ts';
import { sqlName, sqlString } from '../../base/sql-text.ts';
import { planFlatten } from '../../etl/privacy/flatten-sql.ts';
import { parseViewDefinition } from '../../etl/view/parse.ts';
import { planView, type ViewPlan } from '../../etl/view/plan.ts';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { loadCodeTables } from '../../models/code-tables.ts';
import { loadPrivacyProfile } from '../../models/privacy-profile.ts';
import { loadViewFiles } from '../../models/view-definition-files.ts';

/** One shipped SELECT and the table it makes; `kind` is its folder below `sql/`. */
export interface SqlStep {
  readonly kind: 'staging' | 'marts' | 'checks';
  readonly name: string;
  readonly sql: string;
}

/** What the run provides besides views, as docs/architecture.md says. */
const PROVIDED: Readonly<Record<string, string>> = {
  imaging_link: 'study_key uuid, source varchar, patient_key uuid, rule varchar, confidence double, status varchar',
  patient_link:
    'patient_record_key uuid, patient_key uuid, rule varchar, confidence double, status varchar',
  landed_type: 'source varchar, type varchar, records bigint, has_view boolean',
  quarantine_count: 'source varchar, code varchar, records bigint',
  run: `run_id varchar, started_at timestamptz, finished_at timestamptz, status varchar, snapshot integer,
    records_new bigint, records_changed bigint, records_deleted bigint, records_quarantined bigint`,
};

export function planShippedViews(): readonly ViewPlan[] {
  return loadViewFiles().map(({ path, json }) => planView(parseViewDefinition(json, path)));
}

/** An empty warehouse: every staging table with the columns of profile research, every code table filled. */
export async function openEmptyWarehouse(): Promise<DuckDBConnection> {
  const connection = await (await openDuckDB({ threads: 1 })).connect();
  await connection.run('create schema staging; create schema codes; create schema marts');
  for (const [name, columns] of Object.entries(PROVIDED)) {
    await connection.run(`create table staging.${name} (${columns})`);
  }
  const profile = loadPrivacyProfile('research');
  for (const plan of planShippedViews()) {
    const columns = planFlatten(plan, profile, '2026-01-01').columns.map(
      ({ name, type }) => `${sqlName(name)} ${type}`,
    );
    await connection.run(`create table staging.${plan.name} (${columns.join(', ')})`);
  }
  for (const table of loadCodeTables()) {
    await connection.run(
      `create table codes.${table.name} as
       from read_csv(${sqlString(table.path)}, header = true, all_varchar = true)`,
    );
  }
  return connection;
}

/** Every shipped SELECT, each after the tables it reads. */
export function listSqlSteps(): readonly SqlStep[] {
  const steps = (['staging', 'marts', 'checks'] as const).flatMap((kind) =>
    readdirSync(join(packageRoot, 'sql', kind))
      .filter((file) => file.endsWith('.sql'))
      .sort()
      .map((file) => ({
        kind,
        name: file.slice(0, -'.sql'.length),
        sql: readFileSync(join(packageRoot, 'sql', kind, file), 'utf8'),
      })),
  );
  return sortByReference(steps);
}

function sortByReference(steps: readonly SqlStep[]): readonly SqlStep[] {
  const sorted: SqlStep[] = [];
  const place = (step: SqlStep, above: readonly SqlStep[]): void => {
    if (sorted.includes(step)) return;
    if (above.includes(step)) throw new Error(`sql/${step.kind}/${step.name}.sql reads itself`);
    for (const other of steps) {
      const isRead = new RegExp(`\\b${other.kind}\\.${other.name}\\b(?! *['"])`).test(withoutComments(step.sql));
      if (other !== step && other.kind !== 'checks' && isRead) place(other, [...above, step]);
    }
    sorted.push(step);
  };
  for (const step of steps) place(step, []);
  return sorted;
}

function withoutComments(sql: string): string {
  return sql.replace(/--.*/g, '').replace(/'(?:[^']|'')*'/g, "''");
}

/** Makes every table in `staging` and `marts` that a SELECT is shipped for. */
export async function makeMarts(connection: DuckDBConnection): Promise<void> {
  for (const step of listSqlSteps()) {
    if (step.kind !== 'checks') await connection.run(`create table ${step.kind}.${step.name} as ${step.sql}`);
  }
}
