import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ServedSnapshots } from '../../cube/served-snapshots.ts';
import { pinSnapshots } from '../../serve/pinned-snapshots.ts';
import { makeFixtureRows } from '../cube/fixture-rows.ts';
import { publishFixture } from '../cube/publish-fixture.ts';
import { startTestServer } from './serve-fixture.ts';

test('a page stays with the snapshot of its session while others are published', async () => {
  const server = await startTestServer(makeFixtureRows());
  try {
    const token = { Authorization: `Bearer ${server.token}` };
    const session = (await (await server.fetch('/session', { headers: token })).json()) as {
      snapshot: number;
    };
    expect(session.snapshot).toBe(1);
    await publishFixture(server.warehouse, makeFixtureRows(3, 200));
    await publishFixture(server.warehouse, makeFixtureRows(4, 300));

    const query = encodeURIComponent(JSON.stringify({ measures: ['population.patients'] }));
    const count = async (headers: Readonly<Record<string, string>>): Promise<unknown> => {
      const response = await server.fetch(`/cubejs-api/v1/load?query=${query}`, { headers });
      const { data } = (await response.json()) as { data: readonly Record<string, string>[] };
      return [response.headers.get('x-chiasm-snapshot'), Number(data[0]?.['population.patients'])];
    };
    const patients = (seed: number, persons: number): number =>
      makeFixtureRows(seed, persons)['patients']?.length ?? 0;
    expect(await count(token)).toEqual(['3', patients(4, 300)]);
    expect(await count({ ...token, 'X-Chiasm-Snapshot': '1' })).toEqual(['1', patients(7, 90)]);

    for (const gone of ['2', '999', '-1', 'x']) {
      const response = await server.fetch('/catalog', { headers: { ...token, 'X-Chiasm-Snapshot': gone } });
      expect(response.status, gone).toBe(410);
      expect(await response.json()).toMatchObject({ code: 'snapshot-retired' });
    }
    expect(await (await server.fetch('/session')).json()).toEqual({ isSignedIn: false, isDemo: false });
  } finally {
    await server.close();
  }
});

describe('a pin', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function fakeSnapshots(): { snapshots: ServedSnapshots; held: Map<number, number>; publish(): void } {
    const held = new Map<number, number>();
    let number = 1;
    const add = (key: number, change: number): void => void held.set(key, (held.get(key) ?? 0) + change);
    const hold = async () => {
      const mine = number;
      add(mine, 1);
      return { snapshot: { number: mine }, release: () => add(mine, -1) };
    };
    const publish = (): void => {
      number += 1;
    };
    return { snapshots: { hold } as unknown as ServedSnapshots, held, publish };
  }

  test('holds a snapshot once however many ask, for a while after the last', async () => {
    const { snapshots, held, publish } = fakeSnapshots();
    const pins = pinSnapshots(snapshots, 1000);
    expect(await pins.pin()).toBe(1);
    await vi.advanceTimersByTimeAsync(800);
    expect(await pins.pin()).toBe(1);
    expect(held.get(1)).toBe(1);
    publish();
    expect(await pins.pin()).toBe(2);
    await vi.advanceTimersByTimeAsync(800);
    expect(held.get(1)).toBe(1);
    await vi.advanceTimersByTimeAsync(300);
    expect([held.get(1), held.get(2)]).toEqual([0, 0]);
  });

  test('ends with the server', async () => {
    const { snapshots, held } = fakeSnapshots();
    const pins = pinSnapshots(snapshots, 1000);
    await pins.pin();
    pins.close();
    expect(held.get(1)).toBe(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(held.get(1)).toBe(0);
  });
});
