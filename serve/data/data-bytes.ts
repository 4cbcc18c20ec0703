import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBTypeId } from '@duckdb/node-api';
import { sqlName, sqlString } from '../../base/sql-text.ts';
import type { SnapshotHold } from '../../cube/served-snapshots.ts';
import { arrowEncoder } from '../../etl/warehouse/arrow-stream.ts';
import { type ChunkStream, openChunks } from './chunk-stream.ts';
import type { DataFormat } from './data-format.ts';
import { csvHead, csvSql, ndjsonSql } from './text-rows.ts';

export interface DataRequest {
  /** DuckDB's SQL over the snapshot. */
  readonly sql: string;
  readonly settings: readonly string[];
  readonly format: DataFormat;
  readonly signal: AbortSignal;
  /** Where a Parquet file is made before it is sent: its end says what its beginning holds. */
  readonly exports: string;
  readonly onRows: (rows: number) => void;
}

const READ_BYTES = 1024 * 1024;

/**
 * The rows of a query as bytes of a format, made as fast as they are taken. The caller keeps the hold until the
 * generator has ended.
 */
export function dataBytes(hold: SnapshotHold, request: DataRequest): AsyncGenerator<Uint8Array> {
  switch (request.format) {
    case 'arrow':
      return arrowBytes(hold, request);
    case 'parquet':
      return parquetBytes(hold, request);
    case 'ndjson':
      return lines(hold, request, ndjsonSql(request.sql), undefined);
    case 'csv':
      return csvBytes(hold, request);
    default:
      return request.format satisfies never;
  }
}

async function* arrowBytes(hold: SnapshotHold, request: DataRequest): AsyncGenerator<Uint8Array> {
  const stream = await open(hold, request, request.sql);
  try {
    const encoder = arrowEncoder(stream.names, stream.types);
    for (let chunk = await stream.next(); chunk !== undefined; chunk = await stream.next()) {
      request.onRows(chunk.rowCount);
      yield* encoder.encode(chunk);
    }
    yield* encoder.finish();
  } finally {
    await stream.close();
  }
}

async function* csvBytes(hold: SnapshotHold, request: DataRequest): AsyncGenerator<Uint8Array> {
  const shape = await shapeOf(hold, request);
  yield* lines(hold, request, csvSql(request.sql, shape.types), csvHead(shape.names));
}

/** Names and types of the columns. */
async function shapeOf(
  hold: SnapshotHold,
  request: DataRequest,
): Promise<Pick<ChunkStream, 'names' | 'types'>> {
  const stream = await open(hold, request, `select * from (${request.sql}) as r limit 0`);
  try {
    await stream.next();
    return stream;
  } finally {
    await stream.close();
  }
}

async function* lines(
  hold: SnapshotHold,
  request: DataRequest,
  sql: string,
  head: string | undefined,
): AsyncGenerator<Uint8Array> {
  const stream = await open(hold, request, sql);
  try {
    // What fails at once fails before anything is sent.
    let chunk = await stream.next();
    if (head !== undefined) yield Buffer.from(`${head}\n`);
    for (; chunk !== undefined; chunk = await stream.next()) {
      request.onRows(chunk.rowCount);
      yield Buffer.from(`${chunk.getColumnValues(0).join('\n')}\n`);
    }
  } finally {
    await stream.close();
  }
}

async function* parquetBytes(hold: SnapshotHold, request: DataRequest): AsyncGenerator<Uint8Array> {
  const file = join(request.exports, `${randomUUID()}.parquet`);
  try {
    const { names, types } = await shapeOf(hold, request);
    // Parquet knows no integers of 128 bits.
    const columns = names.map((name, index) =>
      types[index]?.typeId === DuckDBTypeId.HUGEINT
        ? `${sqlName(name)}::decimal(38, 0) as ${sqlName(name)}`
        : sqlName(name),
    );
    const stream = await open(
      hold,
      request,
      `copy (select ${columns.join(', ')} from (${request.sql}) as r) to ${sqlString(file)} (format parquet, compression zstd, row_group_size 30000)`,
    );
    try {
      const counted = await stream.next();
      request.onRows(Number(counted?.getColumnValues(0)[0] ?? 0));
      await stream.next();
    } finally {
      await stream.close();
    }
    yield* createReadStream(file, { highWaterMark: READ_BYTES });
  } finally {
    await rm(file, { force: true });
  }
}

function open(hold: SnapshotHold, { settings, signal }: DataRequest, sql: string): Promise<ChunkStream> {
  return openChunks(hold, sql, settings, signal);
}
