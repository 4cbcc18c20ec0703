import type { DuckDBConnection } from '@duckdb/node-api';
import { checkRunContent } from '../landing/landing-check.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import { dropFolds, originsSql } from '../landing/origin-fold.ts';
import type { KnownOrigin, KnownOrigins } from '../source/source-run.ts';
import { chunkReader } from '../warehouse/chunk-reader.ts';
import { queryCount } from '../warehouse/duckdb.ts';

/**
 * What the runs of one source know of its files, in a table of `connection`: what the newest run that read a file says
 * of it. Files that are gone are not known. While `sorted` is read, the connection can do nothing else.
 */
export async function openKnownOrigins(
  connection: DuckDBConnection,
  landing: string,
  folds: string,
  runs: readonly LandingManifest[],
): Promise<KnownOrigins> {
  if (runs.length === 0) return { count: 0, all: async () => new Map(), sorted: async function* () {} };
  const make = (): Promise<unknown> =>
    connection.run(
      `create or replace temp table known_origin as
       select path, ${FILE} as file, ${NUMBER} as number, arg_max(size, run)::double as size, arg_max(mtime_ms, run) as mtime_ms,
         arg_max(sha256, run) as sha256,
         coalesce(arg_max(rejected, run) filter (status <> 'touched') > 0, false) as is_rejected,
         bool_or(records > 0) as has_record,
         coalesce(arg_max(records, run) filter (status <> 'touched') > 0, false) as holds_record
       from (${originsSql(landing, folds, runs)}) group by all having arg_max(status, run) <> 'removed'`,
    );
  try {
    await make();
  } catch {
    // A table that cannot be read is the fault of a damaged run, which has to be told, or of a fold, which can be made anew.
    for (const run of runs) await checkRunContent(landing, run);
    await dropFolds(folds);
    await make();
  }
  const read = (order: string): AsyncGenerator<readonly KnownOrigin[]> =>
    streamOrigins(
      connection,
      `select path, size, mtime_ms, sha256, is_rejected, has_record, holds_record from known_origin ${order}`,
    );
  return {
    count: await queryCount(connection, 'select count(distinct file) from known_origin'),
    all: async () => {
      const origins = new Map<string, KnownOrigin>();
      for await (const batch of read('')) for (const origin of batch) origins.set(origin.path, origin);
      return origins;
    },
    sorted: () => read('order by file, number'),
  };
}

/** The same as `placeInFile` of the DICOM source; DuckDB orders text by the bytes of UTF-8. */
const MEMBER = String.raw`'(?s)^(.+\.dicom\.(?:nd)?json)#([0-9]+)$'`;
const FILE = `coalesce(nullif(regexp_extract(path, ${MEMBER}, 1), ''), path)`;
const NUMBER = `coalesce(try_cast(regexp_extract(path, ${MEMBER}, 2) as double), 0)`;

async function* streamOrigins(
  connection: DuckDBConnection,
  sql: string,
): AsyncGenerator<readonly KnownOrigin[]> {
  const result = await connection.stream(sql);
  const next = chunkReader(result);
  for (;;) {
    const chunk = await next();
    if (chunk === undefined) return;
    yield chunk.getRows().map(([path, size, mtimeMs, sha256, isRejected, hasRecord, holdsRecord]) => ({
      path: String(path),
      size: Number(size),
      mtimeMs: Number(mtimeMs),
      sha256: String(sha256),
      isRejected: isRejected === true,
      hasRecord: hasRecord === true,
      holdsRecord: holdsRecord === true,
    }));
  }
}
