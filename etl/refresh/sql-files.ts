import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { packageRoot } from '../../base/package-root.ts';
import { sqlString } from '../../base/sql-text.ts';
import { queryValue } from '../warehouse/duckdb.ts';

/** A shipped SELECT: `name` is the table it makes, or the check it is. */
export interface SqlFile {
  readonly name: string;
  readonly sql: string;
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
): Promise<readonly SqlFile[]> {
  const reads = new Map<string, readonly string[]>();
  for (const file of files) reads.set(file.name, await tablesRead(connection, schema, file));
  const ordered: SqlFile[] = [];
  const placed = new Set(files.map((file) => file.name));
  while (placed.size > 0) {
    const ready = files.filter(
      (file) => placed.has(file.name) && !(reads.get(file.name) ?? []).some((name) => placed.has(name)),
    );
    if (ready.length === 0) {
      throw new ChiasmError('mart-invalid', `the SQL of ${[...placed].join(', ')} reads itself in a circle`);
    }
    for (const file of ready) {
      placed.delete(file.name);
      ordered.push(file);
    }
  }
  return ordered;
}

/** The tables of a schema that a SELECT reads, as DuckDB's own parser sees it. */
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
      {
        params: { table: file.name },
      },
    );
  }
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (typeof node === 'object' && node !== null) {
      const table = node as Readonly<Record<string, unknown>>;
      if (table['type'] === 'BASE_TABLE' && table['schema_name'] === schema)
        found.add(String(table['table_name']));
      Object.values(node).forEach(visit);
    }
  };
  visit(tree);
  found.delete(file.name);
  return [...found];
}
