import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmission } from '../../cube/admission.ts';
import { serveSnapshots } from '../../cube/served-snapshots.ts';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { type CubeUnderTest, startCube } from './cube-client.ts';
import { NUMBERED_TUMOURS, numbered } from './numbered-rows.ts';

let cube: CubeUnderTest;
beforeAll(async () => {
  cube = await startCube(numbered(1));
});
afterAll(() => cube?.close());

test('queries that run while snapshots are published never mix two of them', async () => {
  let isPublishing = true;
  const seen = new Set<number>();
  const ask = async (client: number): Promise<void> => {
    let newest = 0;
    // The last round begins after the last publish, however slow the machine.
    for (let round = 0, isLast = false; !isLast; round += 1) {
      isLast = !isPublishing;
      const rows = await cube.load({
        measures: ['cohort.diagnoses', 'cohort.median_follow_up_days'],
        dimensions: ['cohort.diagnosis_year', 'cohort.follow_up_days'],
        // A value of its own, so that not every answer comes from the cache.
        filters: [
          { member: 'cohort.tumor_number', operator: 'lte', values: [`${1000 * client + round + 1}`] },
        ],
      });
      expect(rows).toHaveLength(1);
      const number = Number(rows[0]?.['cohort.diagnosis_year']);
      expect(rows[0]).toEqual({
        'cohort.diagnosis_year': `${number}`,
        'cohort.follow_up_days': `${number}`,
        'cohort.diagnoses': `${NUMBERED_TUMOURS}`,
        'cohort.median_follow_up_days': `${number}`,
      });
      expect(number).toBeGreaterThanOrEqual(newest);
      newest = number;
      seen.add(number);
    }
  };
  const clients = [1, 2, 3, 4].map(ask);
  for (let number = 2; number <= 12; number += 1) await cube.publish(numbered(number));
  isPublishing = false;
  await Promise.all(clients);
  expect(seen.has(12)).toBe(true);
  expect(seen.size).toBeGreaterThan(3);
});

test('two questions of one hold are answered from one snapshot; the lease goes with the last reader', async () => {
  const before = await cube.snapshots.hold();
  const { number } = before.snapshot;
  const published = await cube.publish(numbered(number + 1));
  const after = await cube.snapshots.hold();
  expect(after.snapshot.number).toBe(published);

  const yearIn = (hold: typeof before, table: string, column: string): Promise<unknown> =>
    hold.query(async (connection) => {
      const reader = await connection.runAndReadAll(`select any_value(${column}) from marts.${table}`);
      return reader.getRows()[0]?.[0];
    });
  expect(await yearIn(before, 'cancer_diagnoses', 'diagnosis_year')).toBe(number);
  expect(await yearIn(before, 'outcomes', 'follow_up_days')).toBe(number);
  expect(await yearIn(after, 'outcomes', 'follow_up_days')).toBe(number + 1);

  expect(leasedNumbers()).toEqual(new Set([number, published]));
  before.release();
  await expect.poll(leasedNumbers).toEqual(new Set([published]));
  expect(cube.snapshots.holdNumber(number)).toBeUndefined();
  after.release();
});

test('a hold that outlives the server closes nothing twice', async () => {
  const instance = await openDuckDB({ threads: 1 });
  const closed: number[] = [];
  const snapshots = serveSnapshots({
    warehouse: cube.warehouse,
    instance,
    admission: createAdmission(1),
    onClosed: (number) => closed.push(number),
    onOpenFailed: () => expect.unreachable(),
  });
  const hold = await snapshots.hold();
  await snapshots.close();
  hold.release();
  expect(closed).toEqual([hold.snapshot.number]);
  instance.closeSync();
});

function leasedNumbers(): ReadonlySet<number> {
  return new Set(readdirSync(join(cube.warehouse, 'leases')).map((name) => Number(name.split('.')[0])));
}
