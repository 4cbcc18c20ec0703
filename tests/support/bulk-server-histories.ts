import fc from 'fast-check';
import { expect } from 'vitest';
import { BulkLedger } from '../../etl/source/bulk-ledger.ts';
import { answer, drop, expireLinks, truncate } from './bulk-server-faults.ts';
import { oneNight, openHospital, readLanded, readWatermarks } from './bulk-server-harness.ts';

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

type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** Histories that found a defect once. */
const FOUND: [History][] = [
  [
    {
      namesTypes: true,
      nights: [
        [
          { kind: 'cut', times: 2 },
          { kind: 'put', type: 'Patient', id: 0 },
        ],
        [{ kind: 'report', type: 'Patient' }],
        [{ kind: 'remove', type: 'Patient', id: 0 }],
      ],
    },
  ],
];

/**
 * Nights with changes, deletes and every kind of fault: a watermark never passes a record or a delete that has not
 * landed, and undisturbed nights at the end bring everything.
 */
export async function checkHistories(numRuns: number): Promise<void> {
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
    { numRuns, examples: FOUND },
  );
}

/** Types that are recorded as never complete although `*` has a watermark. */
async function heldTypes(directory: string): Promise<ReadonlySet<string>> {
  const ledger = await BulkLedger.open(`${directory}/state/hospital.json`, directory);
  return new Set(ledger.watermarks.filter((mark) => mark.time === null).map((mark) => mark.type));
}
