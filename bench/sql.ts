import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { packageRoot } from '../base/package-root.ts';
import { sqlString } from '../base/sql-text.ts';
import { openDuckDB } from '../etl/warehouse/duckdb.ts';
import { median } from './measure.ts';
import { startPostgres } from './postgres.ts';
import { openRawClient, type RawClient } from './sql-client.ts';
import { makeSqlData, type SqlData } from './sql-data.ts';

export interface SqlBenchOptions {
  readonly folder: string;
  readonly rows: number;
  readonly runs: number;
  readonly report: (line: string) => void;
}

/** Milliseconds, medians; `peer` is PostgreSQL on the same machine and data. */
export interface SqlFigure {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
}

export interface SqlFigures {
  readonly rows: number;
  readonly streams: readonly SqlFigure[];
  readonly queries: readonly SqlFigure[];
  /** Added to bare DuckDB by a small query over the wire, median. */
  readonly addedLatencyMs: number;
  readonly cancelMs: number;
  /** Largest resident set of the server before and after the streams, in MB. */
  readonly rssMb: readonly [before: number, after: number];
}

const STREAMS = {
  narrow: 'select loinc_code, result_date, value_number from marts.lab_results',
  wide: 'select * from marts.lab_results',
} as const;

const QUERIES = [
  'select loinc_code, count(*), avg(value_number) from marts.lab_results group by 1 order by 2 desc limit 20',
  `select date_trunc('month', result_date)::date, count(*), count(distinct patient_key) from marts.lab_results group by 1 order by 1`,
  'select p.sex, l.lab_group, avg(l.value_number), max(l.result_date) from marts.lab_results l join marts.patients p using (patient_key) group by 1, 2 order by 1, 2',
  'select loinc_code, percentile_cont(0.5) within group (order by value_number) from marts.lab_results group by 1 order by 1 limit 50',
  'select count(*) from (select patient_key, row_number() over (partition by patient_key order by result_date desc, lab_result_key) as n from marts.lab_results) t where n = 1',
  `select unit, sum(case when is_abnormal then 1 else 0 end), count(*) from marts.lab_results where result_date >= date '2015-01-01' and loinc_code like '11%' group by 1 order by 1`,
];

const SMALL = `select count(*) from marts.patients where sex = 'female' and birth_year > 50`;
const LONG =
  'select count(*) from generate_series(1, 100000000) a, generate_series(1, 1000000) b where a.a * b.b % 7 = 3';

/** The endpoint against PostgreSQL, alternating, each client at a time. */
export async function benchSql({ folder, rows, runs, report }: SqlBenchOptions): Promise<SqlFigures> {
  const data = await makeSqlData(folder, rows);
  const postgres = startPostgres();
  const password = randomBytes(18).toString('base64url');
  const server = spawn(
    process.execPath,
    [join(packageRoot, 'dist', 'bench', 'sql-server.js'), data.warehouse, folder, password],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    const [line] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    await load(data, postgres.directory);
    const ours = await openRawClient({ port: Number(line), user: 'bench', password, database: 'chiasm' });
    const peer = await openRawClient({ port: 59432, user: 'postgres', database: 'postgres' });
    const compare = async (name: string, sql: string, format: 'text' | 'binary'): Promise<SqlFigure> => {
      const times = await alternate([ours, peer], sql, format, runs);
      const figure = { name, ours: median(times[0] ?? []), peer: median(times[1] ?? []) };
      report(`${name}: ${figure.ours.toFixed(0)} ms, PostgreSQL ${figure.peer.toFixed(0)} ms`);
      return figure;
    };
    const queries: SqlFigure[] = [];
    for (const [index, sql] of QUERIES.entries())
      queries.push(await compare(`query ${index + 1}`, sql, 'text'));
    const before = peakRss(server);
    const streams: SqlFigure[] = [];
    for (const [name, sql] of Object.entries(STREAMS))
      for (const format of ['text', 'binary'] as const)
        streams.push(await compare(`${name}, ${format}`, sql, format));
    const after = peakRss(server);
    const addedLatencyMs = (await latency(ours)) - (await bareLatency(data));
    const cancels: number[] = [];
    for (let run = 0; run < runs; run += 1) cancels.push(await ours.cancel(LONG, 300));
    ours.end();
    peer.end();
    return { rows, streams, queries, addedLatencyMs, cancelMs: median(cancels), rssMb: [before, after] };
  } finally {
    server.kill('SIGTERM');
    postgres.stop();
  }
}

