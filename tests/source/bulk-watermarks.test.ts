import { expect, test } from 'vitest';
import { fhirBulkSource } from '../../etl/source/bulk-config.ts';
import { planExports, settleWatermarks } from '../../etl/source/bulk-plan.ts';
import type { CurrentVersion } from '../../etl/source/bulk-run.ts';
import type { Watermark } from '../../etl/source/bulk-state.ts';
import { formatInstant } from '../../etl/source/instant.ts';
import { fill, oneNight, openHospital, readLanded, readWatermarks } from '../support/bulk-server-harness.ts';
import { checkHistories } from '../support/bulk-server-histories.ts';

test('a watermark never passes a record or a delete that has not landed', async () => {
  await checkHistories(12);
});

const source = fhirBulkSource.parse({
  name: 'hospital',
  kind: 'fhir-bulk',
  url: 'https://fhir.hospital.org/r4',
  level: { kind: 'system' },
});
const ready = { version: 'stu2', hasSince: true } as const;
const mark = (each: string, time: string | null): Watermark => ({
  endpoint: source.url,
  level: 'system',
  type: each,
  filter: '',
  time,
  landedFrom: null,
  fullTime: null,
});
const T1 = '2026-01-01T00:00:00.000000000Z';
const T2 = '2026-01-02T00:00:00.000000000Z';

test('types with the same watermark share an export; one that failed is asked for from its own beginning', () => {
  const typed = { ...source, types: ['Patient', 'Observation', 'Condition'] };
  const jobs = planExports(
    typed,
    ready,
    [mark('Patient', T2), mark('Observation', T1), mark('Condition', T2)],
    {},
    0,
  );
  expect(jobs.map((job) => [job.types, job.since])).toEqual([
    [['Patient', 'Condition'], '2026-01-01T23:50:00.000Z'],
    [['Observation'], '2025-12-31T23:50:00.000Z'],
  ]);
  expect(planExports(typed, { ...ready, hasSince: false }, [mark('Patient', T2)], {}, 0)).toMatchObject([
    { types: typed.types, since: null, purpose: 'full' },
  ]);
});

test('types that a failure has parted share an export again once both have come', () => {
  const typed = { ...source, types: ['Patient', 'Observation'] };
  const marks = [mark('Patient', T2), mark('Observation', T1)];
  const exported = planExports(typed, ready, marks, {}, 0).map((job, index) => ({
    job,
    transactionTime: `2026-01-03T0${index}:00:00.000000000Z`,
    failed: new Set<string>(),
  }));
  expect(exported).toHaveLength(2);
  const jobs = planExports(typed, ready, settleWatermarks(typed, marks, exported), {}, 0);
  expect(jobs.map((job) => [job.types, job.since])).toEqual([
    [['Patient', 'Observation'], '2026-01-02T23:50:00.000Z'],
  ]);
});

test('deletes are asked for besides where everything is asked for again', () => {
  const typed = { ...source, types: ['Patient'] };
  const again = planExports(typed, ready, [mark('Patient', T2)], { isFull: true }, 0);
  expect(again.map((job) => [job.since, job.settles])).toEqual([
    [null, true],
    ['2026-01-01T23:50:00.000Z', false],
  ]);
  const [first] = planExports(typed, ready, [], {}, 0);
  const half = [{ job: first ?? again[0], transactionTime: T1, failed: new Set(['Patient']) }];
  const marks = settleWatermarks(typed, [], half as Parameters<typeof settleWatermarks>[2]);
  expect(marks).toEqual([{ ...mark('Patient', null), landedFrom: T1 }]);
  expect(planExports(typed, ready, marks, {}, 0).map((job) => job.since)).toEqual([
    null,
    '2025-12-31T23:50:00.000Z',
  ]);
});

test('without named types, a type that failed gets an export of its own until both have succeeded', () => {
  const job = { types: null, settles: true, purpose: 'changes' } as const;
  const failed = settleWatermarks(
    source,
    [mark('*', T1)],
    [{ job, transactionTime: T2, failed: new Set(['Observation']) }],
  );
  expect(failed).toEqual([mark('*', T2), mark('Observation', T1)]);
  const jobs = planExports(source, ready, failed, {}, 0);
  expect(jobs.map((each) => each.types)).toEqual([null, ['Observation']]);
  const T3 = '2026-01-03T00:00:00.000000000Z';
  const mended = settleWatermarks(
    source,
    failed,
    jobs.map((each) => ({ job: each, transactionTime: T3, failed: new Set<string>() })),
  );
  expect(mended).toEqual([mark('*', T3)]);
  const lost = settleWatermarks(
    source,
    [mark('*', T1)],
    [{ job, transactionTime: T2, failed: new Set(['*']) }],
  );
  expect(lost).toEqual([mark('*', T1)]);
});

