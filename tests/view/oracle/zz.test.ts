import fc from 'fast-check';
import { test } from 'vitest';
import { createOracle } from './check-case.ts';
import { oracleCase } from './generate-view.ts';
import { createMedplumEngine } from './medplum-engine.ts';

test('hunt', { timeout: 900_000 }, async () => {
  const oracle = await createOracle(createMedplumEngine());
  const from = Number(process.env['FROM'] ?? 1);
  let ran = 0;
  const seen = new Set<string>();
  for (let seed = from; seed < from + Number(process.env['SEEDS'] ?? 12); seed++) {
    let last: unknown = null;
    const d = await fc.check(
      fc.asyncProperty(oracleCase, async (each) => {
        const r = await oracle.check(each);
        if (r !== null) {
          last = r;
          throw new Error('x');
        }
      }),
      { seed, unbiased: true, numRuns: Number(process.env['RUNS'] ?? 60) },
    );
    ran += d.numRuns;
    if (d.failed) {
      const c = d.counterexample![0];
      const r = await oracle.check(c);
      const paths = JSON.stringify({
        ...(c.view as any),
        constant: undefined,
        resourceType: undefined,
        name: undefined,
        status: undefined,
      });
      const key = JSON.stringify(r).slice(0, 120).replace(/c\d+/g, 'c');
      if (seen.has(key)) continue;
      seen.add(key);
      console.log(
        `seed ${seed} after ${d.numRuns}\n  ${paths}\n  ${c.resources.join('\n  ')}\n  -> ${JSON.stringify(r).slice(0, 700)}`,
      );
    }
  }
  console.log('ran', ran);
  oracle.close();
});
