import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Loaded before a program (`node --import`): when it ends, writes what the process took, as JSON, to the file that
 * `BENCH_USAGE` names. CPU is of all threads, memory the peak resident set, `io_mb` what went to storage, spilled
 * rows included (Linux; else null).
 */
const target = process.env['BENCH_USAGE'];
if (target === undefined) throw new Error('BENCH_USAGE names no file');
process.once('exit', () => {
  const { user, system } = process.cpuUsage();
  writeFileSync(
    target,
    JSON.stringify({
      cpu_s: (user + system) / 1e6,
      wall_s: performance.now() / 1000,
      rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
      io_mb: bytesToStorage(),
    }),
  );
});

function bytesToStorage(): number | null {
  try {
    const bytes = /^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1];
    return bytes === undefined ? null : Math.round(Number(bytes) / 1e6);
  } catch {
    return null;
  }
}
