import { test } from 'vitest';
import { readFileSync } from 'node:fs';
import { makeMarts, openEmptyWarehouse } from './marts/warehouse.ts';
test('try', async () => {
  const c = await openEmptyWarehouse();
  for (const f of (process.env['GIVEN'] ?? '').split(',').filter(Boolean)) await c.run(readFileSync(f, 'utf8'));
  await makeMarts(c);
  for (const q of (process.env['Q'] ?? '').split(';').filter(Boolean)) {
    const r = await c.runAndReadAll(q);
    console.log(q); console.table(r.getRowObjectsJson());
  }
});