test('another filter, group or server begins anew', () => {
  const changed = { ...source, types: ['Patient'], typeFilters: ['Patient?active=true'] };
  expect(planExports(changed, ready, [mark('Patient', T1)], {}, 0)).toMatchObject([
    { since: null, purpose: 'full', settles: true },
    { since: '2025-12-31T23:50:00.000Z', purpose: 'changes', settles: false },
  ]);
  const moved = { ...source, types: ['Patient'], url: 'https://other.hospital.org/r4' };
  expect(planExports(moved, ready, [mark('Patient', T1)], {}, 0)).toMatchObject([{ since: null }]);
});

test('a server without _since is read whole; what it no longer has is deleted only by anti-join', async () => {
  const hospital = await openHospital({ software: 'Epic', hasSince: false }, { deletes: 'anti-join' });
  await fill(hospital);
  const currentVersions = async function* (asked: string): AsyncGenerator<CurrentVersion> {
    for (const [key, time] of await readLanded(hospital)) {
      const [type, id] = key.split('/');
      const isAsked = type === asked && id !== undefined;
      if (isAsked) yield { id, orderTime: formatInstant(time), isSubsetted: false };
    }
  };
  await oneNight(hospital, { currentVersions });
  await hospital.clock.advance(86_400_000);
  hospital.server.store.remove('Observation', 'o1');
  expect((await oneNight(hospital)).missing).toBe(0);
  const report = await oneNight(hospital, { currentVersions });
  expect(report).toMatchObject({ missing: 1, deleted: 0 });
  expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
  hospital.server.alterFiles = (files) => files.filter((file) => file.type !== 'Patient');
  expect(await oneNight(hospital, { currentVersions })).toMatchObject({ missing: 5 });
  hospital.server.alterFiles = (files) => files;
  expect(await oneNight(hospital, { currentVersions })).toMatchObject({ missing: 0 });
  expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
  expect(hospital.server.queries.every((query) => query.since === undefined)).toBe(true);
});

test('a patient who joins a group brings the whole record; one who leaves is not deleted', async () => {
  const hospital = await openHospital(
    { flavour: 'stu3' },
    { level: { kind: 'group', group: 'g' }, groupGrowth: true, deletes: 'anti-join' },
  );
  await fill(hospital);
  hospital.server.store.groups.set('g', ['p0', 'p1']);
  const currentVersions = async function* (): AsyncGenerator<CurrentVersion> {};
  await oneNight(hospital, { currentVersions });
  expect((await readLanded(hospital)).size).toBe(4);
  await hospital.clock.advance(86_400_000);
  hospital.server.store.groups.set('g', ['p1', 'p2']);
  const report = await oneNight(hospital, { currentVersions });
  expect(report).toMatchObject({ missing: 0, deleted: 0 });
  expect([...(await readLanded(hospital)).keys()].sort()).toEqual(
    ['p0', 'p1', 'p2']
      .map((id) => `Patient/${id}`)
      .concat(['o0', 'o1', 'o2'].map((id) => `Observation/${id}`))
      .sort(),
  );
  await hospital.clock.advance(86_400_000);
  expect((await oneNight(hospital)).exports).toBe(2);
});

test('a first load in pieces is one landing; a backfill moves no watermark', async () => {
  const hospital = await openHospital(
    { flavour: 'stu3' },
    { firstLoad: { from: '2026-01-01', windowDays: 30 } },
  );
  await fill(hospital);
  const report = await oneNight(hospital);
  expect(report.exports).toBe(3);
  expect(hospital.server.queries.map((query) => query.until !== undefined)).toEqual([true, true, false]);
  expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
  const marks = await readWatermarks(hospital);
  expect(marks.get('Patient')).toBe(Date.parse(report.transactionTimes.at(-1) ?? ''));

  await hospital.clock.advance(86_400_000);
  await oneNight(hospital, { backfill: { until: '2026-03-01T00:00:00Z' } });
  expect(await readWatermarks(hospital)).toEqual(marks);
});

test('resources organized by patient land without their headers', async () => {
  const hospital = await openHospital({ flavour: 'stu3' }, { organizeOutputBy: 'Patient' });
  await fill(hospital);
  hospital.server.alterFiles = (files) => {
    const header = { resourceType: 'Parameters', parameter: [{ name: 'header', valueReference: {} }] };
    const lines = files.flatMap((file) => [JSON.stringify(header), ...file.lines]);
    return [{ kind: 'output', type: undefined, lines, count: lines.length }];
  };
  const report = await oneNight(hospital);
  expect(report.types).toMatchObject([{ type: '*', records: 10, rejected: 0, leftOut: 6 }]);
  expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
});
