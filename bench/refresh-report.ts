import { median } from './measure.ts';
import type { RefreshFigures } from './refresh.ts';
import type { RefreshUsage } from './refresh-process.ts';

const FIGURES = ['wall_s', 'cpu_s', 'rss_mb', 'written_mb', 'io_mb'] as const;
type Figure = (typeof FIGURES)[number];

function medians(usages: readonly RefreshUsage[]): Readonly<Record<Figure, number>> {
  const of = (figure: Figure): number => median(usages.map((usage) => usage[figure] ?? 0));
  return {
    wall_s: of('wall_s'),
    cpu_s: of('cpu_s'),
    rss_mb: of('rss_mb'),
    written_mb: of('written_mb'),
    io_mb: of('io_mb'),
  };
}

/** The table for people: a line for each kind of night at each size. */
export function refreshTable(sizes: readonly RefreshFigures[]): string {
  const line = (cells: readonly string[]): string =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(28) : cell.padStart(12))).join('');
  const lines = [line(['', 'wall s', 'CPU s', 'RSS MB', 'MB written', 'MB with spill'])];
  for (const { rows, full, deltas, unchanged } of sizes) {
    for (const [name, usages] of [
      ['full', [full]],
      [`night of 0.5 %, median of ${deltas.length}`, deltas],
      ['unchanged', [unchanged]],
    ] as const) {
      const usage = medians(usages);
      lines.push(
        line([
          `${(rows / 1e6).toString()}M ${name}`,
          usage.wall_s.toFixed(1),
          usage.cpu_s.toFixed(1),
          String(Math.round(usage.rss_mb)),
          usage.written_mb.toFixed(1),
          String(Math.round(usage.io_mb)),
        ]),
      );
    }
  }
  return lines.join('\n');
}

/** The same as JSON: the largest size as `delta`, `unchanged_s` and `full`, all sizes as `curve`. */
export function refreshSummary(sizes: readonly RefreshFigures[]): Readonly<Record<string, unknown>> {
  const curve = sizes.map(({ rows, full, deltas, unchanged }) => {
    const delta = medians(deltas);
    return {
      rows,
      full: { ...rounded(medians([full])), rows_per_s: Math.round(rows / full.wall_s) },
      delta: {
        time_over_full: ratio(delta.wall_s, full.wall_s),
        cpu_over_full: ratio(delta.cpu_s, full.cpu_s),
        bytes_over_full: ratio(delta.written_mb, full.written_mb),
        ...rounded(delta),
        nights: deltas.length,
      },
      unchanged_s: round(unchanged.wall_s),
      unchanged: rounded(medians([unchanged])),
    };
  });
  const { rows: _, ...largest } = curve.at(-1) ?? { rows: 0 };
  return { ...largest, curve };
}

const ratio = (part: number, whole: number): number => Math.round((part / whole) * 10_000) / 10_000;
const round = (value: number): number => Math.round(value * 100) / 100;

function rounded(usage: Readonly<Record<Figure, number>>): Readonly<Record<Figure, number>> {
  return Object.fromEntries(FIGURES.map((figure) => [figure, round(usage[figure])])) as Record<
    Figure,
    number
  >;
}
