import { openDuckDB } from '../etl/warehouse/duckdb.ts';

/**
 * Runs the SQL statements of its first argument (a JSON array) and prints what it took: a process of its own, so
 * that its peak memory is its own, too.
 */
const statements: readonly string[] = JSON.parse(process.argv[2] ?? '[]');
const started = performance.now();
const instance = await openDuckDB();
const connection = await instance.connect();
await connection.run('set preserve_insertion_order = false');
for (const statement of statements) await connection.run(statement);
const wall = (performance.now() - started) / 1000;
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stdout.write(
  `${JSON.stringify({ cpu_s: (userCPUTime + systemCPUTime) / 1e6, wall_s: wall, rss_mb: Math.round(maxRSS / 1024) })}\n`,
);
