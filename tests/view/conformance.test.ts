import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { createViewRunner, type Row, type ViewRunner } from './run-view.ts';

/** The content tests of the specification: one file per topic, cases over the resources of the file. */
const suiteSchema = z.object({
  title: z.string(),
  tests: z.array(
    z.object({
      title: z.string(),
      view: z.record(z.string(), z.unknown()),
      expect: z.array(z.record(z.string(), z.unknown())).optional(),
      expectColumns: z.array(z.string()).optional(),
      expectCount: z.number().optional(),
      expectError: z.boolean().optional(),
    }),
  ),
});

const CASES = 144;

describeWithSharedData('official SQL on FHIR content tests', () => {
  let runner: ViewRunner;
  let ran = 0;
  beforeAll(async () => {
    runner = await createViewRunner();
  });
  afterAll(() => {
    runner.close();
  });

  for (const file of readdirSync(sharedData('sql-on-fhir', 'tests')).sort()) {
    const text = readFileSync(sharedData('sql-on-fhir', 'tests', file), 'utf8');
    const suite = suiteSchema.parse(JSON.parse(text));
    const records = resourceTexts(text);
    describe(suite.title, () => {
      test.each(suite.tests)('$title', async (testCase) => {
        ran++;
        if (testCase.expectError === true) {
          await expect(runner.run(testCase.view, records)).rejects.toThrow();
          return;
        }
        const results = await runner.run(testCase.view, records);
        for (const rows of [results.files, results.relation]) {
          if (testCase.expect !== undefined) {
            expect(comparable(rows, testCase.expect)).toEqual(comparable(testCase.expect, []));
          }
          if (testCase.expectCount !== undefined) expect(rows).toHaveLength(testCase.expectCount);
          const [first] = rows;
          if (testCase.expectColumns !== undefined && first !== undefined) {
            expect(Object.keys(first)).toEqual(testCase.expectColumns);
          }
        }
      });
    });
  }

  test('every case ran', () => {
    expect(ran).toBe(CASES);
  });
});

/** The resources as they are written: parsing and printing them again would lose the zeros of decimals. */
function resourceTexts(text: string): readonly string[] {
  const start = text.indexOf('[', text.indexOf('"resources"'));
  const texts: string[] = [];
  let depth = 0;
  let isString = false;
  let from = start;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (isString) {
      if (character === '\\') at++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === '{' && depth++ === 0) from = at;
    else if (character === '}' && --depth === 0)
      texts.push(text.slice(from, at + 1).replace(/\s*\n\s*/g, ' '));
    else if (character === ']' && depth === 0) break;
  }
  return texts;
}

/** Rows in any order; a decimal column is text, as the specification wants, where the suite writes a number. */
function comparable(rows: readonly Row[], expected: readonly Row[]): readonly string[] {
  return rows
    .map((row) => {
      const entries = Object.entries(row).map(([name, value]) => {
        const isNumber = expected.some((other) => typeof other[name] === 'number');
        return [name, isNumber && typeof value === 'string' ? Number(value) : value] as const;
      });
      return JSON.stringify(entries.sort(([a], [b]) => a.localeCompare(b)));
    })
    .sort();
}
