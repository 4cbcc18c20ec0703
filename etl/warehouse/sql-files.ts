import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { packageRoot } from '../../base/package-root.ts';
import { sqlString } from '../../base/sql-text.ts';
import { queryValue } from './duckdb.ts';

/** A shipped SELECT: `name` is the table it makes, or the check it is. */
export interface SqlFile {
  readonly name: string;
  readonly sql: string;
}

/** A SELECT with the tables that it reads, as `<schema>.<table>`. */
export interface ReadingSqlFile extends SqlFile {
  readonly reads: readonly string[];
}

export function loadSqlFiles(folder: 'staging' | 'marts' | 'checks'): readonly SqlFile[] {
  const directory = join(packageRoot, 'sql', folder);
  return readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({
      name: name.slice(0, -'.sql'.length),
      sql: readFileSync(join(directory, name), 'utf8').trim().replace(/;$/, ''),
    }));
}

/** The files of one schema so that each comes after those it reads. Throws `mart-invalid` for a circle. */
export async function orderSqlFiles(
  connection: DuckDBConnection,
  schema: 'staging' | 'marts',
  files: readonly SqlFile[],
): Promise<readonly ReadingSqlFile[]> {
  const waiting: ReadingSqlFile[] = [];
  for (const file of files) waiting.push({ ...file, reads: await tablesRead(connection, schema, file) });
  const ordered: ReadingSqlFile[] = [];
  while (waiting.length > 0) {
    const open = new Set(waiting.map((file) => `${schema}.${file.name}`));
    const ready = waiting.findIndex((file) => !file.reads.some((table) => open.has(table)));
    const [file] = ready < 0 ? [] : waiting.splice(ready, 1);
    if (file === undefined) {
      throw new ChiasmError('mart-invalid', `the SQL of ${[...open].join(', ')} reads itself in a circle`);
    }
    ordered.push(file);
  }
  return ordered;
}

/** The tables that a SELECT reads, as DuckDB's own parser sees it. */
async function tablesRead(
  connection: DuckDBConnection,
  schema: string,
  file: SqlFile,
): Promise<readonly string[]> {
  const tree = JSON.parse(
    String(await queryValue(connection, `select json_serialize_sql(${sqlString(file.sql)})`)),
  ) as { readonly error?: boolean; readonly error_message?: string };
  if (tree.error === true) {
    throw new ChiasmError(
      'mart-invalid',
      `${schema}/${file.name}.sql: ${tree.error_message ?? 'syntax error'}`,
      { params: { table: file.name } },
    );
  }
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (typeof node === 'object' && node !== null) {
      const table = node as Readonly<Record<string, unknown>>;
      if (table['type'] === 'BASE_TABLE' && table['schema_name'] !== '') {
        found.add(`${String(table['schema_name'])}.${String(table['table_name'])}`);
      }
      Object.values(node).forEach(visit);
    }
  };
  visit(tree);
  return [...found];
}
