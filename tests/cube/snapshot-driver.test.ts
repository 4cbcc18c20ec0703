import { expect, test } from 'vitest';
import { createAdmission } from '../../cube/admission.ts';
import { serveSnapshots } from '../../cube/served-snapshots.ts';
import { SnapshotDriver } from '../../cube/snapshot-driver.ts';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { publishFixture } from './publish-fixture.ts';

/** Minutes of work. */
const LONG = 'select count(*) from range(100000000) a, range(1000000) b where a.range * b.range % 7 = 3';

test('a query is cancelled whenever that comes, also before it has a connection', async () => {
  const warehouse = temporaryDirectory();
  await publishFixture(warehouse, {});
  const instance = await openDuckDB({ threads: 2 });
  const snapshots = serveSnapshots({
    warehouse,
    instance,
    admission: createAdmission(1),
    onClosed: () => {},
    onOpenFailed: () => {},
  });
  const hold = await snapshots.hold();
  const driver = new SnapshotDriver(snapshots, hold.snapshot.number);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const running = driver.query(LONG) as Promise<unknown> & { cancel(): Promise<void> };
    for (let turn = 0; turn < attempt * 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await running.cancel();
    await expect(running).rejects.toThrow();
  }
  expect(await driver.query('select 1 as one')).toEqual([{ one: '1' }]);
  hold.release();
  await snapshots.close();
  instance.closeSync();
});
