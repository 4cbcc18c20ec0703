import { expect, test } from 'vitest';
import { landFhirBulk } from '../../etl/source/bulk-land.ts';
import type { Seen } from '../support/bulk-server.ts';
import { TestClock } from '../support/bulk-server-clock.ts';
import { restart } from '../support/bulk-server-faults.ts';
import {
  bulkRun,
  fill,
  type Hospital,
  oneNight,
  openHospital,
  readLanded,
  readWatermarks,
  startLanding,
} from '../support/bulk-server-harness.ts';

/**
 * The process dies at its n-th request, before the server has seen it or after the server has done it: nothing it has
 * in memory survives, only its files. Returns whether it got so far.
 */
async function killAtRequest(
  hospital: Hospital,
  number: number,
  when: 'drop' | 'drop-after',
): Promise<boolean> {
  const { server } = hospital;
  const doomed = new TestClock(hospital.clock.now());
  let requests = 0;
  let isDead = false;
  server.gate = () => {
    if (isDead) return 'drop';
    if (requests++ < number) return 'serve';
    isDead = true;
    doomed.kill();
    return when;
  };
  const landing = await startLanding(hospital);
  const ended = landFhirBulk(hospital.source, { ...bulkRun(hospital, landing), clock: doomed }).then(
    () => 'ended',
    () => 'ended',
  );
  const how = await Promise.race([ended, doomed.death]);
  server.gate = () => 'serve';
  await hospital.clock.advance(Math.max(0, doomed.now() - hospital.clock.now()));
  if (how !== 'ended') await landing.abandon().catch(() => {});
  else await landing.abandon();
  return isDead;
}

test.each(['drop', 'drop-after'] as const)(
  'killed at any request (%s), the next run ends with the same records',
  async (when) => {
    let kills = 0;
    for (let number = 0; ; number++) {
      const hospital = await openHospital({ linesPerFile: 3, filesPerPage: 3 }, { parallel: 1 });
      await fill(hospital);
      const isKilled = await killAtRequest(hospital, number, when);
      expect((await readWatermarks(hospital)).size).toBe(0);
      await oneNight(hospital);
      expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
      expect((await readWatermarks(hospital)).size).toBe(2);
      await hospital.server.stop();
      if (!isKilled) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(7);
  },
);

test('a run that resumes neither starts the export again nor downloads what it has', async () => {
  const hospital = await openHospital({ linesPerFile: 2 }, { parallel: 1 });
  await fill(hospital);
  const stage = (name: Seen['stage']): number => hospital.server.requests(name).length;
  await killAtRequest(hospital, 7, 'drop');
  expect([stage('kick-off'), stage('output')]).toEqual([1, 4]);
  await oneNight(hospital);
  expect([stage('kick-off'), stage('output')]).toEqual([1, 7]);
  expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
});

test('between the end of the landing and the confirmation no step can be lost', async () => {
  const hospital = await openHospital();
  await fill(hospital);
  const { server } = hospital;
  await oneNight(hospital, { until: 'landed' });
  expect((await readWatermarks(hospital)).size).toBe(0);
  expect(server.jobs).toBe(1);
  await oneNight(hospital, { until: 'abandon' });
  expect((await readWatermarks(hospital)).size).toBe(0);
  expect(server.requests('kick-off')).toHaveLength(1);
  expect(server.requests('output')).toHaveLength(6);

  await oneNight(hospital, { until: 'committed' });
  expect(await readLanded(hospital)).toEqual(server.store.current);
  expect((await readWatermarks(hospital)).size).toBe(0);
  expect(server.requests('delete')).toHaveLength(0);

  await hospital.clock.advance(60_000);
  const report = await oneNight(hospital);
  expect(report.types).toEqual([]);
  expect(server.queries.map((query) => query.since === undefined)).toEqual([true, false]);
  expect(server.jobs).toBe(0);
});

test('cancelled, the export is deleted at the server and nothing has moved', async () => {
  const hospital = await openHospital({ polls: 3 });
  await fill(hospital);
  const controller = new AbortController();
  const texts: string[] = [];
  const onProgress = (_done: number, _total: number, text: string): void => {
    texts.push(text);
    controller.abort();
  };
  await expect(oneNight(hospital, { signal: controller.signal, onProgress })).rejects.toMatchObject({
    code: 'bulk-cancelled',
  });
  expect(texts).toEqual(['2 to go']);
  expect(hospital.server.requests('delete')).toHaveLength(1);
  expect(hospital.server.jobs).toBe(0);
  await oneNight(hospital);
  expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
});

test('a server that goes down in the middle of the downloads stops the run, and the next goes on from there', async () => {
  const hospital = await openHospital({ linesPerFile: 1 }, { parallel: 1, retries: 1 });
  await fill(hospital);
  const { server } = hospital;
  server.misbehave('output', () => false, restart(server, 3_600_000));
  await expect(oneNight(hospital)).rejects.toMatchObject({ code: 'bulk-unreachable' });
  await hospital.clock.advance(3_600_000);
  await oneNight(hospital);
  expect(server.requests('kick-off')).toHaveLength(1);
  expect(server.requests('output')).toHaveLength(1 + 1 + 9);
  expect(await readLanded(hospital)).toEqual(server.store.current);
});
