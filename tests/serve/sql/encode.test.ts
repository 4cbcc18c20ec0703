import { expect, test } from 'vitest';
import { openDuckDB } from '../../../etl/warehouse/duckdb.ts';
import type { Ast } from '../../../serve/sql/ast.ts';
import { encodeRows } from '../../../serve/sql/encode/chunk-encoder.ts';
import { RowBuffer } from '../../../serve/sql/encode/row-buffer.ts';
import { int64Halves, memoryOf, numberItems } from '../../../serve/sql/encode/vector-seam.ts';
import { parameterConstant } from '../../../serve/sql/parameter.ts';
import { oidOf } from '../../../serve/sql/pg-type.ts';
import type { Format } from '../../../serve/wire/frontend.ts';

/** A value in DuckDB, and the text that PostgreSQL writes for it. */
const CASES: readonly (readonly [sql: string, text: string])[] = [
  ['true', 't'],
  ['(-7)::tinyint', '-7'],
  ['(-32768)::smallint', '-32768'],
  ['2147483647::integer', '2147483647'],
  ['4294967295::uinteger', '4294967295'],
  ['(-9007199254740993)::bigint', '-9007199254740993'],
  ['9223372036854775807::bigint', '9223372036854775807'],
  ['170141183460469231731687303715884105727::hugeint', '170141183460469231731687303715884105727'],
  ['1.5::decimal(4,2)', '1.50'],
  ['(-0.05)::decimal(9,2)', '-0.05'],
  ['123456789012.345678::decimal(18,6)', '123456789012.345678'],
  ['(-12345678901234567890.5)::decimal(38,1)', '-12345678901234567890.5'],
  ['0::decimal(18,3)', '0.000'],
  ['0.1::double', '0.1'],
  ['1e15::double', '1e+15'],
  ['123456789012345::double', '123456789012345'],
  ['1e-5::double', '1e-05'],
  [`'nan'::double`, 'NaN'],
  [`'-inf'::double`, '-Infinity'],
  ['0.1::float', '0.1'],
  ['16777216::float', '1.6777216e+07'],
  [`date '2024-02-29'`, '2024-02-29'],
  [`date '1899-12-31'`, '1899-12-31'],
  [`timestamp '2024-02-29 01:02:03.5'`, '2024-02-29 01:02:03.5'],
  [`timestamp '1969-12-31 23:59:59.999999'`, '1969-12-31 23:59:59.999999'],
  [`timestamptz '2024-02-29 01:02:03+00'`, '2024-02-29 01:02:03+00'],
  [`time '23:59:59.25'`, '23:59:59.25'],
  [`interval '14 months 3 days 4 hours'`, '1 year 2 mons 3 days 04:00:00'],
  [`'0f000000-0000-4000-8000-00000000000f'::uuid`, '0f000000-0000-4000-8000-00000000000f'],
  [`'ff000000-0000-4000-8000-00000000000f'::uuid`, 'ff000000-0000-4000-8000-00000000000f'],
  [`'short'`, 'short'],
  [`'longer than twelve bytes: ü'`, 'longer than twelve bytes: ü'],
  [`'\\x00\\xFF'::blob`, '\\x00ff'],
  [`['a', null, 'b "c', '']`, '{a,NULL,"b \\"c",""}'],
  [`{'x': 1, 'y': ['z']}`, '{"x":1,"y":["z"]}'],
];

