import type { Usage } from './measure.ts';

/** The table for people: what each task took, and how many times its floor. */
export function viewsTable(rows: ReadonlyMap<string, Usage>): string {
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
