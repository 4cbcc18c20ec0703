import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { sqlName } from '../../base/sql-text.ts';

/** SQL whose one column is a row of `sql` as one line of JSON. */
export function ndjsonSql(sql: string): string {
  return `select to_json(r)::varchar from (${sql}) as r`;
}

/** SQL whose one column is a row of `sql` as a line of CSV (RFC 4180); an empty text is quoted, NULL is not there. */
export function csvSql(sql: string, types: readonly DuckDBType[]): string {
  const names = types.map((_, index) => `c${index}`);
  const cells = types.map((type, index) => csvCell(`c${index}`, type));
  return `select concat(${cells.join(`, ',', `)}) from (${sql}) as r(${names.join(', ')})`;
}

/** The names of the columns, as the first line. */
export function csvHead(names: readonly string[]): string {
  return names.map((name) => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(',');
}

const BARE = new Set([
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIME,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_TZ,
  DuckDBTypeId.UUID,
]);
const NESTED = new Set([DuckDBTypeId.LIST, DuckDBTypeId.STRUCT, DuckDBTypeId.MAP, DuckDBTypeId.ARRAY]);

function csvCell(column: string, { typeId }: DuckDBType): string {
  const name = sqlName(column);
  if (BARE.has(typeId)) return `${name}::varchar`;
  const text = NESTED.has(typeId) ? `to_json(${name})::varchar` : `${name}::varchar`;
  return `case when ${text} = '' or regexp_matches(${text}, '[",\\r\\n]') then '"' || replace(${text}, '"', '""') || '"' else ${text} end`;
}
