import fc from 'fast-check';
import { expect } from 'vitest';
import { createViewRunner, type Row } from '../run-view.ts';
import { evaluateView, type FhirPathEngine } from './evaluate-view.ts';
import { type OracleCase, oracleCase } from './generate-view.ts';

/** What the two sides say about one case; null when they agree. */
export type Disagreement = { readonly expected: unknown; readonly actual: unknown } | null;

export interface Oracle {
  /** Compares both sides; `other` takes the place of the FHIRPath engine. */
  check(each: OracleCase, other?: FhirPathEngine): Promise<Disagreement>;
  /** The rows by the evaluator of the tests. */
  expected(each: OracleCase): readonly Row[];
  close(): void;
}

/** Compares our SQL in DuckDB, over files and over a relation, with the evaluator of the tests. */
export async function createOracle(engine: FhirPathEngine): Promise<Oracle> {
  const runner = await createViewRunner();
  return {
    close: () => runner.close(),
    expected: (each) => rowsOf(each, engine),
    async check(each, other = engine) {
      const wanted = outcomeOf(() => rowsOf(each, other));
      const actual = await runner.run(each.view, each.resources).catch((error: unknown) => messageOf(error));
      if (typeof wanted === 'string' || typeof actual === 'string') {
        // Several values where one is allowed: both sides must refuse.
        const isBoth =
          typeof wanted === 'string' && typeof actual === 'string' && actual.includes('more than one value');
        return isBoth ? null : { expected: wanted, actual };
      }
      const expected = comparable(wanted);
      const found = [actual.files, actual.relation].map(comparable);
      const different = found.find((rows) => JSON.stringify(rows) !== JSON.stringify(expected));
      return different === undefined ? null : { expected, actual: different };
    },
  };
}

/**
 * Checks random cases until so many (resource, view) pairs agreed; returns their number. A disagreement fails the
 * test with the seed and the path that repeat it and the smallest case found.
 */
export async function assertAgreement(
  oracle: Oracle,
  { pairs, seed }: { readonly pairs: number; readonly seed: number },
): Promise<number> {
  let count = 0;
  for (let round = 0; count < pairs; round++) {
    const property = fc.asyncProperty(oracleCase, async (each) => {
      if (count >= pairs) return;
      expect(await oracle.check(each)).toBeNull();
      count += each.resources.length;
    });
    await fc.assert(property, { seed: seed + round, numRuns: 100, unbiased: true });
  }
  return count;
}

function rowsOf({ view, resources }: OracleCase, engine: FhirPathEngine): readonly Row[] {
  return resources.flatMap((text) => [...evaluateView(view, JSON.parse(text), engine)]);
}

function outcomeOf(evaluate: () => readonly Row[]): readonly Row[] | string {
  try {
    return evaluate();
  } catch (error) {
    return messageOf(error);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Rows in a fixed order, each cell in one spelling. */
function comparable(rows: readonly Row[]): readonly string[] {
  return rows
    .map((row) => {
      const cells = Object.entries(row).map(([name, value]) => [name, canonical(value)] as const);
      return JSON.stringify(Object.fromEntries(cells.sort(([a], [b]) => (a < b ? -1 : 1))));
    })
    .sort();
}

/** Numbers by value (a decimal is text in SQL), instants by the moment, complex values by their content. */
function canonical(value: unknown): unknown {
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value === 'number') return Number(value.toPrecision(12));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .map(([name, each]) => [name, canonical(each)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
  if (typeof value !== 'string') return value;
  if (/^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(value)) return Number(Number(value).toPrecision(12));
  if (/^\d{4}-\d{2}-\d{2}[ T].*(Z|[-+]\d{2}(:\d{2})?)$/.test(value)) {
    const moment = Date.parse(value.replace(' ', 'T').replace(/([-+]\d{2})$/, '$1:00'));
    return Number.isNaN(moment) ? value : new Date(moment).toISOString();
  }
  if (/^[{[]/.test(value)) {
    try {
      return canonical(JSON.parse(value));
    } catch {
      return value;
    }
  }
  return value;
}