async function encoded(sql: string, format: Format): Promise<readonly (Buffer | null)[]> {
  const instance = await openDuckDB({ threads: 1 });
  const connection = await instance.connect();
  try {
    await connection.run(`set timezone = 'UTC'`);
    const result = await connection.run(sql);
    const columns = result.columnTypes().map((type) => ({ type, oid: oidOf(type), format }));
    const chunk = await result.fetchChunk();
    if (chunk === null) throw new Error('no rows');
    const out = new RowBuffer(16);
    encodeRows(out, chunk, columns, 0, 1);
    return valuesOf(out.take());
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function valuesOf(row: Buffer): readonly (Buffer | null)[] {
  expect(row.readInt32BE(1)).toBe(row.length - 1);
  let at = 7;
  return Array.from({ length: row.readInt16BE(5) }, () => {
    const length = row.readInt32BE(at);
    at += 4 + Math.max(0, length);
    return length < 0 ? null : row.subarray(at - length, at);
  });
}

test('every type has the text that PostgreSQL gives it', async () => {
  const values = await encoded(`select ${CASES.map(([sql]) => sql).join(', ')}, null::integer`, 0);
  expect(values.map((value) => value?.toString() ?? null)).toEqual([...CASES.map(([, text]) => text), null]);
});

test('numbers, texts and keys in binary read back as the same', async () => {
  const plain = CASES.filter(
    ([sql]) => /int|decimal|double|uuid|^'(short|longer)/.test(sql) && !/interval/.test(sql),
  );
  const select = plain.map(([sql]) => sql).join(', ');
  const [binary, oids] = [await encoded(`select ${select}`, 1), await oidsOf(`select ${select}`)];
  const texts = binary.map((value, index) => constantText(parameterConstant(value, 1, oids[index] ?? 0)));
  expect(texts.map(normal)).toEqual(plain.map(([, text]) => normal(text)));
});

test('long texts come whole, in every row, beside NULLs and short ones', async () => {
  const sql = `select case when range % 7 = 0 then null when range % 5 = 0 then 'short' else repeat('x' || range, 1 + range % 9) end
    from range(2000) order by hash(range)`;
  const instance = await openDuckDB({ threads: 1 });
  const connection = await instance.connect();
  const chunk = await (await connection.run(sql)).fetchChunk();
  if (chunk === null) throw new Error('no rows');
  const out = new RowBuffer(16);
  const [type] = (await connection.run(`select ''`)).columnTypes();
  if (type === undefined) throw new Error('no type');
  encodeRows(out, chunk, [{ type, oid: oidOf(type), format: 0 }], 0, chunk.rowCount);
  const rows = out.take();
  const texts: (string | null)[] = [];
  for (let at = 0; at < rows.length; at += 1 + rows.readInt32BE(at + 1)) {
    const length = rows.readInt32BE(at + 7);
    texts.push(length < 0 ? null : rows.toString('utf8', at + 11, at + 11 + length));
  }
  expect(texts).toEqual(chunk.getColumnValues(0));
  connection.closeSync();
  instance.closeSync();
});

test('the memory of vectors is where it is looked for', async () => {
  const instance = await openDuckDB({ threads: 1 });
  const connection = await instance.connect();
  const result = await connection.run(
    `select 1::integer, 1::bigint, 1.0::double, 'x', uuid(), 1::decimal(18,2), date '2024-01-01'`,
  );
  const chunk = await result.fetchChunk();
  const vector = (index: number) => {
    if (chunk === null) throw new Error('no rows');
    return chunk.getColumnVector(index);
  };
  expect([0, 2, 6].map((index) => numberItems(vector(index))?.length)).toEqual([1, 1, 1]);
  expect(int64Halves(vector(1))?.length).toBe(2);
  expect([3, 4, 5].map((index) => memoryOf(vector(index)) !== undefined)).toEqual([true, true, true]);
  connection.closeSync();
  instance.closeSync();
});

async function oidsOf(sql: string): Promise<readonly number[]> {
  const instance = await openDuckDB({ threads: 1 });
  const connection = await instance.connect();
  const types = (await connection.run(sql)).columnTypes();
  connection.closeSync();
  instance.closeSync();
  return types.map(oidOf);
}

function constantText(constant: Ast): string {
  return /"sval":"([^"]*)"\}\}\}/.exec(JSON.stringify(constant['TypeCast']))?.[1] ?? '';
}

/** Numbers may be written in several ways. */
function normal(text: string): string {
  return /^[-\d.e+]+$/i.test(text) && text.length < 16 ? String(Number(text)) : text;
}
