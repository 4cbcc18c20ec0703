import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ServedSnapshots } from '../../cube/served-snapshots.ts';
import { releaseSnapshot } from '../../etl/warehouse/release.ts';
import { retireSnapshots } from '../../etl/warehouse/retire.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../serve/http-server.ts';
import { pinSnapshots } from '../../serve/pinned-snapshots.ts';
import { signToken } from '../../serve/token.ts';
import { makeFixtureRows } from '../cube/fixture-rows.ts';
import { publishFixture } from '../cube/publish-fixture.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { SECRET, startTestServer } from './serve-fixture.ts';

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

    expect(await count({ ...token, 'X-Chiasm-Snapshot': '2' })).toEqual(['2', patients(3, 200)]);

    for (const gone of ['999', '-1', 'x', '1999-12-31', '../1']) {
      const response = await server.fetch('/catalog', { headers: { ...token, 'X-Chiasm-Snapshot': gone } });
      expect(response.status, gone).toBe(410);
      const body = (await response.json()) as { code: string; error: string };
      expect(body.code).toBe('snapshot-retired');
      expect(body.error).toMatch(/there are 3 \(.*2 \(.*1 \(/);
    }
    expect(await (await server.fetch('/session')).json()).toEqual({ isSignedIn: false, isDemo: false });
  } finally {
    await server.close();
  }
});

test('an analyst asks for last month’s figures by release or day, and nobody for those of another profile', async () => {
  const month = (number: number): Date => new Date(Date.UTC(2024, number, 15));
  const warehouse = temporaryDirectory();
  const token = signToken({ subject: 'tester', group: 'analyst', secret: SECRET, expiresIn: '5m' });
  const start = (options: Partial<ServerOptions>): Promise<RunningServer> =>
    startServer({
      warehouse,
      host: '127.0.0.1',
      port: 0,
      secret: SECRET,
      demo: false,
      log: () => {},
      ...options,
    });
  const rows = [undefined, makeFixtureRows(5, 60), makeFixtureRows(6, 70), makeFixtureRows(7, 80)];
  const patients = (number: number): number => rows[number]?.['patients']?.length ?? 0;
  await publishFixture(warehouse, rows[1] ?? {}, { createdAt: month(1), profile: 'identified' });
  for (const number of [2, 3])
    await publishFixture(warehouse, rows[number] ?? {}, { createdAt: month(number) });
  await releaseSnapshot(warehouse, 'report', { snapshot: 2, note: 'annual report', now: new Date() });
  await publishFixture(warehouse, rows[3] ?? {}, { createdAt: month(4) });

  const server = await start({});
  const query = encodeURIComponent(JSON.stringify({ measures: ['population.patients'] }));
  const ask = async (url: string, asOf?: string): Promise<unknown> => {
    const headers = { Authorization: `Bearer ${token}`, ...(asOf && { 'X-Chiasm-Snapshot': asOf }) };
    const response = await fetch(`${url}/cubejs-api/v1/load?query=${query}`, { headers });
    if (response.status !== 200) return response.status;
    const { data } = (await response.json()) as { data: readonly Record<string, string>[] };
    return [response.headers.get('x-chiasm-snapshot'), Number(data[0]?.['population.patients'])];
  };
  expect(await ask(server.url)).toEqual(['4', patients(3)]);
  for (const asOf of ['report', '2', '2024-03-20', '2024-03-15T00:00:00Z', '2024-03-15T01:30:00+01:00'])
    expect(await ask(server.url, asOf), asOf).toEqual(['2', patients(2)]);
  expect(await ask(server.url, '2024-04-14')).toEqual(['2', patients(2)]);
  expect(await ask(server.url, '2024-04-15')).toEqual(['3', patients(3)]);
  // before the first publish, no day of any year, and published with names
  for (const asOf of ['2024-01-31', '2024-02-31', '1', '2024-02-20'])
    expect(await ask(server.url, asOf), asOf).toBe(410);

  const authorized = { headers: { Authorization: `Bearer ${token}` } };
  const { snapshots } = (await (await fetch(`${server.url}/snapshots`, authorized)).json()) as {
    snapshots: unknown;
  };
  expect(snapshots).toEqual([
    { snapshot: 4, publishedAt: month(4).toISOString(), isCurrent: true, releases: [] },
    { snapshot: 3, publishedAt: month(3).toISOString(), isCurrent: false, releases: [] },
    {
      snapshot: 2,
      publishedAt: month(2).toISOString(),
      isCurrent: false,
      releases: [{ name: 'report', releasedAt: expect.any(String), note: 'annual report' }],
    },
  ]);
  expect((await fetch(`${server.url}/snapshots`)).status).toBe(401);

  // retired: the release stays, what was current in April is gone and not replaced by another month's figures
  await server.close();
  await retireSnapshots(warehouse, join(warehouse, 'private'), { keep: 1, graceMs: -1 }, Date.now());
  const fixed = await start({ fixed: 2, readyMaxAgeHours: 1 });
  expect((await fetch(`${fixed.url}/readyz`)).status).toBe(200);
  expect(await ask(fixed.url)).toEqual(['2', patients(2)]);
  expect(await ask(fixed.url, 'current')).toEqual(['4', patients(3)]);
  expect(await ask(fixed.url, '2024-04-20')).toBe(410);
  expect(await ask(fixed.url, '2024-03-20')).toEqual(['2', patients(2)]);
  await fixed.close();
  expect(readdirSync(join(warehouse, 'leases'))).toEqual([]);
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
