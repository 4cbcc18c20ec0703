import type { DuckDBConnection } from '@duckdb/node-api';
import { landedTableSql } from '../landing/landing-catalog.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import { queryJson } from '../warehouse/duckdb.ts';
import { unaccounted } from './unaccounted.ts';

/**
 * Holds what lies beside the lines of some runs to their manifests: each file's lines and bytes are those of its index
 * rows, lines and deletions together are the records, the other tables have their rows, and what each source file is
 * said to have given is there.
 *
 * @throws ChiasmError `unaccounted-lines`
 */
export async function reconcileLanding(
  connection: DuckDBConnection,
  landing: string,
  runs: readonly LandingManifest[],
): Promise<void> {
  if (runs.length === 0) return;
  await reconcileFiles(connection, landing, runs);
  await reconcileTables(connection, landing, runs);
  await reconcileOrigins(connection, landing, runs);
}

async function reconcileFiles(
  connection: DuckDBConnection,
  landing: string,
  runs: readonly LandingManifest[],
): Promise<void> {
  const rows = await queryJson(
    connection,
    `select source, run, file, type, count(*)::double as lines, sum(byte_length + 1)::double as bytes
     from (${landedTableSql(landing, runs, 'index')}) group by all`,
  );
  const indexed = new Map<string, { readonly lines: number; readonly bytes: number }>();
  const records = new Map<string, number>();
  for (const { source, run, file, type, ...row } of rows) {
    const lines = Number(row['lines']);
    indexed.set([source, run, type, file].join('/'), { lines, bytes: Number(row['bytes']) });
    records.set(`${source}/${run}`, (records.get(`${source}/${run}`) ?? 0) + lines);
  }
  for (const run of runs) {
    for (const { name, type, lines, bytes } of run.files) {
      const found = indexed.get([run.source, run.run, type, name].join('/')) ?? { lines: 0, bytes: 0 };
      hold(run, `lines of ${type} in the index`, lines, found.lines, type);
      hold(run, `bytes of ${type} in the index`, bytes, found.bytes, type);
    }
    // an export counts the records as it reads its files, and landing as it writes them
    const lines = run.files.reduce((sum, file) => sum + file.lines, 0);
    hold(run, 'records of its export', Number(run.request['records'] ?? lines), lines);
    hold(run, 'records in the index', run.records, records.get(`${run.source}/${run.run}`) ?? 0);
  }
}

async function reconcileTables(
  connection: DuckDBConnection,
  landing: string,
  runs: readonly LandingManifest[],
): Promise<void> {
  for (const [table, expected] of [
    ['rejected', 'rejected'],
    ['aliases', 'aliases'],
    ['origins', 'originFiles'],
  ] as const) {
    const rows = await queryJson(
      connection,
      `select source, run, count(*)::double as n from (${landedTableSql(landing, runs, table)}) group by all`,
    );
    const found = new Map(rows.map((row) => [`${row['source']}/${row['run']}`, Number(row['n'])]));
    for (const run of runs) {
      hold(run, `rows of ${table}.parquet`, run[expected], found.get(`${run.source}/${run.run}`) ?? 0);
    }
  }
}

/**
 * A file that could be read to its end gave as many records and rejections as its row in `origins` says. Some sources
 * count deletions among the records, others do not.
 */
async function reconcileOrigins(
  connection: DuckDBConnection,
  landing: string,
  runs: readonly LandingManifest[],
): Promise<void> {
  const rows = await queryJson(
    connection,
    `with origin as (
       select source, run, path, sum(records) as records, sum(rejected) as rejected
       from (${landedTableSql(landing, runs, 'origins')}) group by all
       having not bool_or(status = 'read' and sha256 = '')
     ),
     landed as (
       select source, run, origin_path as path, count(*) filter (not is_deleted) as n, count(*) as all_rows
       from (${landedTableSql(landing, runs, 'index')}) group by all
     ),
     refused as (
       select source, run, origin_path as path, count(*) as n
       from (${landedTableSql(landing, runs, 'rejected')}) group by all
     )
     select source, run, sum(o.records + o.rejected)::double as expected,
       sum(coalesce(l.n, 0) + coalesce(r.n, 0))::double as found
     from origin o left join landed l using (source, run, path) left join refused r using (source, run, path)
     where o.records not in (coalesce(l.n, 0), coalesce(l.all_rows, 0)) or o.rejected <> coalesce(r.n, 0)
     group by source, run order by source, run`,
  );
  const [row] = rows;
  if (row === undefined) return;
  const [source, run] = [String(row['source']), String(row['run'])];
  throw unaccounted(
    `source ${source}, run ${run}, records and rejections of its files`,
    Number(row['expected']),
    Number(row['found']),
    { source, run },
  );
}

function hold(run: LandingManifest, what: string, expected: number, found: number, type?: string): void {
  if (expected === found) return;
  const where = { source: run.source, run: run.run, ...(type === undefined ? {} : { type }) };
  throw unaccounted(`source ${run.source}, run ${run.run}, ${what}`, expected, found, where);
}
