import { expect, test } from 'vitest';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { interruptible } from '../../etl/warehouse/interrupt.ts';

/** Minutes of work. */
const LONG = 'select count(*) from range(100000000) a, range(1000000) b where a.range * b.range % 7 = 3';

/** Of single interrupts within the first three milliseconds about one in six is lost. */
const TRIES = 50;

test('an abort stops a query whenever it comes, also before DuckDB has begun', async () => {
  const instance = await openDuckDB({ threads: 2 });
  const connection = await instance.connect();
  const reason = new Error('stopped');
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const stop = new AbortController();
    const running = interruptible(connection, stop.signal, () => connection.run(LONG));
    await turns(attempt * 4);
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
  }
  // The connection is as good as before, and who is aborted already does not begin.
  const { signal } = new AbortController();
  const one = await interruptible(connection, signal, () => connection.runAndReadAll('select 1'));
  expect(one.getRows()).toEqual([[1]]);
  await expect(interruptible(connection, AbortSignal.abort(reason), () => connection.run(LONG))).rejects.toBe(
    reason,
  );
  connection.closeSync();
  instance.closeSync();
});

/** Lets the event loop turn so many times: microseconds each, no waiting for a clock. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
