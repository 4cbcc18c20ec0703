import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import type { SnapshotHold } from '../../cube/served-snapshots.ts';
import { chunkReader } from '../../etl/warehouse/chunk-reader.ts';
import { connectStepped } from '../stepped-connection.ts';
import type { Field } from '../wire/backend.ts';
import type { Format } from '../wire/frontend.ts';
import { ConnectionClosed } from '../wire/outbox.ts';
import { SQLSTATE, SqlError } from '../wire/sql-error.ts';
import { dataError } from './data-error.ts';
import { encodeRows, type ResultColumn } from './encode/chunk-encoder.ts';
import { RowBuffer } from './encode/row-buffer.ts';
import { resultCast } from './result-cast.ts';
import { MACROS } from './rewrite/macros.ts';
import type { RowSink, RowStream } from './row-stream.ts';

/** Bytes that are encoded before they are handed over. */
const BATCH_BYTES = 128 * 1024;

export interface DataQuery {
  /** DuckDB's SQL. */
  readonly sql: string;
  /** What the client was told of the columns. */
  readonly fields: readonly Field[];
  readonly formatOf: (index: number) => Format;
  readonly timeZone: string;
}

/** How DuckDB is made to compute as PostgreSQL does. */
export function connectionSettings(timeZone: string): readonly string[] {
  return [
    'set session integer_division = true',
    `set session timezone = '${timeZone.replaceAll("'", "''")}'`,
    ...MACROS,
  ];
}

/**
 * Runs a query over a snapshot, which the stream keeps until it is closed, and hands its rows over chunk by chunk:
 * nothing is fetched before the client has taken what came before. The signal stops it.
 */
export async function openDataStream(
  hold: SnapshotHold,
  query: DataQuery,
  signalOf: () => AbortSignal,
): Promise<RowStream> {
  const stepped = await connectStepped(hold, connectionSettings(query.timeZone), signalOf).catch(
    (error: unknown) => {
      hold.release();
      throw error;
    },
  );
  let isOpen = true;
  let isDone = false;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    void stepped.close(isDone).finally(hold.release);
  };
  const step = <T>(task: () => Promise<T>): Promise<T> => {
    const signal = signalOf();
    return stepped.step(task).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error instanceof ConnectionClosed ? error : dataError(error);
    });
  };
  try {
    const { result, columns } = await startQuery(stepped.connection, query, step);
    const nextChunk = chunkReader(result);
    const out = new RowBuffer(BATCH_BYTES * 2);
    let chunk: DuckDBDataChunk | undefined;
    let next = 0;
    const send = async (sink: RowSink, maxRows: number): Promise<{ rows: number; isDone: boolean }> => {
      let rows = 0;
      while (!isDone && (maxRows === 0 || rows < maxRows)) {
        if (chunk === undefined || next >= chunk.rowCount) {
          chunk = await step(nextChunk);
          next = 0;
          if (chunk === undefined) {
            isDone = true;
            break;
          }
        }
        const end = maxRows === 0 ? chunk.rowCount : Math.min(chunk.rowCount, next + maxRows - rows);
        encodeRows(out, chunk, columns, next, end);
        rows += end - next;
        next = end;
        if (out.at >= BATCH_BYTES) await sink(out.take());
      }
      if (out.at > 0) await sink(out.take());
      return { rows, isDone };
    };
    return { send, close };
  } catch (error) {
    close();
    throw error;
  }
}

async function startQuery(
  connection: DuckDBConnection,
  { sql, fields, formatOf, timeZone }: DataQuery,
  step: <T>(task: () => Promise<T>) => Promise<T>,
): Promise<{ readonly result: DuckDBResult; readonly columns: readonly ResultColumn[] }> {
  const prepared = await step(() => connection.prepare(sql));
  try {
    if (prepared.columnCount !== fields.length)
      throw new SqlError(
        SQLSTATE.featureNotSupported,
        'this query has other columns here than in PostgreSQL',
      );
    const casts = fields.map((field, index) =>
      resultCast(prepared.columnType(index), field.oid, formatOf(index), timeZone),
    );
    const result = casts.every((each) => each === undefined)
      ? await step(() => prepared.stream())
      : await step(() => connection.stream(withCasts(sql, casts)));
    const types = result.columnTypes();
    const columns = fields.map(({ oid }, index): ResultColumn => {
      const type = types[index];
      if (type === undefined) throw new Error('a column of the result is missing');
      return { type, oid, format: formatOf(index) };
    });
    return { result, columns };
  } finally {
    prepared.destroySync();
  }
}

/** The query with some of its columns cast; the order of its rows stays. */
function withCasts(sql: string, casts: readonly (string | undefined)[]): string {
  const names = casts.map((_, index) => `c${index}`);
  const columns = casts.map((type, index) =>
    type === undefined
      ? `c${index}`
      : type.split('::').reduce((value, each) => `cast(${value} as ${each})`, `c${index}`),
  );
  return `select ${columns.join(', ')} from (${sql}) as q(${names.join(', ')})`;
}
