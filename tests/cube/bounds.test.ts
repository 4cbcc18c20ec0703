import { describe, expect, test } from 'vitest';
import { createAdmission, queryLimit } from '../../cube/admission.ts';
import { boundCache, type CacheDriver } from '../../cube/bounded-cache.ts';
import { membersOf } from '../../cube/query-members.ts';
import { toCubeTime } from '../../cube/query-result.ts';

describe('admission', () => {
  test('runs no more than its limit at a time, in order of arrival, also after failures', async () => {
    const admission = createAdmission(2);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const task = (number: number) => async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      order.push(number);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (number % 3 === 0) throw new Error('failed');
    };
    const results = await Promise.allSettled(
      [1, 2, 3, 4, 5, 6, 7].map((number) => admission.run(task(number))),
    );
    expect(most).toBe(2);
    expect(order).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(2);
  });

  test.each([
    [undefined, 3],
    ['16', 15],
    ['1', 1],
    ['many', 3],
  ])('a pool of %s threads admits %i queries', (size, limit) => {
    expect(queryLimit(size)).toBe(limit);
  });
});

test('the result cache drops its oldest entries when they exceed the limit', async () => {
  const driver: CacheDriver = {
    store: { foreign: { value: 1, exp: 1 } },
    async set(key, value, exp) {
      driver.store[key] = { value, exp };
      return { key, bytes: JSON.stringify(value).length };
    },
  };
  boundCache(driver, 100);
  expect(driver.store).toEqual({});
  for (const key of ['a', 'b', 'c']) await driver.set(key, 'x'.repeat(38), 60);
  expect(Object.keys(driver.store)).toEqual(['b', 'c']);
  await driver.set('b', 'x', 60);
  await driver.set('d', 'x'.repeat(38), 60);
  expect(Object.keys(driver.store).sort()).toEqual(['b', 'c', 'd']);
});

test('members of a query are found wherever they stand, values are not', () => {
  const query = {
    measures: ['a.m'],
    order: { 'b.o': 'asc' },
    timeDimensions: [{ dimension: 'c.t', dateRange: 'x.y' }],
    filters: [{ and: [{ member: 'd.f', values: ['e.v'] }, { or: [{ dimension: 'f.g' }] }] }],
  };
  expect(membersOf([query, { segments: ['g.s'] }])).toEqual(['a.m', 'b.o', 'c.t', 'd.f', 'f.g', 'g.s']);
});

test.each([
  ['2024-01-02T03:04:05.678Z', '2024-01-02T03:04:05.678'],
  ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05.000'],
  ['2024-01-02 03:04:05', '2024-01-02T03:04:05.000'],
  ['2024-01-02 03:04:05.123456 UTC', '2024-01-02T03:04:05.123'],
  ['no time', 'no time'],
])('the time %s is written as %s', (driver, cube) => {
  expect(toCubeTime(driver)).toBe(cube);
});
