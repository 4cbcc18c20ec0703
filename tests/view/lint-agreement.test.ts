import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChiasmError } from '../../base/error.ts';
import { lintView } from '../../etl/view/lint-view.ts';
import { parseViewDefinition } from '../../etl/view/parse.ts';
import { planView } from '../../etl/view/plan.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
interface Case {
  readonly view: Json;
  readonly isRefused: boolean;
}

/** Where the engine refuses a view: the JSON path, or null when it accepts it. */
function refusalOf(view: unknown): string | null {
  try {
    planView(parseViewDefinition(view, 'x'));
    return null;
  } catch (error) {
    if (!(error instanceof ChiasmError)) throw error;
    return String(error.params['path']);
  }
}

/** The linter has an error just where the engine has one, by a rule of its own, at or inside the engine's place. */
function expectAgreement(view: Json, indent: string | number): void {
  const text = JSON.stringify(view, null, indent);
  const errors = lintView(text, 'x').findings.filter(({ severity }) => severity === 'error');
  const refusal = refusalOf(view);
  expect(
    errors.map(({ rule }) => rule),
    text,
  ).not.toContain('engine-fault');
  expect(errors.length > 0, `${text}\n${refusal}\n${JSON.stringify(errors)}`).toBe(refusal !== null);
  for (const { region } of errors) {
    const lines = text.split('\n');
    expect(lines[region.startLine - 1]?.length).toBeGreaterThanOrEqual(region.startColumn - 1);
  }
  if (refusal !== null) {
    const isTold = errors.some(({ path }) => path.startsWith(refusal) || refusal.startsWith(path));
    expect(isTold, `${refusal}: ${JSON.stringify(errors)}\n${text}`).toBe(true);
  }
}

describeWithSharedData('the linter and the engine agree', () => {
  const cases: readonly Case[] = readdirSync(sharedData('sql-on-fhir', 'tests')).flatMap((file) => {
    const suite: { tests: { view: Json; expectError?: boolean }[] } = JSON.parse(
      readFileSync(sharedData('sql-on-fhir', 'tests', file), 'utf8'),
    );
    return suite.tests.map(({ view, expectError }) => ({ view, isRefused: expectError === true }));
  });
  const valid = cases.filter(({ isRefused }) => !isRefused).map(({ view }) => view);

  test('about every view of the official suite', () => {
    for (const { view } of cases) expectAgreement(view, 1);
  });

  test('about its valid views, however they are written: no error', () => {
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.constantFrom('', ' ', '    ', '\t'), (view, indent) => {
        const { findings } = lintView(JSON.stringify(view, null, indent), 'x');
        return findings.every(({ severity }) => severity !== 'error');
      }),
      { numRuns: 300 },
    );
  });

  test('about views that are broken at random', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...valid),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (view, edits) => {
          const broken = edits.reduce<Json>((json, { at, edit }) => mutate(json, at, edit), view);
          if (!isObject(broken)) return;
          expectAgreement(broken, 1);
        },
      ),
      { numRuns: 500 },
    );
  });
});

const WORDS: readonly Json[] = [
  ...['', 'x', 'name.given', 'frobnicate()', 'id.', '%none', '$this', 'name.where(use)', 'id = 1', 'id > 1'],
  ...[
    'value.ofType(Quantity)',
    'getReferenceKey(Patent)',
    'name.select(frob())',
    '1',
    '@2020',
    'a b',
    'a-b',
    "'",
  ],
  ...[
    'name.first().given.first()',
    '{}',
    'contact.name',
    '$total',
    'link.other.getReferenceKey()',
    'Patient',
  ],
  ...[null, true, 3, {}, [], [{}], ['id'], { name: 'x', path: 'id' }],
];

/** An edit of the element that is reached first when `at` chooses the way down. */
const mutation = fc.record({
  at: fc.array(fc.nat(30), { minLength: 1, maxLength: 9 }),
  edit: fc.oneof(
    fc.constantFrom(...WORDS).map((value) => ({ kind: 'set' as const, value })),
    fc.constant({ kind: 'remove' as const }),
    fc
      .constantFrom('name', 'path', 'forEach', 'repeat', 'column', 'unionAll', 'select', 'collection', 'x')
      .map((key) => ({
        kind: 'rename' as const,
        key,
      })),
    fc.nat(20).map((drop) => ({ kind: 'cut' as const, drop })),
  ),
});

type Edit =
  | { kind: 'set'; value: Json }
  | { kind: 'remove' }
  | { kind: 'rename'; key: string }
  | { kind: 'cut'; drop: number };

function mutate(json: Json, [choice, ...deeper]: readonly number[], edit: Edit): Json {
  const isList = Array.isArray(json);
  if (choice === undefined || !(isList || isObject(json))) return json;
  const entries = Object.entries(json).filter(([key]) => key !== 'resourceType');
  const entry = entries[choice % Math.max(1, entries.length)];
  if (entry === undefined) return json;
  const [key, value] = entry;
  const isLeaf = deeper.length === 0 || typeof value !== 'object' || value === null;
  const changed = entries.flatMap(([each, old]): [string, Json][] => {
    if (each !== key) return [[each, old]];
    if (!isLeaf) return [[each, mutate(value, deeper, edit)]];
    switch (edit.kind) {
      case 'set':
        return [[each, edit.value]];
      case 'remove':
        return [];
      case 'rename':
        return [[edit.key, old]];
      case 'cut':
        return [
          [
            each,
            typeof old === 'string'
              ? old.slice(0, edit.drop % (old.length + 1)) + old.slice((edit.drop % (old.length + 1)) + 1)
              : old,
          ],
        ];
      default:
        return edit satisfies never;
    }
  });
  return isList ? changed.map(([, item]) => item) : Object.fromEntries(changed);
}

function isObject(json: Json): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
