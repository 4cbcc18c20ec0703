import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../base/package-root.ts';
import type { Usage } from './measure.ts';
import { benchViews } from './views.ts';

const USAGE = `node dist/bench/run.js views [--runs 3] [--megabytes 600] [--big] [--python <python with pysof>] [--folder <dir>]`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    megabytes: { type: 'string', default: '600' },
    big: { type: 'boolean', default: false },
    python: { type: 'string' },
    folder: { type: 'string' },
  },
});

if (positionals.length !== 1 || positionals[0] !== 'views') {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}

const load = loadavg()[0] ?? 0;
const { usages, summary } = await benchViews({
  folder: values.folder === undefined ? join(packageRoot, '.chiasm', 'bench') : resolve(values.folder),
  runs: Number(values.runs),
  megabytes: Number(values.megabytes),
  isBig: values.big,
  python: values.python,
  report: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(
  `${cpus().length} cores, load ${load.toFixed(1)} at the start; medians of ${values.runs} runs\n\n`,
);
process.stdout.write(`${tableOf(usages)}\n\n`);
process.stdout.write(`${JSON.stringify(summary)}\n`);

function tableOf(rows: ReadonlyMap<string, Usage>): string {
  const width = Math.max(...[...rows.keys()].map((name) => name.length));
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(width)}  ${cells.map((cell) => cell.padStart(10)).join('')}`;
  const floorOf = (name: string): Usage | undefined =>
    rows.get(name.startsWith('five') ? 'five: floor' : name.startsWith('big') ? 'big: floor' : 'floor');
  return [
    line('', ['CPU s', '× floor', 'wall s', '× floor', 'RSS MB']),
    ...[...rows].map(([name, usage]) => {
      const floor = floorOf(name) ?? usage;
      return line(name, [
        usage.cpu_s.toFixed(2),
        (usage.cpu_s / floor.cpu_s).toFixed(2),
        usage.wall_s.toFixed(2),
        (usage.wall_s / floor.wall_s).toFixed(2),
        String(usage.rss_mb),
      ]);
    }),
  ].join('\n');
}
