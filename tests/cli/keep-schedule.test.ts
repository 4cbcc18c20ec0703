import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepSchedule } from '../../cli/keep-schedule.ts';
import type { ProcessEnd } from '../../cli/refresh-process.ts';
import { appendRunLog } from '../../etl/refresh/run-log.ts';
import { startedRun } from '../../etl/refresh/run-record.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const DONE: ProcessEnd = { exitCode: 0, signal: null, report: { event: 'published', snapshot: 7 } };
const KILLED: ProcessEnd = { exitCode: null, signal: 'SIGKILL', report: undefined };
const FAILED: ProcessEnd = {
  exitCode: 2,
  signal: null,
  report: { event: 'failed', errorCode: 'source-not-found' },
};

/** What the clock says at each look; between two, something may happen. */
type Script = readonly (string | (() => void | Promise<void>))[];

interface Kept {
  /** Event and time that was due, in order. */
  readonly told: readonly string[];
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly killed: readonly unknown[];
  readonly stops: number;
}

/** Keeps a schedule of 02:30 in Berlin through a script of looks at the clock; `ends` are the runs, in order. */
async function keep(
  script: Script,
  ends: readonly (ProcessEnd | Promise<ProcessEnd>)[],
  state = temporaryDirectory(),
): Promise<Kept> {
  const looks = [...script];
  const stopping = new AbortController();
  const lines: Record<string, unknown>[] = [];
  const killed: unknown[] = [];
  let now = new Date(String(looks.shift()));
  let started = 0;
  let stops = 0;
  await keepSchedule(
    {
      schedule: { cron: ['30 2 * * *'], timeZone: 'Europe/Berlin', startingDeadlineMs: 6 * 36e5 },
      state,
      start: () => {
        const end = ends[started++];
        if (end === undefined) throw new Error('one run too many');
        let stop: (end: ProcessEnd) => void = () => {};
        const stopped = new Promise<ProcessEnd>((resolve) => {
          stop = resolve;
        });
        return {
          pid: 4711,
          ended: Promise.race([end, stopped]),
          stop: () => {
            stops++;
            stop({ exitCode: null, signal: 'SIGTERM', report: undefined });
          },
        };
      },
      log: (event, fields) => lines.push({ event, ...fields }) > 0,
      onKilled: async (run) => void killed.push(run),
      clock: {
        now: () => now,
        wait: async () => {
          await new Promise(setImmediate);
          for (;;) {
            const look = looks.shift();
            if (look === undefined) return stopping.abort();
            if (typeof look === 'string') {
              now = new Date(look);
              return;
            }
            await look();
          }
        },
      },
    },
    stopping.signal,
  );
  const told = lines.slice(1).map(({ event, due }) => {
    return `${String(event)} ${new Date(due as string).toISOString().slice(0, 16)}`;
  });
  return { told, lines, killed, stops };
}

const hand = (startedAt: string) =>
  ({
    event: 'ended',
    ...startedRun(startedAt, startedAt),
    finishedAt: startedAt,
    status: 'published',
  }) as const;

test('on the night with two 02:30 there is one run, and the line says how it ended and what is next', async () => {
  const { told, lines } = await keep(
    [
      '2026-10-24T20:00:00Z',
      '2026-10-25T00:29:59Z',
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:30:00Z',
      '2026-10-26T01:30:01Z',
    ],
    [DONE, DONE],
  );
  expect(told).toEqual(['refresh-ended 2026-10-25T00:30', 'refresh-ended 2026-10-26T01:30']);
  expect(lines[0]).toEqual({ event: 'schedule-kept', next: '2026-10-25T00:30:00.000Z' });
  expect(lines[1]).toMatchObject({
    exitCode: 0,
    outcome: 'published',
    snapshot: 7,
    next: '2026-10-26T01:30:00.000Z',
  });
});

test('a run that goes on is not overtaken; one that fails or is killed does not end the schedule', async () => {
  let end: (end: ProcessEnd) => void = () => {};
  const long = new Promise<ProcessEnd>((resolve) => {
    end = resolve;
  });
  const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 20));
  const { told, killed } = await keep(
    [
      '2026-06-01T00:00:00Z',
      '2026-06-01T00:30:00Z',
      '2026-06-02T00:30:00Z',
      async () => {
        end(KILLED);
        await settled();
      },
      '2026-06-03T00:30:00Z',
      settled,
      '2026-06-04T00:30:00Z',
      settled,
    ],
    [long, FAILED, DONE],
  );
  expect(told).toEqual([
    'refresh-skipped 2026-06-02T00:30',
    'refresh-killed 2026-06-01T00:30',
    'refresh-ended 2026-06-03T00:30',
    'refresh-ended 2026-06-04T00:30',
  ]);
  expect(killed).toEqual([
    { due: '2026-06-01T00:30:00.000Z', seconds: 86_400, exitCode: null, signal: 'SIGKILL' },
  ]);
});

test('what was missed is made up for within the deadline, once, and not before the first refresh', async () => {
  const state = temporaryDirectory();
  const morning = '2026-06-03T05:00:00Z';
  expect((await keep([morning], [], state)).told).toEqual([]);
  await appendRunLog(state, hand('2026-06-02T00:30:00.000Z'));
  expect((await keep([morning, '2026-06-03T05:00:30Z'], [DONE], state)).told).toEqual([
    'refresh-ended 2026-06-03T00:30',
  ]);
  expect((await keep(['2026-06-03T09:00:00Z', '2026-06-03T09:00:30Z'], [], state)).told).toEqual([
    'refresh-missed 2026-06-03T00:30',
  ]);
  const started = () => appendRunLog(state, hand('2026-06-04T01:00:00.000Z'));
  expect((await keep(['2026-06-03T12:00:00Z', started, '2026-06-04T02:00:00Z'], [], state)).told).toEqual([
    'refresh-missed 2026-06-03T00:30',
    'refresh-skipped 2026-06-04T00:30',
  ]);
});

test('of two processes one starts the runs; when it is gone the other does; a run is stopped with its keeper', async () => {
  const state = temporaryDirectory();
  const file = join(state, 'schedule.json');
  const other = {
    host: `not ${hostname()}`,
    pid: 1,
    pidStartedAt: null,
    nextRunAt: '2026-06-02T00:30:00.000Z',
    refreshPid: null,
  };
  const never = new Promise<ProcessEnd>(() => {});
  const away = () => rmSync(file);
  writeFileSync(file, JSON.stringify(other));
  const { told, stops } = await keep(
    [
      '2026-06-01T00:29:00Z',
      '2026-06-01T00:30:00Z',
      away,
      '2026-06-01T00:31:00Z',
      () => {
        expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
          host: hostname(),
          pid: process.pid,
          nextRunAt: '2026-06-02T00:30:00.000Z',
          refreshPid: 4711,
        });
      },
    ],
    [never],
    state,
  );
  expect(told).toEqual(['refresh-stopped 2026-06-01T00:30']);
  expect(stops).toBe(1);
  expect(() => readFileSync(file)).toThrow('ENOENT');
});
