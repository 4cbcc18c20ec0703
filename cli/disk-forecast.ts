import type { DiskUse } from '../etl/refresh/run-record.ts';

const DAY_MS = 864e5;
/** Growth is judged by so many days of the past, and not at all by fewer. */
const PAST_DAYS = 90;
const LEAST_DAYS = 7;
const LEAST_POINTS = 5;

/** Bytes in use at a moment (milliseconds since 1970). */
export interface DiskPoint {
  readonly at: number;
  readonly bytes: number;
}

export interface DiskForecast {
  /** `unknown`: the run log is too short to tell. `steady`: it does not grow. */
  readonly outlook: 'growing' | 'steady' | 'unknown';
  readonly growthBytesPerDay: number | null;
  /** Null where the outlook is not `growing`. */
  readonly daysUntilFull: number | null;
  readonly historyDays: number;
}

/** What a data directory takes now, and how long that will go on. */
export interface DiskStatus extends DiskForecast {
  /** Bytes on the disk. */
  readonly use: DiskUse;
  readonly usedBytes: number;
  readonly freeBytes: number | null;
}

/**
 * When a disk with `freeBytes` will be full: the median of the growth between any two days, which neither a first load
 * nor a night of retired snapshots moves (Theil-Sen).
 */
export function forecastDisk(points: readonly DiskPoint[], freeBytes: number): DiskForecast {
  const newest = Math.max(...points.map((point) => point.at));
  const days = new Map<number, DiskPoint>();
  for (const point of [...points].sort((a, b) => a.at - b.at)) {
    if (newest - point.at <= PAST_DAYS * DAY_MS) days.set(Math.floor(point.at / DAY_MS), point);
  }
  const daily = [...days.values()];
  const historyDays = daily.length === 0 ? 0 : (newest - (daily[0]?.at ?? newest)) / DAY_MS;
  const unknown = { growthBytesPerDay: null, daysUntilFull: null, historyDays };
  if (daily.length < LEAST_POINTS || historyDays < LEAST_DAYS) return { outlook: 'unknown', ...unknown };
  const slopes = daily.flatMap((later, index) =>
    daily
      .slice(0, index)
      .map((earlier) => ((later.bytes - earlier.bytes) / (later.at - earlier.at)) * DAY_MS),
  );
  const growthBytesPerDay = median(slopes);
  if (growthBytesPerDay <= 0) return { outlook: 'steady', ...unknown, growthBytesPerDay };
  return {
    outlook: 'growing',
    growthBytesPerDay,
    daysUntilFull: freeBytes / growthBytesPerDay,
    historyDays,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
