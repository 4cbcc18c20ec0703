import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../base/package-root.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { type CaseResult, conformancePage, reportSchema, reportText } from './conformance-report.ts';
import { createViewRunner, type Row, type ViewRunner } from './run-view.ts';

/** The content tests of the specification: one file per topic, cases over the resources of the file. */
const suiteSchema = z.object({
  title: z.string(),
  tests: z.array(
    z.object({
      title: z.string(),
      tags: z.array(z.string()).default([]),
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
  const results: CaseResult[] = [];
  const hash = createHash('sha256');
  beforeAll(async () => {
    runner = await createViewRunner();
  });
  afterAll(() => {
    runner.close();
  });

  for (const file of readdirSync(sharedData('sql-on-fhir', 'tests')).sort()) {
    const text = readFileSync(sharedData('sql-on-fhir', 'tests', file), 'utf8');
    hash.update(file).update(text);
    const suite = suiteSchema.parse(JSON.parse(text));
    const records = resourceTexts(text);
    describe(suite.title, () => {
      test.each(suite.tests)('$title', async (testCase) => {
        const isRefusal = testCase.expectError === true;
        const result = { file, name: testCase.title, tags: testCase.tags, isRefusal, passed: false };
        const at = results.push(result) - 1;
        await runCase(testCase, records);
        results[at] = { ...result, passed: true };
      });
    });
  }

  const runCase = async (testCase: TestCase, records: readonly string[]): Promise<void> => {
    if (testCase.expectError === true) {
      await expect(runner.run(testCase.view, records)).rejects.toThrow();
      return;
    }
    const answers = await runner.run(testCase.view, records);
    for (const rows of [answers.files, answers.relation]) {
      if (testCase.expect !== undefined) {
        expect(comparable(rows, testCase.expect)).toEqual(comparable(testCase.expect, []));
      }
      if (testCase.expectCount !== undefined) expect(rows).toHaveLength(testCase.expectCount);
      const [first] = rows;
      if (testCase.expectColumns !== undefined && first !== undefined) {
        expect(Object.keys(first)).toEqual(testCase.expectColumns);
      }
    }
  };

  test('every case ran', () => {
    expect(results).toHaveLength(CASES);
  });

  test('docs/conformance.md and the report are up to date (WRITE_CONFORMANCE=1 writes them)', async () => {
    expect(results, 'the report needs every case').toHaveLength(CASES);
    const [{ duckdb } = {}] = await runner.query('select version() as duckdb');
    const engine = {
      version: productVersion(),
      duckdb: String(duckdb),
      suite: hash.digest('hex').slice(0, 12),
    };
    const written = {
      'conformance.md': conformancePage(results, engine),
      'conformance-report.json': reportText(results),
    };
    for (const [name, text] of Object.entries(written)) {
      const file = join(packageRoot, 'docs', name);
      if (process.env['WRITE_CONFORMANCE'] === '1') writeFileSync(file, text);
      expect(existsSync(file) ? readFileSync(file, 'utf8') : '', name).toBe(text);
    }
  });
});

type TestCase = z.output<typeof suiteSchema>['tests'][number];

function productVersion(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

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

test('the published report has the shape of the register, and no case failed', () => {
  const text = readFileSync(join(packageRoot, 'docs', 'conformance-report.json'), 'utf8');
  const tests = Object.values(reportSchema.parse(JSON.parse(text))).flatMap((file) => file.tests);
  expect(tests).toHaveLength(CASES);
  expect(tests.filter(({ result }) => !result.passed)).toEqual([]);
});
