import { sqlName } from '../../base/sql-text.ts';
import type { MartReference } from '../../models/mart-declaration.ts';
import type { DatasetColumn } from './dataset-column.ts';

/** A query to begin with, in SQL of both PostgreSQL and DuckDB. */
export interface SampleQuery {
  readonly title: string;
  readonly sql: string;
}

interface Queried {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly DatasetColumn[];
  readonly references: readonly MartReference[];
}

/** What people ask of a table first: some rows, how many of each kind, how many a year, and what it joins. */
export function sampleQueries({ schema, table, columns, references }: Queried): readonly SampleQuery[] {
  const from = `${sqlName(schema)}.${sqlName(table)}`.replaceAll('"', '');
  const queries: SampleQuery[] = [{ title: 'Some rows', sql: `select *\nfrom ${from}\nlimit 10` }];
  const kind = columns.find(isKind);
  if (kind !== undefined)
    queries.push({
      title: `Rows by ${kind.name}`,
      sql: `select ${kind.name}, count(*) as rows\nfrom ${from}\ngroup by ${kind.name}\norder by rows desc`,
    });
  const day = columns.find(({ name, type }) => type === 'DATE' && name.endsWith('_date'));
  if (day !== undefined)
    queries.push({
      title: `Rows by year of ${day.name}`,
      sql: `select extract(year from ${day.name}) as year, count(*) as rows\nfrom ${from}\ngroup by 1\norder by 1`,
    });
  const target = references.find(({ mart }) => mart === 'patients') ?? references[0];
  if (target !== undefined) {
    const on = target.columns
      .map((column, index) => `o.${target.to[index] ?? column} = t.${column}`)
      .join(' and ');
    queries.push({
      title: `With ${target.mart}`,
      sql: `select t.*, o.*\nfrom ${from} as t\njoin marts.${target.mart} as o on ${on}\nlimit 10`,
    });
  }
  return queries;
}

/** A column that sorts rows into kinds: no key, date or free text. */
function isKind({ name, type, isKey }: DatasetColumn): boolean {
  if (isKey === true || type !== 'VARCHAR') return false;
  return /(^|_)(group|class|status|type|modality|category|kind|role|sex|stain|source)$/.test(name);
}
