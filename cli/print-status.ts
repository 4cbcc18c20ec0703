import type { DiskStatus } from './disk-forecast.ts';
import { countOf, durationOf, sizeOf } from './measures.ts';
import type { Status } from './status.ts';

/** A status to be read in five seconds: the verdict, what is shown, and who has to do what. */
export function formatStatus(status: Status): string {
  return [verdictOf(status), '', ...factsOf(status), ...status.problems.flatMap(problemLines)].join('\n');
}

const VERDICTS = {
  fine: 'FINE: nobody has to do anything.',
  attention: 'ATTENTION: it can be used; somebody should look.',
  alarm: 'ALARM: do not rely on it before somebody has looked.',
} as const;

function verdictOf({ verdict, isFresh, isComplete, isSafe }: Status): string {
  const answer = (isWell: boolean): string => (isWell ? 'yes' : 'NO');
  return `${VERDICTS[verdict]}  Fresh: ${answer(isFresh)}. Complete: ${answer(isComplete)}. Safe to use: ${answer(isSafe)}.`;
}

function factsOf(status: Status): readonly string[] {
  const { snapshot, publishedAt, ageHours, profile, tables, rows } = status;
  const shown =
    snapshot === null
      ? 'none'
      : `${snapshot} of ${minuteOf(publishedAt)}, ${durationOf((ageHours ?? 0) * 36e5)} old; profile ${profile}; ` +
        `${countOf(tables, 'table')}, ${countOf(rows, 'row')}`;
  const next = status.schedule === null ? [] : [`Next run  ${minuteOf(status.schedule.nextRunAt)}`];
  return [`Snapshot  ${shown}`, `Last run  ${runOf(status)}`, ...next, `Disk      ${diskOf(status.disk)}`];
}

function runOf({ lastRun }: Status): string {
  if (lastRun === null) return 'none';
  const { status, startedAt, finishedAt, recordsNew, recordsChanged, recordsDeleted } = lastRun;
  const lasted =
    finishedAt === null ? '' : ` in ${durationOf(Date.parse(finishedAt) - Date.parse(startedAt))}`;
  const counts =
    status === 'published'
      ? `: ${[`${recordsNew.toLocaleString('en-US')} new`, `${recordsChanged.toLocaleString('en-US')} changed`, `${recordsDeleted.toLocaleString('en-US')} deleted`].join(', ')}`
      : '';
  return `${minuteOf(startedAt)}, ${status}${lasted}${counts}`;
}

function diskOf({ use, usedBytes, freeBytes, outlook, daysUntilFull }: DiskStatus): string {
  const parts = (['landing', 'private', 'warehouse', 'state', 'vault'] as const).map(
    (name) => `${name} ${sizeOf(use[name])}`,
  );
  const free = freeBytes === null ? '' : `; ${sizeOf(freeBytes)} free`;
  return `${sizeOf(usedBytes)} (${parts.join(', ')})${free}; ${outlookOf(outlook, daysUntilFull)}`;
}

function outlookOf(outlook: DiskStatus['outlook'], days: number | null): string {
  switch (outlook) {
    case 'unknown':
      return 'days until full: unknown, the log is too short';
    case 'steady':
      return 'not growing';
    case 'growing':
      return `full in about ${countOf(Math.floor(days ?? 0), 'day')}`;
    default:
      return outlook satisfies never;
  }
}

function problemLines({
  severity,
  message,
  who,
  todo,
  command,
}: Status['problems'][number]): readonly string[] {
  const indent = ' '.repeat(10);
  return [
    '',
    `${severity.toUpperCase().padEnd(10)}${message}`,
    `${indent}${who.replace('-', ' ')}: ${todo}`,
    ...(command === null ? [] : [`${indent}  ${command}`]),
  ];
}

function minuteOf(instant: string | null): string {
  return instant === null ? '' : `${instant.slice(0, 16).replace('T', ' ')} UTC`;
}
