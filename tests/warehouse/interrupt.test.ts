import { expect, test } from 'vitest';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { interruptible } from '../../etl/warehouse/interrupt.ts';

/** Minutes of work. */
const LONG = 'select count(*) from range(100000000) a, range(1000000) b where a.range * b.range % 7 = 3';

test('an abort that comes before DuckDB has begun stops the query all the same', async () => {
  const instance = await openDuckDB({ threads: 2 });
  const connection = await instance.connect();
  const stop = new AbortController();
  const reason = new Error('stopped');
  const running = interruptible(connection, stop.signal, () => connection.run(LONG));
  stop.abort(reason);
  await expect(running).rejects.toBe(reason);
  // The connection is as good as before, and who is aborted already does not begin.
  const { signal } = new AbortController();
  expect(
    await interruptible(connection, signal, async () => (await connection.run('select 1')).rowCount),
  ).toBe(1);
  await expect(interruptible(connection, stop.signal, () => connection.run(LONG))).rejects.toBe(reason);
  connection.closeSync();
  instance.closeSync();
});
