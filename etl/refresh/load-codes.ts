import { basename } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { sqlName, sqlString } from '../../base/sql-text.ts';
import { type CodeTable, loadCodeTables } from '../../models/code-tables.ts';
import { ruleValues } from '../../models/rule-parameters.ts';
import { queryCount } from '../warehouse/duckdb.ts';
import type { SiteSettings } from './model-hash.ts';

/**
 * Makes the small reference tables readable as `codes.<table>`; rows of the site take the place of shipped rows of the
 * same key, and parameters that the site sets that of shipped ones. Throws `codes-invalid` for a file of the site that is no CSV or repeats or leaves out a key.
 */
export async function loadCodes(connection: DuckDBConnection, site: SiteSettings = {}): Promise<void> {
  await connection.run('create schema if not exists codes');
  const tables = loadCodeTables(site.codes);
  // the names of code systems come first: the others are written in them
  for (const table of [...tables].sort((a, b) => Number(b.name === NAMES) - Number(a.name === NAMES))) {
    await connection.run(
      `create or replace table ${target(table)} as ${normalised(table, table.columns, readCsv(table.path))}`,
    );
    for (const path of table.sitePaths) await addSiteRows(connection, table, path);
  }
  for (const { parameter, value } of ruleValues(site.rules ?? {})) {
    await connection.run(
      `update codes.rule_parameter set value = ${sqlString(value)} where parameter = ${sqlString(parameter)}`,
    );
  }
}

const NAMES = 'code_system';

async function addSiteRows(connection: DuckDBConnection, table: CodeTable, path: string): Promise<void> {
  const file = basename(path);
  try {
    await connection.run(`create or replace temp table site_row as ${readCsv(path)}`);
    const columns = await connection.runAndReadAll('select column_name from (describe site_row)');
    const names = columns.getRows().map(([name]) => String(name));
    await connection.run(
      `create or replace temp table site_code as ${normalised(table, names, 'select * from site_row')}`,
    );
  } catch (cause) {
    throw new ChiasmError('codes-invalid', `${file} is not a CSV file that can be read`, {
      params: { file },
      cause,
    });
  }
  const key = table.key.map(sqlName).join(', ');
  const broken = await queryCount(
    connection,
    `select count(*) from (select ${key} from site_code group by all
      having count(*) > 1 or ${table.key.map((column) => `bool_or(${sqlName(column)} is null)`).join(' or ')})`,
  );
  if (broken > 0) {
    throw new ChiasmError('codes-invalid', `${file}: ${broken} keys (${key}) are repeated or empty`, {
      params: { file, keys: broken },
    });
  }
  const isSame = table.key.map((column) => `o.${sqlName(column)} = n.${sqlName(column)}`).join(' and ');
  await connection.run(`delete from ${target(table)} o using site_code n where ${isSame}`);
  await connection.run(`insert into ${target(table)} by name select * from site_code`);
}

function target(table: CodeTable): string {
  return `codes.${sqlName(table.name)}`;
}

function readCsv(path: string): string {
  return `select * from read_csv(${sqlString(path)}, header = true, all_varchar = true, delim = ',', quote = '"')`;
}

/** Code systems by their names, codes in capitals without dots, where the table is written so. */
function normalised(table: CodeTable, columns: readonly string[], rows: string): string {
  if (table.systems !== 'named') return rows;
  const name = `coalesce((select arg_min(s.system, s.rank::integer) from codes.${NAMES} s where s.uri = r.system), r.system)`;
  const list = columns.map((column) => {
    if (column === 'system') return `${name} as system`;
    if (column === 'code') return `upper(replace(r.code, '.', '')) as code`;
    return `r.${sqlName(column)}`;
  });
  return `select ${list.join(', ')} from (${rows}) r`;
}
