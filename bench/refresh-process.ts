import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { usageSchema } from './measure.ts';
import { bytesWritten, listFiles } from './written-files.ts';

const run = promisify(execFile);
const atExit = usageSchema.extend({ io_mb: z.number().nullable() });
const outcome = z.object({
  status: z.string(),
  recordsNew: z.number(),
  recordsChanged: z.number(),
  recordsDeleted: z.number(),
});

/** What one refresh took and did. */
export type RefreshUsage = z.infer<typeof atExit> &
  z.infer<typeof outcome> & {
    /** Bytes of the files in the data directory that are new or were written to. */
    readonly written_mb: number;
  };

/** Runs `chiasm refresh` of a configuration as its own process, and measures it. */
export async function measureRefresh(config: string, dataDirectory: string): Promise<RefreshUsage> {
  const own = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const scratch = mkdtempSync(join(tmpdir(), 'chiasm-bench-'));
  const usage = join(scratch, 'usage.json');
  const before = listFiles(dataDirectory);
  try {
    const { stdout } = await run(
      process.execPath,
      ['--import', own('./usage-at-exit.js'), own('../cli/chiasm.js'), 'refresh', '-c', config, '--json'],
      { env: { ...process.env, BENCH_USAGE: usage }, maxBuffer: 1 << 24 },
    );
    return {
      ...atExit.parse(JSON.parse(readFileSync(usage, 'utf8'))),
      ...outcome.parse(JSON.parse(stdout)),
      written_mb: bytesWritten(before, listFiles(dataDirectory)) / 1e6,
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
