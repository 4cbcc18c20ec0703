import { describe, expect, test } from 'vitest';
import { type Schedule, timeDue, timesAfter } from '../../cli/schedule-times.ts';

const berlin = (...cron: readonly string[]): Schedule => ({
  cron,
  timeZone: 'Europe/Berlin',
  startingDeadlineMs: 6 * 36e5,
});
const after = (schedule: Schedule, moment: string, count = 3): readonly string[] =>
  timesAfter(schedule, new Date(moment), count).map((time) => time.toISOString().slice(0, 16));
const due = (schedule: Schedule, from: string, moment: string): string | undefined =>
  timeDue(schedule, new Date(from), new Date(moment))?.toISOString().slice(0, 16);

describe('on the nights the clocks change a time of the day comes once', () => {
  test.each([
    ['30 2 * * *', '2026-10-24T12:00:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['30 2 * * *', '2026-03-28T12:00:00Z', ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['30 2,14 * * *', '2026-10-24T13:00:00Z', ['2026-10-25T00:30', '2026-10-25T13:30']],
    ['30 2,14 * * *', '2026-03-28T14:00:00Z', ['2026-03-29T01:00', '2026-03-29T12:30']],
  ])('%s after %s', (cron, moment, times) => {
    expect(after(berlin(cron), moment, 2)).toEqual(times);
  });

  test('looking back, it has come once as well', () => {
    const nightly = berlin('30 2 * * *');
    const first = '2026-10-25T00:30';
    expect(due(nightly, '2026-10-24T12:00:00Z', '2026-10-25T01:45:00Z')).toBe(first);
    expect(due(nightly, `${first}:00Z`, '2026-10-25T01:45:00Z')).toBeUndefined();
    expect(due(nightly, '2026-03-28T12:00:00Z', '2026-03-29T09:00:00Z')).toBe('2026-03-29T01:00');
  });
});

test('several expressions are one list of times, each once', () => {
  expect(after(berlin('0 3 * * *', '0 3 * * MON', '30 12 * * MON-FRI'), '2026-06-14T00:00:00Z', 4)).toEqual([
    '2026-06-14T01:00',
    '2026-06-15T01:00',
    '2026-06-15T10:30',
    '2026-06-16T01:00',
  ]);
});

test('due is the last time that has come and was not handled, to the second', () => {
  const hourly: Schedule = { cron: ['0 * * * *'], timeZone: 'UTC', startingDeadlineMs: 0 };
  const moment = '2026-06-14T05:00:00.000Z';
  expect(due(hourly, '2026-06-14T01:30:00Z', moment)).toBe('2026-06-14T05:00');
  expect(due(hourly, '2026-06-14T01:30:00Z', '2026-06-14T04:59:59.999Z')).toBe('2026-06-14T04:00');
  expect(due(hourly, '2026-06-14T04:00:00Z', '2026-06-14T04:59:59.999Z')).toBeUndefined();
  expect(due(hourly, '2026-06-14T04:00:00Z', '2026-06-14T05:00:00.400Z')).toBe('2026-06-14T05:00');
});
