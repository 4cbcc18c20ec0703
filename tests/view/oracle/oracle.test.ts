import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCases } from './cases.ts';
import { assertAgreement, createOracle, type Oracle } from './check-case.ts';
import type { FhirPathEngine } from './evaluate-view.ts';
import { oracleCase } from './generate-view.ts';
import { KNOWN_DIFFERENCES } from './known-differences.ts';
import { createMedplumEngine } from './medplum-engine.ts';

const PAIRS = 200;

let engine: FhirPathEngine;
let oracle: Oracle;
beforeAll(async () => {
  engine = createMedplumEngine();
  oracle = await createOracle(engine);
});
afterAll(() => oracle.close());

test('our SQL and an independent FHIRPath library agree', async () => {
  await assertAgreement(oracle, { pairs: PAIRS, seed: 20260101 });
});

describe('cases that once failed', () => {
  test.each(readCases())('$title', async ({ view, resources, expect: rows }) => {
    expect(await oracle.check({ view, resources })).toBeNull();
    expect(oracle.expected({ view, resources })).toEqual(rows);
  });
});

/** Each is wrong in one way; none may pass. */
const wrong: Readonly<Record<string, (right: FhirPathEngine) => FhirPathEngine>> = {
  'last for first': (right) => ({
    ...right,
    evaluate: (expression, focus, scope) =>
      right.evaluate(expression.replaceAll('.first()', '.last()'), focus, scope),
  }),
  'rows counted from 1': (right) => ({
    ...right,
    evaluate: (expression, focus, scope) =>
      right.evaluate(expression, focus, { ...scope, rowIndex: scope.rowIndex + 1 }),
  }),
  'equal for unequal': (right) => ({
    ...right,
    evaluate: (expression, focus, scope) => right.evaluate(expression.replaceAll('!=', '='), focus, scope),
  }),
  'keys without the type': (right) => ({
    ...right,
    value: (item) => {
      const value = right.value(item);
      return typeof value === 'string' ? value.replace(/^Patient\/(?=p1$)/, '') : value;
    },
  }),
  'empty for one element': (right) => ({
    ...right,
    evaluate: (expression, focus, scope) => {
      const items = right.evaluate(expression, focus, scope);
      return expression.includes('where(') && items.length === 1 ? [] : items;
    },
  }),
};

describe('the oracle can fail', () => {
  test.each(Object.keys(wrong))('%s is caught', async (name) => {
    const broken = wrong[name]?.(engine) ?? engine;
    const details = await fc.check(
      fc.asyncProperty(oracleCase, async (each) => {
        expect(await oracle.check(each, broken)).toBeNull();
      }),
      { seed: 7, numRuns: 300, unbiased: true, endOnFailure: true },
    );
    expect(details.failed).toBe(true);
  });

  test('what fails is shrunk', async () => {
    const broken = wrong['rows counted from 1']?.(engine) ?? engine;
    const details = await fc.check(
      fc.asyncProperty(oracleCase, async (each) => {
        expect(await oracle.check(each, broken)).toBeNull();
      }),
      { seed: 7, numRuns: 300, unbiased: true },
    );
    const [found] = details.counterexample ?? [];
    expect(details.numShrinks).toBeGreaterThan(0);
    expect(found?.resources).toHaveLength(1);
    expect(JSON.stringify(found?.view.select).length).toBeLessThan(400);
  });
});

test('every known difference names a clause', () => {
  for (const each of KNOWN_DIFFERENCES) expect(each.clause.length).toBeGreaterThan(40);
});
