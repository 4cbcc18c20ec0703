import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sqlString } from '../base/sql-text.ts';
import { parseViewDefinition } from '../etl/view/parse.ts';
import { planView } from '../etl/view/plan.ts';
import { printView } from '../etl/view/sql.ts';
import { copyTo } from './copy-to.ts';
import { measureTasks, type Step, type Task, type Usage } from './measure.ts';
import { observationLine } from './observations.ts';
import { otherLines } from './other-records.ts';
import { measurePeer } from './peer.ts';
import { type BenchView, FIVE_VIEWS, wideView } from './view-definitions.ts';
import { repeatFile, writeRecords } from './write-records.ts';

export interface ViewsOptions {
  readonly folder: string;
  readonly runs: number;
  readonly megabytes: number;
  /** Also a file of ten times the size: memory must not grow. */
  readonly isBig: boolean;
  readonly python: string | undefined;
  report(line: string): void;
}

export interface ViewsFigures {
  readonly usages: ReadonlyMap<string, Usage>;
  readonly summary: Readonly<Record<string, unknown>>;
}

const MEGABYTE = 1_000_000;

/** Measures the view engine against the time it takes to parse the same files and no more. */
export async function benchViews(options: ViewsOptions): Promise<ViewsFigures> {
  const { folder, megabytes, report } = options;
  mkdirSync(folder, { recursive: true });
  const fileOf = (type: string, size: number): string => join(folder, `${type}-${size}.ndjson`);

  report(`records: ${megabytes} MB of Observations, ${megabytes / 5} MB of each of five types`);
  const observations = await writeRecords(
    fileOf('Observation', megabytes),
    megabytes * MEGABYTE,
    observationLine,
  );
  const five = await Promise.all(
    FIVE_VIEWS.map(async (view) => ({ view, file: await writeFive(view, megabytes / 5, fileOf) })),
  );

  const wideSteps = [copyStep(wideView(false), observations, folder)];
  const exactSteps = [copyStep(wideView(true), observations, folder)];
  const tasks: readonly Task[] = [
    { name: 'floor', steps: [floorStep(observations)] },
    { name: 'strict floor', steps: [floorStep(observations, true)] },
    { name: 'wide', steps: wideSteps },
    { name: 'wide, safely', steps: [safeStep(wideView(false), observations, folder)] },
    { name: 'exact', steps: exactSteps },
    { name: 'exact, safely', steps: [safeStep(wideView(true), observations, folder)] },
    { name: 'five: floor', steps: five.map(({ file }) => floorStep(file)) },
    { name: 'five: strict floor', steps: five.map(({ file }) => floorStep(file, true)) },
    { name: 'five: views', steps: five.map(({ view, file }) => copyStep(view, file, folder)) },
  ];
  const usages = new Map(await measureTasks(tasks, options.runs, report));
  if (options.isBig) {
    const size = megabytes * 10;
    const file = await repeatFile(observations, fileOf('Observation', size), 10);
    const big: readonly Task[] = [
      { name: 'big: floor', steps: [floorStep(file)] },
      { name: 'big: wide', steps: [copyStep(wideView(false), file, folder)] },
      { name: 'big: exact', steps: [copyStep(wideView(true), file, folder)] },
    ];
    for (const [name, usage] of await measureTasks(big, 1, report)) usages.set(name, usage);
    rmSync(file);
  }
  const peer = await measurePeer(options.python, plainView(wideView(true)), observations, folder);
  if (peer.kind === 'measured') usages.set(`peer: ${peer.name}`, peer.usage);

  const ratios = (name: string, floor: string) => {
    const [usage, base] = [usages.get(name), usages.get(floor)];
    if (usage === undefined || base === undefined) return {};
    const strict = usages.get(floor.replace('floor', 'strict floor'));
    return {
      cpu_over_floor: round(usage.cpu_s / base.cpu_s),
      ...(strict === undefined ? {} : { cpu_over_strict_floor: round(usage.cpu_s / strict.cpu_s) }),
      wall_over_floor: round(usage.wall_s / base.wall_s),
      rss_mb: usage.rss_mb,
      cpu_s: round(usage.cpu_s),
      wall_s: round(usage.wall_s),
    };
  };
  return {
    usages,
    summary: {
      wide: ratios('wide', 'floor'),
      exact: ratios('exact', 'floor'),
      five: ratios('five: views', 'five: floor'),
      peer:
        peer.kind === 'measured'
          ? { name: peer.name, ...ratios(`peer: ${peer.name}`, 'floor') }
          : { skipped: peer.reason },
      safely: ratios('wide, safely', 'floor'),
      exact_safely: ratios('exact, safely', 'floor'),
      check_cost: checkCost(usages),
      ...(options.isBig
        ? { big: { wide: ratios('big: wide', 'big: floor'), exact: ratios('big: exact', 'big: floor') } }
        : {}),
      floor: { cpu_s: round(usages.get('floor')?.cpu_s ?? 0), rss_mb: usages.get('floor')?.rss_mb },
      observation_mb: Math.round(statSync(observations).size / MEGABYTE),
      runs: options.runs,
    },
  };
}

/** What looking for bad lines costs on a clean file, as a share of the run that does not. */
function checkCost(usages: ReadonlyMap<string, Usage>): Readonly<Record<string, number>> {
  const share = (checked: string, plain: string): number =>
    round((usages.get(checked)?.cpu_s ?? 0) / (usages.get(plain)?.cpu_s ?? 1) - 1);
  return { wide: share('wide, safely', 'wide'), exact: share('exact, safely', 'exact') };
}

function writeFive(
  view: BenchView,
  megabytes: number,
  fileOf: (type: string, size: number) => string,
): Promise<string> {
  const line =
    view.resource === 'Observation' ? observationLine : otherLines[view.resource as keyof typeof otherLines];
  return writeRecords(fileOf(`five-${view.resource}`, megabytes), megabytes * MEGABYTE, line);
}

/** With one column DuckDB reads the start of a file twice, to learn whether lines are records: strict tells it. */
function floorStep(file: string, isStrict = false): Step {
  const records = isStrict ? ', records = true' : '';
  const columns = `format = 'newline_delimited', columns = {id: 'VARCHAR'}${records}`;
  return { kind: 'sql', sql: `select count(id) from read_json(${sqlString(file)}, ${columns})` };
}

function copyStep(view: BenchView, file: string, folder: string): Step {
  const plan = planView(parseViewDefinition(view));
  const select = printView(plan, { kind: 'files', files: [file], carry: [] });
  return { kind: 'sql', sql: copyTo(select, join(folder, `${view.name}.parquet`)) };
}

function safeStep(view: BenchView, file: string, folder: string): Step {
  return { kind: 'safely', view, file, target: join(folder, `${view.name}.parquet`) };
}

/** Without the tags that only our engine reads. */
function plainView(view: BenchView): BenchView {
  return {
    ...view,
    select: view.select.map((select) => ({
      ...select,
      column: select.column.map(({ name, path }) => ({ name, path })),
    })),
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;
