import { createHash } from 'node:crypto';
import { sqlName, sqlString } from '../../../base/sql-text.ts';
import { CUBE_SCHEMA, type TableGrants } from '../grants.ts';
import { pgTypeName } from '../pg-type.ts';
import type { PublishedTable } from './published-table.ts';

/** The role in the catalog that stands for a group. */
export function groupRole(group: string): string {
  return `group ${group}`;
}

/** Schemas that hold published tables. */
export const DATA_SCHEMAS = ['marts', 'staging', CUBE_SCHEMA] as const;

/**
 * SQL for PostgreSQL that makes the tables, empty, with comments, keys and what each group may read. It replaces
 * what was mirrored before.
 */
export function mirrorDdl(tables: readonly PublishedTable[], grants: TableGrants): string {
  return [
    'begin',
    ...DATA_SCHEMAS.map((schema) => `drop schema if exists ${schema} cascade`),
    ...DATA_SCHEMAS.map((schema) => `create schema ${schema}`),
    ...tables.flatMap(createTable),
    ...tables.flatMap((table) => references(table, tables)),
    ...grants.groups.flatMap((group) => groupStatements(group, tables, grants)),
    'commit',
    '',
  ].join(';\n');
}

/** Differs when tables, columns, comments, keys or grants do; row counts do not matter. */
export function mirrorFingerprint(ddl: string): string {
  return createHash('sha256').update(ddl).digest('hex');
}

/** Tells the planner's row counts, which tools show. */
export function rowCountSql(tables: readonly PublishedTable[]): string {
  return tables
    .map((table) => {
      const name = sqlString(qualified(table));
      return `update pg_class set reltuples = ${table.rows}, relpages = ${Math.ceil(table.rows / 100)} where oid = ${name}::regclass;`;
    })
    .join('\n');
}

function qualified({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${sqlName(schema)}.${sqlName(name)}`;
}

function createTable(table: PublishedTable): readonly string[] {
  const name = qualified(table);
  const columns = table.columns.map(
    (column) => `${sqlName(column.name)} ${pgTypeName(column.type)}${column.isRequired ? ' not null' : ''}`,
  );
  const isKeyed = table.key.length > 0 && table.key.every((key) => hasColumn(table, key));
  const key = isKeyed ? [`primary key (${table.key.map(sqlName).join(', ')})`] : [];
  return [
    `create table ${name} (${[...columns, ...key].join(', ')})`,
    ...(table.comment === undefined ? [] : [`comment on table ${name} is ${sqlString(table.comment)}`]),
    ...table.columns
      .filter((column) => column.comment !== undefined)
      .map(
        (column) => `comment on column ${name}.${sqlName(column.name)} is ${sqlString(column.comment ?? '')}`,
      ),
  ];
}

/** Foreign keys, where they point to the whole key of a table: PostgreSQL knows no others. */
function references(table: PublishedTable, tables: readonly PublishedTable[]): readonly string[] {
  return table.references.flatMap(({ columns, mart, to }) => {
    const target = tables.find((each) => each.schema === 'marts' && each.name === mart);
    if (target === undefined || [...target.key].sort().join() !== [...to].sort().join()) return [];
    if (!columns.every((column) => hasColumn(table, column)) || !to.every((each) => hasColumn(target, each)))
      return [];
    const list = (names: readonly string[]): string => names.map(sqlName).join(', ');
    return [
      `alter table ${qualified(table)} add foreign key (${list(columns)}) references ${qualified(target)} (${list(to)})`,
    ];
  });
}

function hasColumn(table: PublishedTable, name: string): boolean {
  return table.columns.some((column) => column.name === name);
}

function groupStatements(
  group: string,
  tables: readonly PublishedTable[],
  grants: TableGrants,
): readonly string[] {
  const role = sqlName(groupRole(group));
  const readable = tables.filter((table) => grants.mayRead(group, table.schema, table.name));
  return [
    `do $$ begin if not exists (select from pg_roles where rolname = ${sqlString(groupRole(group))}) then create role ${role}; end if; end $$`,
    ...DATA_SCHEMAS.filter((schema) => readable.some((table) => table.schema === schema)).map(
      (schema) => `grant usage on schema ${schema} to ${role}`,
    ),
    ...readable.map((table) => {
      const columns = grants.columns(group, table.schema, table.name);
      const list = columns === undefined ? '' : ` (${columns.map(sqlName).join(', ')})`;
      return `grant select${list}, references${list} on ${qualified(table)} to ${role}`;
    }),
  ];
}
