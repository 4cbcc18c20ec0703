import type { DuckDBConnection, Json } from '@duckdb/node-api';
import type { RequestHandler } from 'express';
import { sqlName } from '../../base/sql-text.ts';
import type { SnapshotHold } from '../../cube/served-snapshots.ts';
import { holdOf } from '../held-snapshot.ts';
import { answerError } from '../http-error.ts';
import { callerOf } from '../sign-in.ts';
import { type GroupGrants, mayGroupRead } from '../sql/grants.ts';
import type { CatalogReader } from './catalog.ts';
import type { Dataset } from './dataset.ts';
import type { DatasetColumn } from './dataset-column.ts';

/** What stands in a column. */
export interface ColumnValues {
  readonly name: string;
  /** Rows that have a value. */
  readonly filled: number;
  /** How many different values there are; of a large table about how many. */
  readonly distinct: number;
  /** Range of numbers, dates and instants. */
  readonly least?: Json;
  readonly greatest?: Json;
  /** Of a column with few kinds of values the most frequent ones, at most 10. */
  readonly most?: readonly { readonly value: Json; readonly rows: number }[];
}

/** Rows of a table whose different values are counted one by one. */
const MOST_COUNTED = 200_000;
/** A column with more different values sorts nothing. */
const MOST_KINDS = 60;
const SHOWN_KINDS = 10;
/** Tables whose values are kept for the snapshot that was asked for last. */
const MOST_KEPT = 200;

/**
 * `GET /catalog/<schema>/<table>`: the dataset, and for whoever may read it what stands in its columns. Keys and
 * identifiers stay unlisted.
 */
export function answerColumnValues(
  read: CatalogReader,
  grants: GroupGrants | undefined,
): RequestHandler<{ schema: string; table: string }> {
  let kept:
    | { readonly number: number; readonly tables: Map<string, Promise<readonly ColumnValues[]>> }
    | undefined;
  const valuesOf = (hold: SnapshotHold, dataset: Dataset): Promise<readonly ColumnValues[]> => {
    const { number } = hold.snapshot;
    if (kept?.number !== number) kept = { number, tables: new Map() };
    const { tables } = kept;
    const name = `${dataset.schema}.${dataset.table}`;
    const known = tables.get(name);
    if (known !== undefined) return known;
    const values = hold.query((connection) => readValues(connection, dataset));
    if (tables.size < MOST_KEPT) tables.set(name, values);
    // A failure is not kept.
    values.catch(() => tables.delete(name));
    return values;
  };
  return (request, response, next) => {
    const hold = holdOf(request as never);
    const { schema, table } = request.params;
    const answer = async (): Promise<void> => {
      const { datasets, ...head } = await read(hold);
      const dataset = datasets.find((each) => each.schema === schema && each.table === table);
      if (dataset === undefined) answerError(response, 404, 'not-found', 'there is no such table');
      else {
        const mayRead = mayGroupRead(grants, callerOf(request as never)?.group ?? '', schema, table);
        response.json({ ...head, ...dataset, mayRead, values: mayRead ? await valuesOf(hold, dataset) : [] });
      }
    };
    answer().catch(next);
  };
}

async function readValues(connection: DuckDBConnection, dataset: Dataset): Promise<readonly ColumnValues[]> {
  const { columns } = dataset;
  const from = `${sqlName(dataset.schema)}.${sqlName(dataset.table)}`;
  if (columns.length === 0) return [];
  const count = dataset.rows > MOST_COUNTED ? 'approx_count_distinct(' : 'count(distinct ';
  const facts = columns.flatMap((column, index) => {
    const name = sqlName(column.name);
    const range = isOrdered(column) ? [`min(${name}) as l${index}`, `max(${name}) as g${index}`] : [];
    return [`count(${name}) as f${index}`, `${count}${name}) as d${index}`, ...range];
  });
  const reader = await connection.runAndReadAll(`select ${facts.join(', ')} from ${from}`);
  const row = reader.getRowObjectsJson()[0] ?? {};
  const values: ColumnValues[] = [];
  for (const [index, column] of columns.entries()) {
    const distinct = Number(row[`d${index}`] ?? 0);
    const isSorted = isKind(column) && distinct > 0 && distinct <= MOST_KINDS;
    values.push({
      name: column.name,
      filled: Number(row[`f${index}`] ?? 0),
      distinct,
      ...(isOrdered(column) ? { least: row[`l${index}`] ?? null, greatest: row[`g${index}`] ?? null } : {}),
      ...(isSorted ? { most: await readKinds(connection, from, sqlName(column.name)) } : {}),
    });
  }
  return values;
}

async function readKinds(connection: DuckDBConnection, from: string, column: string) {
  const reader = await connection.runAndReadAll(
    `select ${column} as value, count(*)::double as rows from ${from}
     where ${column} is not null group by all order by rows desc, value limit ${SHOWN_KINDS}`,
  );
  return reader.getRowsJson().map(([value, rows]) => ({ value: value ?? null, rows: Number(rows) }));
}

function isOrdered({ type }: DatasetColumn): boolean {
  return /^(TINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE|DECIMAL|DATE|TIMESTAMP)/.test(type);
}

/** Text of few kinds; a key or an identifier names one person or thing. */
function isKind({ name, type, isKey }: DatasetColumn): boolean {
  if (isKey === true || /(^|_)(key|uid|id|identifier)$/.test(name)) return false;
  return type === 'VARCHAR' || type === 'BOOLEAN';
}
