import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { BenchView } from './view-definitions.ts';

const run = promisify(execFile);

export const usageSchema = z.object({ cpu_s: z.number(), wall_s: z.number(), rss_mb: z.number() });

const namedUsageSchema = usageSchema.extend({ name: z.string().optional() });

export type NamedUsage = z.infer<typeof namedUsageSchema>;

/** CPU is user and system time of all threads, memory the peak resident set of the process. */
export type Usage = z.infer<typeof usageSchema>;

/** A statement as it stands, or a view over a file that nobody has looked at. */
export type Step =
  | { readonly kind: 'sql'; readonly sql: string }
  | { readonly kind: 'safely'; readonly view: BenchView; readonly file: string; readonly target: string };

export interface Task {
  readonly name: string;
  readonly steps: readonly Step[];
}

/**
 * The median of each figure over `runs` rounds. In a round every task runs once, in its own process, so that a
 * slow minute of the machine falls on all of them.
 */
export async function measureTasks(
  tasks: readonly Task[],
  runs: number,
  report: (line: string) => void,
): Promise<ReadonlyMap<string, Usage>> {
  const usages = new Map<string, Usage[]>(tasks.map((task) => [task.name, []]));
  for (let round = 1; round <= runs; round++) {
    for (const task of tasks) {
      const usage = await runTask(task);
      usages.get(task.name)?.push(usage);
      report(`round ${round} of ${runs}, ${task.name}: ${usage.cpu_s.toFixed(2)} s CPU, ${usage.rss_mb} MB`);
    }
  }
  return new Map([...usages].map(([name, each]) => [name, medianUsage(each)]));
}

async function runTask(task: Task): Promise<Usage> {
  const script = fileURLToPath(new URL('./task.js', import.meta.url));
  return measureProcess(process.execPath, [script, JSON.stringify(task.steps)]);
}

/** Runs a program whose last line on stdout is its usage as JSON, perhaps with its `name`. */
export async function measureProcess(program: string, args: readonly string[]): Promise<NamedUsage> {
  const { stdout } = await run(program, [...args], { maxBuffer: 1 << 24 }).catch(
    (error: { stderr?: unknown }) => {
      throw new Error(`${program} failed: ${String(error.stderr).slice(-2000)}`);
    },
  );
  return namedUsageSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}

export function medianUsage(usages: readonly Usage[]): Usage {
  return {
    cpu_s: median(usages.map((each) => each.cpu_s)),
    wall_s: median(usages.map((each) => each.wall_s)),
    rss_mb: median(usages.map((each) => each.rss_mb)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1] ?? 0, sorted[middle] ?? 0];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
