import { setTimeout as wait } from 'node:timers/promises';
import { readRunLog } from '../etl/refresh/run-log.ts';
import type { EventLog } from '../serve/event-log.ts';
import type { ProcessEnd, RefreshProcess } from './refresh-process.ts';
import {
  isThisProcess,
  readScheduleKeeper,
  removeScheduleState,
  writeScheduleState,
} from './schedule-state.ts';
import { type Schedule, timeDue, timesAfter } from './schedule-times.ts';

export interface ScheduleKeeping {
  readonly schedule: Schedule;
  /** The state directory, where the run log lies. */
  readonly state: string;
  readonly start: () => RefreshProcess;
  /** One line when the schedule begins, and one per run, skipped or missed time. */
  readonly log: EventLog;
  /** Hears of a run that was killed and so could tell nobody itself. */
  readonly onKilled: (run: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly clock?: Clock;
}

export interface Clock {
  now(): Date;
  /** Ends early when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

const CLOCK: Clock = {
  now: () => new Date(),
  wait: (ms, signal) => wait(ms, undefined, { signal }).catch(() => {}),
};

/** A clock that is set, or a machine that slept, is noticed after so long. */
const LOOK_EVERY_MS = 30_000;

/**
 * Starts a refresh whenever one is due, until the signal aborts; then asks a running one to stop and waits for it. A time
 * that comes while a run is still going is skipped. One that passed while nothing was there to start it is made up for
 * within the schedule's starting deadline. Of several processes that keep the schedule of one data directory one starts
 * the runs; when it ends, another goes on.
 */
export async function keepSchedule(keeping: ScheduleKeeping, signal: AbortSignal): Promise<void> {
  const { schedule, state, log, clock = CLOCK } = keeping;
  const runs: { current: RefreshProcess | undefined; ending: Promise<void> } = {
    current: undefined,
    ending: Promise.resolve(),
  };
  // Before the first refresh nothing has been missed.
  let handled = (await lastStart(state)) ?? clock.now();

  const tell = async (): Promise<void> => {
    const now = clock.now();
    const keeper = await readScheduleKeeper(state, now);
    if (keeper !== undefined && !isThisProcess(keeper)) return;
    const told = { nextRunAt: nextOf(schedule, now), refreshPid: runs.current?.pid ?? null };
    if (keeper?.nextRunAt === told.nextRunAt && keeper.refreshPid === told.refreshPid) return;
    await writeScheduleState(state, told).catch(() => {
      // A full disk must not keep the next run from starting.
    });
  };
  const begin = async (due: Date): Promise<void> => {
    const startedAt = clock.now();
    const run = keeping.start();
    runs.current = run;
    runs.ending = run.ended.then(async (end) => {
      runs.current = undefined;
      const seconds = (clock.now().getTime() - startedAt.getTime()) / 1000;
      const told = { due: due.toISOString(), seconds, exitCode: end.exitCode, signal: end.signal };
      const name = nameOf(end, signal.aborted);
      const { event: outcome, ...report } = end.report ?? {};
      log(name, { ...told, outcome, ...report, next: nextOf(schedule, clock.now()) });
      if (name === 'refresh-killed') await keeping.onKilled(told);
      await tell();
    });
    await tell();
  };

  log('schedule-kept', { next: nextOf(schedule, clock.now()) });
  try {
    while (!signal.aborted) {
      const now = clock.now();
      const due = timeDue(schedule, handled, now);
      if (due !== undefined && (await isKeeper(state, now))) {
        const isLate = now.getTime() - due.getTime() > schedule.startingDeadlineMs;
        const last = await lastStart(state);
        handled = due;
        if (runs.current !== undefined)
          log('refresh-skipped', { due, reason: 'the run before is still going' });
        else if (last !== undefined && last >= due)
          log('refresh-skipped', { due, reason: 'there has been a run since' });
        else if (isLate) log('refresh-missed', { due });
        else await begin(due);
      }
      await tell();
      const next = Date.parse(nextOf(schedule, now)) - clock.now().getTime();
      await clock.wait(Math.min(LOOK_EVERY_MS, Math.max(1, next)), signal);
    }
  } finally {
    runs.current?.stop();
    await runs.ending;
    const keeper = await readScheduleKeeper(state, clock.now());
    if (keeper !== undefined && isThisProcess(keeper)) await removeScheduleState(state);
  }
}

function nameOf({ exitCode }: ProcessEnd, isStopping: boolean): string {
  if (isStopping && exitCode !== 0) return 'refresh-stopped';
  return exitCode === null ? 'refresh-killed' : 'refresh-ended';
}

function nextOf(schedule: Schedule, now: Date): string {
  const [next] = timesAfter(schedule, now, 1);
  return (next ?? new Date(8.64e15)).toISOString();
}

async function isKeeper(state: string, now: Date): Promise<boolean> {
  const keeper = await readScheduleKeeper(state, now);
  return keeper === undefined || isThisProcess(keeper);
}

/** When the last run began that the run log knows of. */
async function lastStart(state: string): Promise<Date | undefined> {
  const last = (await readRunLog(state)).at(-1);
  return last === undefined ? undefined : new Date(last.startedAt);
}
