import { expect, test } from 'vitest';
import { openRawClient } from '../../../bench/sql-client.ts';
import { makeFixtureRows } from '../../cube/fixture-rows.ts';
import { publishFixture } from '../../cube/publish-fixture.ts';
import { startServerProcess } from '../server-process.ts';
import { PASSWORD } from './sql-fixture.ts';

/**
 * Bytes of memory that ten million rows may take more than one million did: garbage that V8 has not swept yet. An answer
 * is about three times as large.
 */
const MOST_GROWTH = 250e6;

/** In every row, so that an answer is large. */
const FILLER = 'row of many, long enough to be no trifle: ';

const rowsSql = (rows: number): string =>
  `select g::int8, g + 0.5::float8, '${FILLER}' || g from generate_series(1, ${rows}) g`;

test.skipIf(process.platform !== 'linux')(
  'ten million rows take no more memory than one million, as text, in binary and as COPY',
  async () => {
    const server = await startServerProcess((warehouse) => publishFixture(warehouse, makeFixtureRows()));
    const raw = await openRawClient({
      port: server.sqlPort,
      user: 'ana',
      password: PASSWORD,
      database: 'chiasm',
    });
    const client = await server.connect();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, server.rss());
    }, 50);
    try {
      const peakOf = async (task: () => Promise<unknown>): Promise<number> => {
        most = server.rss();
        await task();
        return most;
      };
      const ways: Readonly<Record<string, (rows: number) => Promise<void>>> = {
        text: async (rows) => {
          const { bytes } = await raw.run(rowsSql(rows), 'text');
          // three numbers in digits, a ".5"
          expect(bytes).toBe(answerBytes(rows, rows * (19 + 2 + FILLER.length) + 3 * digits(rows)));
        },
        binary: async (rows) => {
          const { bytes } = await raw.run(rowsSql(rows), 'binary');
          expect(bytes).toBe(answerBytes(rows, rows * (19 + 8 + 8 + FILLER.length) + digits(rows)));
        },
        copy: async (rows) => {
          const { rowCount } = await client.query(`copy (${rowsSql(rows)}) to stdout`);
          expect(rowCount).toBe(rows);
        },
      };
      const small: Record<string, number> = {};
      for (let round = 0; round < 2; round += 1)
        for (const [name, run] of Object.entries(ways)) small[name] = await peakOf(() => run(1_000_000));
      const growth: Record<string, number> = {};
      for (const [name, run] of Object.entries(ways))
        growth[name] = (await peakOf(() => run(10_000_000))) - (small[name] ?? 0);
      process.stdout.write(`${JSON.stringify({ small, growth })}\n`);
      for (const [name, bytes] of Object.entries(growth)) expect(bytes, name).toBeLessThan(MOST_GROWTH);
    } finally {
      clearInterval(watch);
      raw.end();
      await client.end();
      await server.stop();
    }
  },
);

/** Bytes of a whole answer of the extended protocol whose rows (of 19 bytes each without values) take `rowBytes`. */
function answerBytes(rows: number, rowBytes: number): number {
  const [parseComplete, bindComplete, ready] = [5, 5, 6];
  return parseComplete + bindComplete + rowBytes + 6 + `SELECT ${rows}`.length + ready;
}

/** How many digits the numbers from 1 to a power of ten have. */
function digits(rows: number): number {
  const places = String(rows).length;
  let sum = places;
  for (let place = 1; place < places; place += 1) sum += 9 * 10 ** (place - 1) * place;
  return sum;
}
