import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../base/package-root.ts';
import { benchRefresh } from './refresh.ts';
import { refreshSummary, refreshTable } from './refresh-report.ts';
import { benchRest, restTable } from './rest.ts';
import { benchSql, sqlTable } from './sql.ts';
import { benchViews } from './views.ts';
import { viewsTable } from './views-table.ts';

const USAGE = `node dist/bench/run.js views [--runs 3] [--megabytes 600] [--big] [--python <python with pysof>] [--folder <dir>]
node dist/bench/run.js refresh [--rows 1000000,5000000,10000000] [--nights 3] [--order patient|time] [--memory 4GB] [--keep] [--folder <dir>]
node dist/bench/run.js rest [--rows 5000000] [--asked 100] [--folder <dir>]
node dist/bench/run.js sql [--rows 1000000] [--runs 3] [--folder <dir>]
`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    megabytes: { type: 'string', default: '600' },
    big: { type: 'boolean', default: false },
    python: { type: 'string' },
    folder: { type: 'string' },
    rows: { type: 'string' },
    asked: { type: 'string', default: '100' },
    nights: { type: 'string', default: '3' },
    order: { type: 'string', default: 'patient' },
    memory: { type: 'string', default: '4GB' },
    keep: { type: 'boolean', default: false },
  },
});

const folder = values.folder === undefined ? join(packageRoot, '.chiasm', 'bench') : resolve(values.folder);
const report = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const load = loadavg()[0] ?? 0;
const machine = `${cpus().length} cores, load ${load.toFixed(1)} at the start`;

if (positionals.length === 1 && positionals[0] === 'views') {
  const { usages, summary } = await benchViews({
    folder,
    runs: Number(values.runs),
    megabytes: Number(values.megabytes),
    isBig: values.big,
    python: values.python,
    report,
  });
  print(`${machine}; medians of ${values.runs} runs`, viewsTable(usages), summary);
} else if (positionals.length === 1 && positionals[0] === 'refresh') {
  const sizes = await benchRefresh({
    folder,
    rows: (values.rows ?? '1000000').split(',').map(Number),
    nights: Number(values.nights),
    order: values.order === 'time' ? 'time' : 'patient',
    memoryLimit: values.memory,
    keeps: values.keep,
    report,
  });
  print(`${machine}; memory limit of DuckDB ${values.memory}`, refreshTable(sizes), refreshSummary(sizes));
} else if (positionals.length === 1 && positionals[0] === 'rest') {
  const latencies = await benchRest({
    folder,
    rows: Number(values.rows ?? '5000000'),
    asked: Number(values.asked),
    report,
  });
  print(`${machine}; each question asked ${values.asked} times`, restTable(latencies), { latencies });
} else if (positionals.length === 1 && positionals[0] === 'sql') {
  const figures = await benchSql({
    folder,
    rows: Number(values.rows ?? '1000000'),
    runs: Number(values.runs),
    report,
  });
  print(
    `${machine}; ${values.rows ?? '1000000'} laboratory results, medians of ${values.runs} runs`,
    sqlTable(figures),
    {
      ...figures,
    },
  );
} else {
  process.stderr.write(USAGE);
  process.exit(2);
}

/** A table for people first; the last line is the same as JSON. */
function print(head: string, table: string, summary: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${head}\n\n${table}\n\n${JSON.stringify(summary)}\n`);
}
