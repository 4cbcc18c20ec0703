import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafely } from '../cli/read-safely.ts';
import { parseViewDefinition } from '../etl/view/parse.ts';
import { planView } from '../etl/view/plan.ts';
import { printView } from '../etl/view/sql.ts';
import { openDuckDB } from '../etl/warehouse/duckdb.ts';
import { copyTo } from './copy-to.ts';
import type { Step } from './measure.ts';

/**
 * Runs the steps of its first argument (JSON) and prints what they took: a process of its own, so that its peak
 * memory is its own, too. Starting Node.js is not counted, opening DuckDB is.
 */
const steps: readonly Step[] = JSON.parse(process.argv[2] ?? '[]');
const directory = await mkdtemp(join(tmpdir(), 'chiasm-bench-'));
const [started, idle] = [performance.now(), process.cpuUsage()];
const instance = await openDuckDB({ temporaryDirectory: join(directory, 'spill') });
const connection = await instance.connect();
await connection.run("set timezone = 'UTC'; set preserve_insertion_order = false");
for (const step of steps) await runStep(step);
const wall = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(idle);
const { maxRSS } = process.resourceUsage();
await rm(directory, { recursive: true, force: true });
process.stdout.write(
  `${JSON.stringify({ cpu_s: (user + system) / 1e6, wall_s: wall, rss_mb: Math.round(maxRSS / 1024) })}\n`,
);

async function runStep(step: Step): Promise<void> {
  if (step.kind === 'sql') {
    await connection.run(step.sql);
    return;
  }
  const plan = planView(parseViewDefinition(step.view));
  const onRefused = (): never => {
    throw new Error('a generated line was refused');
  };
  await readSafely({ plan, files: [step.file], connection, directory, onRefused }, async (scan) => {
    await connection.run(copyTo(printView(plan, scan), step.target));
  });
}
