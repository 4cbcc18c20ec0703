import { ChiasmError } from '../base/error.ts';
import { createEventLog } from '../serve/event-log.ts';
import type { Config } from './config.ts';
import { keepSchedule } from './keep-schedule.ts';
import { print, printJson } from './output.ts';
import { tellWebhook } from './refresh-command.ts';
import { startRefreshProcess } from './refresh-process.ts';
import { type Schedule, timesAfter } from './schedule-times.ts';

/** Keeps the schedule of a configuration, if it has one, until the signal aborts. One line of JSON per run on stderr. */
export async function runSchedule(config: Config, signal: AbortSignal): Promise<void> {
  const { schedule } = config;
  if (schedule === undefined) return;
  const keeping = {
    schedule,
    state: config.directories.state,
    start: () => startRefreshProcess(config.file),
    log: createEventLog((line) => process.stderr.write(`${line}\n`)),
    onKilled: (run: Readonly<Record<string, unknown>>) =>
      tellWebhook(config, 'killed', { runId: null, status: 'failed', errorCode: null, ...run }),
  };
  await keepSchedule(keeping, signal);
}

/** `chiasm schedule`: keeps it until the process is asked to stop. */
export async function scheduleCommand(config: Config): Promise<void> {
  scheduleOf(config);
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  process.once('SIGTERM', () => stopping.abort());
  await runSchedule(config, stopping.signal);
}

/** `chiasm schedule --list`: the next times, in the schedule's zone and in UTC. */
export function listSchedule(config: Config, count: number, isJson: boolean): void {
  const schedule = scheduleOf(config);
  const times = timesAfter(schedule, new Date(), count);
  if (isJson) {
    printJson(times);
    return;
  }
  const local = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'full',
    timeStyle: 'long',
    ...(schedule.timeZone === undefined ? {} : { timeZone: schedule.timeZone }),
  });
  print(times.map((time) => `${time.toISOString()}  ${local.format(time)}`).join('\n'));
}

function scheduleOf({ file, schedule }: Config): Schedule {
  if (schedule !== undefined) return schedule;
  throw new ChiasmError(
    'config-invalid',
    `${file} has no schedule: write one, such as  schedule: { cron: "15 2 * * *" }`,
    {
      params: { file },
    },
  );
}
