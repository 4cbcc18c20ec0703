import type { Config } from './config.ts';
import { readScheduleKeeper } from './schedule-state.ts';
import { timesAfter } from './schedule-times.ts';

/** When the next refresh is due, and whether a process is there to start it; null without a schedule. */
export interface ScheduleStatus {
  readonly nextRunAt: string;
  readonly keeperPid: number | null;
  readonly refreshPid: number | null;
}

export async function readScheduleStatus(config: Config, now: Date): Promise<ScheduleStatus | null> {
  const { schedule } = config;
  if (schedule === undefined) return null;
  const keeper = await readScheduleKeeper(config.directories.state, now);
  const [next] = timesAfter(schedule, now, 1);
  return {
    nextRunAt: (next ?? now).toISOString(),
    keeperPid: keeper?.pid ?? null,
    refreshPid: keeper?.refreshPid ?? null,
  };
}
