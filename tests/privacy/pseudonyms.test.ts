import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { sqlString } from '../../base/sql-text.ts';
import { keyVariablesSql, PSEUDONYM_SQL, pseudonymUuid } from '../../etl/privacy/pseudonyms.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';

const key = randomBytes(32);
const connection = await (await openDuckDB()).connect();

beforeAll(async () => {
  await connection.run(keyVariablesSql(key));
  await connection.run(PSEUDONYM_SQL);
});

const one = async (expression: string): Promise<string> =>
  String((await queryJson(connection, `select (${expression})::varchar as v`))[0]?.['v']);

test('the SQL function is HMAC-SHA256, and TypeScript gives the same UUID', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 80 }), async (text) => {
      const clean = text.replaceAll('\0', '').replace(/[\ud800-\udfff]/g, '');
      const expected = createHmac('sha256', key).update(`key|${clean}`).digest('hex');
      expect(await one(`hmac_hex(${sqlString(`key|${clean}`)})`)).toBe(expected);
      expect(await one(`pseudonym_hex('key', ${sqlString(clean)})::uuid`)).toBe(
        pseudonymUuid(key, 'key', clean),
      );
    }),
    { numRuns: 60 },
  );
});

test('pseudonyms are UUIDs of version 8, and the UID is the same number', async () => {
  const uuid = await one(`pseudonym_hex('uid', '1.2.3')::uuid`);
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const number = BigInt(`0x${uuid.replaceAll('-', '')}`);
  expect(await one(`pseudonym_uid(pseudonym_hex('uid', '1.2.3'))`)).toBe(`2.25.${number}`);
});

test('domains are apart: a key and a person of the same text have nothing in common', async () => {
  expect(await one(`pseudonym_hex('key', 'x')`)).not.toBe(await one(`pseudonym_hex('person', 'x')`));
});

test('shifts are multiples of 7 within a year, never 0, and spread over both directions', async () => {
  const rows = await queryJson(
    connection,
    `select min(s) as low, max(s) as high, count(*) filter (s % 7 <> 0 or s = 0) as bad, count(distinct s) as kinds
     from (select shift_days(i::varchar) as s from range(5000) t(i))`,
  );
  expect(rows[0]).toEqual({ low: -364, high: 364, bad: '0', kinds: '104' });
});
