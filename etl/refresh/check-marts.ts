import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { sqlName } from '../../base/sql-text.ts';
import {
  loadMartDeclarations,
  type MartDeclaration,
  type MartReference,
} from '../../models/mart-declaration.ts';
import { queryCount } from '../warehouse/duckdb.ts';
import { loadSqlFiles, type SqlFile } from '../warehouse/sql-files.ts';
import { addedRows, removedRows, type TableKeeper } from './table-keeper.ts';
import { traceChecks } from './trace-checks.ts';

/** Which tables are other than they were published. */
export type TableChanges = Pick<TableKeeper, 'isChanged' | 'isReplaced'>;

/** For marts that were never checked. */
export const ALL_CHANGED: TableChanges = { isChanged: () => true, isReplaced: () => true };

/**
 * Holds the marts to what they declare (key, promised columns, relationships, traces) and to `sql/checks`. What is published
 * has passed already, so of what is declared only changed rows are asked. A broken rule stops the publish: throws
 * `check-failed` with the rule and the number of rows.
 */
export async function checkMarts(connection: DuckDBConnection, changes: TableChanges): Promise<void> {
  const declared = loadMartDeclarations().flatMap((mart) => declaredChecks(mart, changes));
  const broken: string[] = [];
  const run = async (check: DeclaredCheck): Promise<void> => {
    const rows = await queryCount(connection, `select count(*) from (${check.sql})`);
    if (rows === 0) return;
    if (check.parts === undefined) broken.push(`${check.name} (${rows} rows)`);
    for (const part of check.parts ?? []) await run(part);
  };
  for (const check of [...declared, ...loadSqlFiles('checks')]) await run(check);
  if (broken.length > 0) {
    throw new ChiasmError(
      'check-failed',
      `nothing was published, because rules are broken: ${broken.join('; ')}`,
      { params: { checks: broken.length } },
    );
  }
}

interface DeclaredCheck extends SqlFile {
  /** What it consists of, to be asked where it fails. */
  readonly parts?: readonly SqlFile[];
}

function declaredChecks(mart: MartDeclaration, changes: TableChanges): readonly DeclaredCheck[] {
  const id = `marts.${mart.name}`;
  const references = mart.references.filter((reference) => !reference.optional);
  const related = [
    ...references.flatMap((reference) => relatedCheck(mart, reference, changes)),
    ...traceChecks(mart, changes),
  ];
  if (!changes.isChanged(id)) return related;
  const table = `marts.${sqlName(mart.name)}`;
  const isWhole = changes.isReplaced(id);
  const rows = isWhole ? table : addedRows(id);
  const key = listOf(mart.key);
  // no row with a key of which no row was added can have become a second one
  const candidates = isWhole
    ? table
    : `(from ${table} semi join (select ${key} from ${rows}) using (${key}))`;
  return [
    {
      name: `${mart.name}: key is unique`,
      sql: `select ${key} from ${candidates} group by all having count(*) > 1`,
    },
    ...promisedCheck(mart, rows),
    ...related,
  ];
}

/** One look at all columns that are promised; only where one is empty is each asked. */
function promisedCheck(mart: MartDeclaration, rows: string): readonly DeclaredCheck[] {
  const promised = mart.columns.filter((column) => !column.nullable).map(({ name }) => name);
  if (promised.length === 0) return [];
  const isEmpty = (name: string): string => `${sqlName(name)} is null`;
  return [
    {
      name: `${mart.name}: promised columns are never empty`,
      sql: `select 1 from ${rows} where ${promised.map(isEmpty).join(' or ')}`,
      parts: promised.map((name) => ({
        name: `${mart.name}.${name}: never empty`,
        sql: `select 1 from ${rows} where ${isEmpty(name)}`,
      })),
    },
  ];
}

/** Rows that were added have to find what they refer to, and what was removed must not be referred to. */
function relatedCheck(
  mart: MartDeclaration,
  reference: MartReference,
  changes: TableChanges,
): readonly SqlFile[] {
  const [id, other] = [`marts.${mart.name}`, `marts.${reference.mart}`];
  const isWhole = changes.isReplaced(id) || changes.isReplaced(other);
  if (!isWhole && !changes.isChanged(id) && !changes.isChanged(other)) return [];
  const [columns, to] = [listOf(reference.columns), listOf(reference.to)];
  const isGiven = reference.columns.map((column) => `${sqlName(column)} is not null`).join(' and ');
  const referring = (rows: string): string => `select ${columns} from ${rows} where ${isGiven}`;
  const table = `marts.${sqlName(mart.name)}`;
  const parts = isWhole
    ? [referring(table)]
    : [
        ...(changes.isChanged(id) ? [referring(addedRows(id))] : []),
        ...(changes.isChanged(other)
          ? [`(${referring(table)}) intersect select ${to} from ${removedRows(other)}`]
          : []),
      ];
  return [
    {
      name: `${mart.name} (${reference.columns.join(', ')}): found in ${reference.mart}`,
      sql: `(${parts.map((part) => `(${part})`).join(' union all ')})
        except select ${to} from marts.${sqlName(reference.mart)}`,
    },
  ];
}

function listOf(columns: readonly string[]): string {
  return columns.map(sqlName).join(', ');
}
