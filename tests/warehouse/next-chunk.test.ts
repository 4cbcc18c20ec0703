import { expect, test } from 'vitest';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { BrokenStreamError, nextChunk } from '../../etl/warehouse/next-chunk.ts';

test('a stream that breaks off midway is told from one that ends', async () => {
  const instance = await openDuckDB({ threads: 2 });
  const connection = await instance.connect();
  const count = async (sql: string): Promise<number> => {
    const result = await connection.stream(sql);
    let rows = 0;
    for (let chunk = await nextChunk(result); chunk !== undefined; chunk = await nextChunk(result))
      rows += chunk.rowCount;
    return rows;
  };
  expect(await count('select range from range(300000)')).toBe(300_000);
  expect(await count('select 1 where false')).toBe(0);
  const broken = `select cast(case when range = 2000000 then 'x' else '1' end as integer) from range(3000000)`;
  await expect(count(broken)).rejects.toThrow(BrokenStreamError);
  connection.closeSync();
  instance.closeSync();
});
