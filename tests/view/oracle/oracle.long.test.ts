import { afterAll, beforeAll, expect, test } from 'vitest';
import { assertAgreement, createOracle, type Oracle } from './check-case.ts';
import { createMedplumEngine } from './medplum-engine.ts';

const PAIRS = 5000;

let oracle: Oracle;
beforeAll(async () => {
  oracle = await createOracle(createMedplumEngine());
});
afterAll(() => oracle.close());

/** `ORACLE_SEED=<n>` searches elsewhere; a failure prints its seed and path. */
test('our SQL and an independent FHIRPath library agree on 5,000 pairs', async () => {
  const seed = Number(process.env['ORACLE_SEED'] ?? 20260102);
  const pairs = await assertAgreement(oracle, { pairs: PAIRS, seed });
  expect(pairs).toBeGreaterThanOrEqual(PAIRS);
});