async function load({ tables }: SqlData, socket: string): Promise<void> {
  const client = new pg.Client({ host: socket, port: 59432, user: 'postgres', database: 'postgres' });
  await client.connect();
  await client.query('create schema marts');
  for (const { mart, csv } of tables) {
    const columns = mart.columns.map(
      ({ name, type }) => `"${name}" ${type === 'DOUBLE' ? 'double precision' : type}`,
    );
    await client.query(`create table marts.${mart.name} (${columns.join(', ')})`);
    await client.query(`copy marts.${mart.name} from program ${sqlString(`cat ${csv}`)} (format csv)`);
    await client.query(`alter table marts.${mart.name} add primary key (${mart.key.join(', ')})`);
    await client.query(`vacuum analyze marts.${mart.name}`);
  }
  await client.end();
}

/** Times of each client, taken by turns; the first round warms up. */
async function alternate(
  clients: readonly RawClient[],
  sql: string,
  format: 'text' | 'binary',
  runs: number,
): Promise<readonly (readonly number[])[]> {
  const times = clients.map((): number[] => []);
  for (let run = 0; run <= runs; run += 1)
    for (const [index, client] of clients.entries()) {
      const { ms } = await client.run(sql, format);
      if (run > 0) times[index]?.push(ms);
    }
  return times;
}

async function latency(client: RawClient): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 220; run += 1) times.push((await client.run(SMALL, 'text')).ms);
  return median(times.slice(20));
}

/** The same query in DuckDB alone, over the same file. */
async function bareLatency({ tables }: SqlData): Promise<number> {
  const instance = await openDuckDB({});
  const connection = await instance.connect();
  await connection.run('create schema marts');
  for (const { mart, parquet } of tables)
    await connection.run(`create view marts.${mart.name} as from read_parquet(${sqlString(parquet)})`);
  const times: number[] = [];
  for (let run = 0; run < 220; run += 1) {
    const started = performance.now();
    await connection.runAndReadAll(SMALL);
    times.push(performance.now() - started);
  }
  connection.closeSync();
  instance.closeSync();
  return median(times.slice(20));
}

function peakRss({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

/** The table for people: how many times as fast as PostgreSQL. */
export function sqlTable({ rows, streams, queries, addedLatencyMs, cancelMs, rssMb }: SqlFigures): string {
  const line = (name: string, ...cells: readonly string[]): string =>
    name.padEnd(16) + cells.map((cell) => cell.padStart(14)).join('');
  return [
    line('', 'krows/s', 'PostgreSQL', 'ratio'),
    ...streams.map(({ name, ours, peer }) =>
      line(name, (rows / ours).toFixed(0), (rows / peer).toFixed(0), (peer / ours).toFixed(2)),
    ),
    '',
    line('', 'ms', 'PostgreSQL', 'ratio'),
    ...queries.map(({ name, ours, peer }) =>
      line(name, ours.toFixed(0), peer.toFixed(0), (peer / ours).toFixed(1)),
    ),
    '',
    `added latency over bare DuckDB: ${addedLatencyMs.toFixed(1)} ms; cancel: ${cancelMs.toFixed(0)} ms; ` +
      `peak memory of the server before and after the streams: ${rssMb.join(' and ')} MB`,
  ].join('\n');
}
