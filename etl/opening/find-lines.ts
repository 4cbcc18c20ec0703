import { readFile } from 'node:fs/promises';
import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { groupBy } from '../../base/group.ts';
import { sqlString } from '../../base/sql-text.ts';
import { landedFile, landedTableSql } from '../landing/landing-catalog.ts';
import { damaged } from '../landing/landing-check.ts';
import { landingManifest } from '../landing/landing-format.ts';
import { queryJson } from '../warehouse/duckdb.ts';
import type { KnownRecord } from './find-records.ts';
import type { OpenedRecord } from './opened.ts';

/** A record with the bytes of its line in the (decompressed) landing file. */
export interface FoundLine {
  readonly record: Omit<OpenedRecord, 'text'>;
  readonly contentHash: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Where the lines of records lie in landing, and which line of which source file each was, by the index and the origins
 * of the run that brought it. Throws `landing-damaged`.
 */
export async function findLines(
  connection: DuckDBConnection,
  landing: string,
  records: readonly KnownRecord[],
): Promise<readonly FoundLine[]> {
  const runs = groupBy(records, ({ source, run }) => `${source}/${run}`);
  const found: FoundLine[] = [];
  for (const own of runs.values()) found.push(...(await findInRun(connection, landing, own)));
  return found;
}

async function findInRun(
  connection: DuckDBConnection,
  landing: string,
  records: readonly KnownRecord[],
): Promise<readonly FoundLine[]> {
  const [first] = records;
  if (first === undefined) return [];
  const run = { source: first.source, run: first.run };
  try {
    const text = await readFile(landedFile(landing, run, 'manifest.json'), 'utf8');
    const { transactionTime } = landingManifest.parse(JSON.parse(text));
    const wanted = records.map(
      ({ type, id, file }) => `(${sqlString(type)}, ${sqlString(id)}, ${sqlString(file)})`,
    );
    const rows = await queryJson(
      connection,
      `with place as (${landedTableSql(landing, [run], 'index')}),
       origin as (
         select path, max(sha256) as sha256 from (${landedTableSql(landing, [run], 'origins')})
         where status = 'read' group by path
       )
       select p.*, o.sha256 from place p left join origin o on o.path = p.origin_path
       where (p.type, p.id, p.file) in (${wanted.join(', ')}) and not p.is_deleted`,
    );
    return records.map((record) => lineOf(record, rows, transactionTime));
  } catch (cause) {
    throw damaged(run.source, run.run, 'index.parquet', cause);
  }
}

function lineOf(
  record: KnownRecord,
  rows: readonly Readonly<Record<string, Json>>[],
  landedAt: string,
): FoundLine {
  const { source, type, id, run, file, contentHash } = record;
  const row = rows.find((each) => each['type'] === type && each['id'] === id && each['file'] === file);
  if (row === undefined) throw new Error('the index does not know a record of its run');
  const line = Number(row['origin_line'] ?? 0);
  const element = String(row['origin_element'] ?? '');
  return {
    record: {
      source,
      type,
      id,
      run,
      landedAt,
      file,
      line: Number(row['line']),
      origin: {
        path: String(row['origin_path']),
        sha256: row['sha256'] === null ? undefined : String(row['sha256']),
        line: line === 0 ? undefined : line,
        element: element === '' ? undefined : element,
      },
    },
    contentHash,
    offset: Number(row['byte_offset']),
    length: Number(row['byte_length']),
  };
}
