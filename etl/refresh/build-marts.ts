import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { sqlName, sqlString } from '../../base/sql-text.ts';
import { loadCodeTables } from '../../models/code-tables.ts';
import { loadMartDeclarations, type MartDeclaration } from '../../models/mart-declaration.ts';
import { queryCount } from '../warehouse/duckdb.ts';
import { loadSqlFiles, orderSqlFiles, type SqlFile } from './sql-files.ts';
import type { WarehouseWriter } from './warehouse-writer.ts';

/** Makes the small reference tables readable as `codes.<table>`. */
export async function loadCodes(connection: DuckDBConnection): Promise<void> {
  await connection.run('create schema if not exists codes');
  for (const table of loadCodeTables()) {
    await connection.run(
      `create or replace table codes.${sqlName(table.name)} as
       from read_csv(${sqlString(table.path)}, header = true, all_varchar = true, delim = ',', quote = '"')`,
    );
  }
}

/** Builds the staging tables that group over views, then the marts, each after those it reads. */
export async function buildMarts(
  connection: DuckDBConnection,
  writer: WarehouseWriter,
  onTable: (done: number, total: number) => void,
): Promise<void> {
  const staging = await orderSqlFiles(connection, 'staging', loadSqlFiles('staging'));
  const marts = await orderSqlFiles(connection, 'marts', loadSqlFiles('marts'));
  const total = staging.length + marts.length;
  let done = 0;
  for (const [schema, files] of [
    ['staging', staging],
    ['marts', marts],
  ] as const) {
    for (const file of files) {
      await build(writer, schema, file);
      onTable(++done, total);
    }
  }
}

async function build(writer: WarehouseWriter, schema: 'staging' | 'marts', file: SqlFile): Promise<void> {
  try {
    await writer.write(schema, file.name, file.sql);
  } catch (error) {
    const kind = /^[A-Za-z ]+ Error/.exec(error instanceof Error ? error.message : '')?.[0] ?? 'error';
    throw new ChiasmError('mart-failed', `${schema}.${file.name} could not be built: ${kind}`, {
      params: { table: file.name },
      cause: error,
    });
  }
}

/**
 * Holds the marts to what they declare (key, promised columns, relationships) and to `sql/checks`. A broken rule
 * stops the publish: throws `check-failed` with the rule and the number of rows.
 */
export async function checkMarts(connection: DuckDBConnection): Promise<void> {
  const checks = [...loadMartDeclarations().flatMap(declaredChecks), ...loadSqlFiles('checks')];
  const broken: string[] = [];
  for (const check of checks) {
    const rows = await queryCount(connection, `select count(*) from (${check.sql})`);
    if (rows > 0) broken.push(`${check.name} (${rows} rows)`);
  }
  if (broken.length > 0) {
    throw new ChiasmError(
      'check-failed',
      `nothing was published, because rules are broken: ${broken.join('; ')}`,
      {
        params: { checks: broken.length },
      },
    );
  }
}

function declaredChecks(mart: MartDeclaration): readonly SqlFile[] {
  const table = `marts.${sqlName(mart.name)}`;
  const list = (columns: readonly string[]): string => columns.map(sqlName).join(', ');
  const unique = {
    name: `${mart.name}: key is unique`,
    sql: `select ${list(mart.key)} from ${table} group by all having count(*) > 1`,
  };
  const promised = mart.columns
    .filter((column) => !column.nullable)
    .map((column) => ({
      name: `${mart.name}.${column.name}: never empty`,
      sql: `select 1 from ${table} where ${sqlName(column.name)} is null`,
    }));
  const related = mart.references
    .filter((reference) => !reference.optional)
    .map((reference) => ({
      name: `${mart.name} (${reference.columns.join(', ')}): found in ${reference.mart}`,
      sql: `select ${list(reference.columns)} from ${table}
        where ${reference.columns.map((column) => `${sqlName(column)} is not null`).join(' and ')}
        except select ${list(reference.to)} from marts.${sqlName(reference.mart)}`,
    }));
  return [unique, ...promised, ...related];
}
