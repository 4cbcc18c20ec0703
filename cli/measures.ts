/** `3 days`, `5 hours`, `12 minutes`, `9 seconds`: the largest unit of which there are two. */
export function durationOf(milliseconds: number): string {
  const minutes = milliseconds / 6e4;
  if (minutes < 2) return countOf(Math.round(milliseconds / 1000), 'second');
  if (minutes < 120) return countOf(Math.round(minutes), 'minute');
  if (minutes < 48 * 60) return countOf(Math.round(minutes / 60), 'hour');
  return countOf(Math.round(minutes / 1440), 'day');
}

/** `1 day`, `2,000 days`. */
export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `1.5 GB`, in powers of 1000. */
export function sizeOf(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${UNITS[power]}`;
}
