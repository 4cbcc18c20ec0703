import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fhirBulkSource } from '../../etl/source/bulk-config.ts';
import { planExports, settleWatermarks } from '../../etl/source/bulk-plan.ts';
import type { Watermark } from '../../etl/source/bulk-state.ts';
import { answer, drop, expireLinks, truncate } from '../support/bulk-server-faults.ts';
import { fill, oneNight, openHospital, readLanded, readWatermarks } from '../support/bulk-server-harness.ts';

const TYPES = ['Patient', 'Observation', 'Condition'] as const;
const type = fc.constantFrom(...TYPES);
const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('put' as const), type, id: fc.integer({ max: 6, min: 0 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('remove' as const), type, id: fc.integer({ max: 6, min: 0 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('cut' as const), times: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('refuse' as const), times: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('miscount' as const), type }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('report' as const), type }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
);
const history = fc.record({
  namesTypes: fc.boolean(),
  nights: fc.array(fc.array(event, { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
});

test('a watermark never passes a record or a delete that has not landed', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ namesTypes, nights }) => {
      const hospital = await openHospital(
        { linesPerFile: 2, polls: 0 },
        { types: namesTypes ? [...TYPES] : undefined, retries: 1 },
      );
      const { server, clock } = hospital;
      for (const events of nights) {
        server.alterFiles = (files) => files;
        server.outcomes = [];
        let until: 'confirm' | 'committed' = 'confirm';
        for (const each of events) {
          await clock.advance(5000);
          if (each.kind === 'put') server.store.put(each.type, `${each.id}`);
          else if (each.kind === 'remove') server.store.remove(each.type, `${each.id}`);
          else if (each.kind === 'cut')
            server.misbehave('output', ...Array(each.times).fill(truncate('announced')));
          else if (each.kind === 'refuse') server.misbehave('output', ...Array(each.times).fill(answer(418)));
          else if (each.kind === 'expire') server.misbehave('output', expireLinks(server));
          else if (each.kind === 'forget') server.misbehave('status', answer(404), drop);
          else if (each.kind === 'crash') until = 'committed';
          else if (each.kind === 'report') {
            const issue = [{ severity: 'error', code: 'exception', details: { text: `no ${each.type}s` } }];
            issue.push({
              severity: 'error',
              code: 'exception',
              details: { text: `${each.type} incomplete` },
            });
            server.outcomes = [{ resourceType: 'OperationOutcome', issue }];
          } else {
            server.alterFiles = (files) =>
              files.map((file) => (file.type === each.type ? { ...file, count: file.count + 1 } : file));
          }
        }
        await oneNight(hospital, { until }).catch(() => {});
        await clock.advance(3_600_000);
        const landed = await readLanded(hospital);
        const marks = await readWatermarks(hospital);
        const markOf = (key: string): number => {
          const own = marks.get(key.split('/')[0] ?? '');
          return own ?? marks.get('*') ?? 0;
        };
        const holds = await heldTypes(hospital.directory);
        for (const [key, at] of server.store.current) {
          if (at > markOf(key) || holds.has(key.split('/')[0] ?? '')) continue;
          expect(landed.get(key), key).toBeGreaterThanOrEqual(at);
        }
        for (const [key, at] of server.store.deletions) {
          if (at > markOf(key) || holds.has(key.split('/')[0] ?? '')) continue;
          expect(landed.has(key), key).toBe(false);
        }
      }
      // Whatever happened, undisturbed nights bring everything.
      server.alterFiles = (files) => files;
      server.outcomes = [];
      server.settleDown();
      await oneNight(hospital).catch(() => {});
      await clock.advance(3_600_000);
      await oneNight(hospital);
      expect(await readLanded(hospital)).toEqual(server.store.current);
      await server.stop();
    }),
    { numRuns: 30 },
  );
});

/** Types that are recorded as never complete although `*` has a watermark. */
async function heldTypes(directory: string): Promise<ReadonlySet<string>> {
  const { BulkLedger } = await import('../../etl/source/bulk-ledger.ts');
  const ledger = await BulkLedger.open(`${directory}/state/hospital.json`, directory);
  return new Set(ledger.watermarks.filter((mark) => mark.time === null).map((mark) => mark.type));
}

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
});
const T1 = '2026-01-01T00:00:00.000000000Z';
const T2 = '2026-01-02T00:00:00.000000000Z';

test('types with the same watermark share an export; one that failed is asked for from its own beginning', () => {
  const typed = { ...source, types: ['Patient', 'Observation', 'Condition'] };
  const jobs = planExports(
    typed,
    ready,
    [mark('Patient', T2), mark('Observation', T1), mark('Condition', T2)],
    undefined,
    0,
  );
  expect(jobs.map((job) => [job.types, job.since])).toEqual([
    [['Patient', 'Condition'], '2026-01-01T23:50:00.000Z'],
    [['Observation'], '2025-12-31T23:50:00.000Z'],
  ]);
  expect(
    planExports(typed, { ...ready, hasSince: false }, [mark('Patient', T2)], undefined, 0),
  ).toMatchObject([{ types: typed.types, since: null, purpose: 'full' }]);
});

test('without named types, a type that failed gets an export of its own until both have succeeded', () => {
  const job = { types: null, settles: true };
  const failed = settleWatermarks(
    source,
    [mark('*', T1)],
    [{ job, transactionTime: T2, failed: new Set(['Observation']) }],
  );
  expect(failed).toEqual([mark('*', T2), mark('Observation', T1)]);
  const jobs = planExports(source, ready, failed, undefined, 0);
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
  expect(planExports(changed, ready, [mark('Patient', T1)], undefined, 0)).toMatchObject([{ since: null }]);
  const moved = { ...source, types: ['Patient'], url: 'https://other.hospital.org/r4' };
  expect(planExports(moved, ready, [mark('Patient', T1)], undefined, 0)).toMatchObject([{ since: null }]);
});

test('a server without _since is read whole; what it no longer has is deleted only by anti-join', async () => {
  const hospital = await openHospital({ software: 'Epic', hasSince: false }, { deletes: 'anti-join' });
  await fill(hospital);
  const currentIds = async function* (asked: string): AsyncGenerator<string> {
    for (const key of (await readLanded(hospital)).keys()) {
      const [type, id] = key.split('/');
      if (type === asked && id !== undefined) yield id;
    }
  };
  await oneNight(hospital, { currentIds });
  await hospital.clock.advance(86_400_000);
  hospital.server.store.remove('Observation', 'o1');
  hospital.server.alterFiles = (files) => files.filter((file) => file.type !== 'Patient');
  expect((await oneNight(hospital)).missing).toBe(0);
  const report = await oneNight(hospital, { currentIds });
  expect(report).toMatchObject({ missing: 1, deleted: 0 });
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
  const currentIds = async function* (): AsyncGenerator<string> {};
  await oneNight(hospital, { currentIds });
  expect((await readLanded(hospital)).size).toBe(4);
  await hospital.clock.advance(86_400_000);
  hospital.server.store.groups.set('g', ['p1', 'p2']);
  const report = await oneNight(hospital, { currentIds });
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
