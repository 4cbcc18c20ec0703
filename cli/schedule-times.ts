import { Cron } from 'croner';
import { z } from 'zod';

/** When refreshes are due. */
export interface Schedule {
  /** Cron expressions of five fields (minute, hour, day of month, month, day of week) or `@daily` and the like. */
  readonly cron: readonly string[];
  /** IANA name of the zone that they are read in; undefined: that of the machine. */
  readonly timeZone: string | undefined;
  /** A run that could not start in time, because nothing was there to start it, is made up for within so many milliseconds. */
  readonly startingDeadlineMs: number;
}

/** A date as a pattern would come once, and six fields would mean seconds. */
const FORM = /^(@[a-z]+|\S+(\s+\S+){4})$/i;

const timeZone = z
  .string()
  .refine(isTimeZone, 'there is no such time zone: write its IANA name, such as Europe/Berlin');

/** `schedule` of the configuration. */
export const scheduleSetting = (duration: z.ZodType<number, string>) =>
  z
    .strictObject({
      cron: z.preprocess(
        (value) => (typeof value === 'string' ? [value] : value),
        z.array(z.string().superRefine(checkExpression)).min(1),
      ),
      timeZone: timeZone.optional(),
      startingDeadline: duration.prefault('6h'),
    })
    .transform(
      ({ cron, timeZone: zone, startingDeadline }): Schedule => ({
        cron,
        timeZone: zone,
        startingDeadlineMs: startingDeadline,
      }),
    );

function checkExpression(text: string, context: z.RefinementCtx): void {
  const problem = problemOf(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
}

function problemOf(text: string): string | undefined {
  if (!FORM.test(text.trim())) {
    return 'a cron expression has five fields: minute, hour, day of month, month, day of week, such as "15 2 * * *"';
  }
  try {
    return open(text, 'UTC').nextRun() === null ? 'this time never comes' : undefined;
  } catch (error) {
    return `no cron expression: ${error instanceof Error ? error.message.replace(/^CronPattern: /, '') : 'unknown'}`;
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/**
 * An expression without wildcards names times of the day: on the nights the clocks change each comes once, after the gap
 * where it falls into one. One with wildcards goes on through the repeated hour.
 */
function open(expression: string, zone: string | undefined): Cron {
  return new Cron(expression.trim(), {
    paused: true,
    mode: '5-part',
    fixedTimeRule: 'no-wildcard',
    ...(zone === undefined ? {} : { timezone: zone }),
  });
}

/** The next `count` times after a moment, the earliest first; several expressions may name the same one. */
export function timesAfter(schedule: Schedule, moment: Date, count: number): readonly Date[] {
  return distinct(schedule.cron.flatMap((each) => open(each, schedule.timeZone).nextRuns(count, moment)))
    .sort((a, b) => a - b)
    .slice(0, count)
    .map((time) => new Date(time));
}

/** The last time at or before a moment, if it is later than `after`. */
export function timeDue(schedule: Schedule, after: Date, moment: Date): Date | undefined {
  // The library looks before its start, and at whole seconds.
  const start = new Date(moment.getTime() + 1000);
  const times = schedule.cron.flatMap((each) => open(each, schedule.timeZone).previousRuns(2, start));
  const due = Math.max(...times.map(Number).filter((time) => time <= moment.getTime()));
  return due > after.getTime() ? new Date(due) : undefined;
}

function distinct(dates: readonly Date[]): number[] {
  return [...new Set(dates.map(Number))];
}
