import { expect, test } from 'vitest';
import { BrokenStreamError, chunkReader } from '../../etl/warehouse/chunk-reader.ts';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';

test('a stream that breaks off midway is told from one that ends', async () => {
  const instance = await openDuckDB({ threads: 2 });
  const connection = await instance.connect();
  const count = async (sql: string): Promise<number> => {
    const result = await connection.stream(sql);
    const next = chunkReader(result);
    let rows = 0;
    for (let chunk = await next(); chunk !== undefined; chunk = await next()) rows += chunk.rowCount;
    return rows;
  };
  expect(await count('select range from range(300000)')).toBe(300_000);
  expect(await count('select 1 where false')).toBe(0);
  expect(await count(`copy (select 1) to '/dev/null' (format csv)`)).toBe(1);
  const broken = `select cast(case when range = 2000000 then 'x' else '1' end as integer) from range(3000000)`;
  await expect(count(broken)).rejects.toThrow(BrokenStreamError);
  connection.closeSync();
  instance.closeSync();
});
