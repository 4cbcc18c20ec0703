import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { hospitalOf } from './hospital.ts';
import { type ExportOrder, nightOf, writeHospital, writeNight } from './hospital-exports.ts';
import { measureRefresh, type RefreshUsage } from './refresh-process.ts';

export interface RefreshBenchOptions {
  readonly folder: string;
  /** Laboratory results of the hospital; several numbers make a curve. */
  readonly rows: readonly number[];
  readonly nights: number;
  readonly order: ExportOrder;
  readonly memoryLimit: string;
  /** Leaves the warehouses for whoever wants to look. */
  readonly keeps: boolean;
  report(line: string): void;
}

/** One size: the first build, each night with changes, one without. */
export interface RefreshFigures {
  readonly rows: number;
  readonly full: RefreshUsage;
  readonly deltas: readonly RefreshUsage[];
  readonly unchanged: RefreshUsage;
}

/** A night changes this share of the results. */
export const NIGHT_SHARE = 0.005;

/** Measures what a night costs against a full build of the same hospital, every refresh in its own process. */
export async function benchRefresh(options: RefreshBenchOptions): Promise<readonly RefreshFigures[]> {
  const figures: RefreshFigures[] = [];
  for (const rows of options.rows) figures.push(await benchSize(rows, options));
  return figures;
}

async function benchSize(rows: number, options: RefreshBenchOptions): Promise<RefreshFigures> {
  const { order, memoryLimit, report } = options;
  const home = join(options.folder, `refresh-${rows}`);
  rmSync(home, { recursive: true, force: true });
  const [exports, data] = [join(home, 'exports'), join(home, 'data')];
  for (const directory of [exports, data]) mkdirSync(directory, { recursive: true });
  const config = join(home, 'chiasm.yaml');
  const source = { name: 'ehr', kind: 'fhir-folder', path: exports };
  writeFileSync(config, stringify({ data, memoryLimit, sources: [source] }));

  const hospital = hospitalOf(rows);
  const shape = nightOf(rows, NIGHT_SHARE);
  report(`${rows} results of ${hospital.patients} patients, in the order of ${order}`);
  await writeHospital(hospital, join(exports, 'first'), order, shape);
  const measure = async (name: string, expected: string): Promise<RefreshUsage> => {
    const usage = await measureRefresh(config, data);
    if (usage.status !== expected) throw new Error(`${name}: the refresh was ${usage.status}`);
    report(`${name}: ${describe(usage)}`);
    return usage;
  };
  const full = await measure('full build', 'published');
  const deltas: RefreshUsage[] = [];
  for (let night = 0; night < options.nights; night++) {
    await writeNight(hospital, join(exports, `night-${night}`), night, shape);
    deltas.push(await measure(`night ${night + 1}`, 'published'));
  }
  const unchanged = await measure('unchanged night', 'unchanged');
  if (!options.keeps) rmSync(home, { recursive: true, force: true });
  return { rows, full, deltas, unchanged };
}

function describe(usage: RefreshUsage): string {
  const { wall_s, cpu_s, rss_mb, written_mb, io_mb } = usage;
  const changes = `${usage.recordsNew} new, ${usage.recordsChanged} changed, ${usage.recordsDeleted} deleted`;
  return `${wall_s.toFixed(1)} s, ${cpu_s.toFixed(1)} s CPU, ${rss_mb} MB, ${written_mb.toFixed(1)} MB written (${io_mb ?? '?'} MB with what was spilled): ${changes}`;
}
