import { expect, test } from 'vitest';
import { translateMeasure } from '../../cli/connect/powerbi/dax-measure.ts';
import { powerBiProject } from '../../cli/connect/powerbi/project.ts';
import type { AuthoredMember } from '../../cube/mart-cube.ts';
import { cubesOfMarts, modelPath } from '../../cube/model-repository.ts';
import { loadMartDeclarations } from '../../models/mart-declaration.ts';
import { readTmdl, type TmdlNode } from './read-tmdl.ts';

const marts = loadMartDeclarations();
const cubes = await cubesOfMarts(modelPath);
const target = { host: 'chiasm.example', port: 5433, database: 'chiasm' };
const groups = { reports: ['marts'], "o'brien team": ['marts.lab_results', 'marts.encounters'] };
const project = powerBiProject({ ...target, groups }, marts, cubes);

const definition = 'Chiasm.SemanticModel/definition/';
const parts = Object.entries(project.files)
  .filter(([path]) => path.endsWith('.tmdl'))
  .map(([path, text]) => ({ path: path.slice(definition.length), nodes: readTmdl(text) }));
const nodes = parts.flatMap((part) => part.nodes);
const every = (kind: string): readonly TmdlNode[] => nodes.filter((node) => node.kind === kind);
const namesIn = (mart: string, kind: string): readonly string[] =>
  (nodes.find((node) => node.kind === 'table' && node.name === mart)?.children ?? [])
    .filter((node) => node.kind === kind)
    .map((node) => node.name);

test('every mart is a table with all its columns, and every measure is there or said to be left out', () => {
  for (const mart of marts) {
    expect(parts.map(({ path }) => path)).toContain(`tables/${mart.name}.tmdl`);
    expect(namesIn(mart.name, 'column')).toEqual(mart.columns.map(({ name }) => name));
    expect(namesIn(mart.name, 'partition')).toEqual([mart.name]);
  }
  const measures = marts.flatMap(({ name }) => namesIn(name, 'measure'));
  const { translated, leftOut } = project.measures;
  expect(measures).toHaveLength(translated);
  expect(translated + leftOut.length).toBe(cubes.flatMap((cube) => cube.measures).length);
  expect(leftOut.map(({ name }) => name)).toEqual([
    'Outcomes: Mortality at 1 year',
    'Outcomes: Mortality at 2 years',
    'Outcomes: Mortality at 5 years',
    'Outcomes: Median follow-up, reverse Kaplan-Meier (days)',
  ]);
  for (const { name, reason } of leftOut) {
    expect(project.files['README.md']).toContain(`| ${name} |`);
    expect(reason).not.toBe('');
  }
  // Power BI compares names without regard to case.
  expect(new Set(measures.map((name) => name.toLowerCase())).size).toBe(measures.length);
  const tags = nodes.flatMap(function tagsOf(node): readonly string[] {
    return [...(node.properties.get('lineageTag') ?? []), ...node.children.flatMap(tagsOf)];
  });
  expect(new Set(tags).size).toBe(tags.length);
  expect(tags.every((tag) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(tag))).toBe(true);
});

test('relationships join columns that exist, by at most one active way', () => {
  const ends = (node: TmdlNode, property: string): readonly string[] =>
    (node.properties.get(property)?.[0] ?? '').split('.');
  const filters = new Map<string, string[]>();
  for (const relationship of every('relationship')) {
    const [from = '', fromColumn] = ends(relationship, 'fromColumn');
    const [to = '', toColumn] = ends(relationship, 'toColumn');
    expect(namesIn(from, 'column')).toContain(fromColumn);
    expect(marts.find(({ name }) => name === to)?.key).toEqual([toColumn]);
    if (relationship.properties.has('isActive')) continue;
    filters.set(to, [...(filters.get(to) ?? []), from]);
    if (relationship.properties.has('crossFilteringBehavior'))
      filters.set(from, [...(filters.get(from) ?? []), to]);
  }
  expect(every('relationship')).toHaveLength(marts.flatMap(({ references }) => references).length);
  const ways = (start: string, end: string, path: readonly string[] = [start]): number =>
    start === end
      ? 1
      : (filters.get(start) ?? [])
          .filter((next) => !path.includes(next))
          .reduce((sum, next) => sum + ways(next, end, [...path, next]), 0);
  for (const a of marts)
    for (const b of marts) if (a !== b) expect(ways(a.name, b.name)).toBeLessThanOrEqual(1);
  // A person's attributes reach every table of persons.
  const personal = marts.filter(({ references }) => references.some(({ mart }) => mart === 'patients'));
  expect(personal.filter(({ name }) => ways('patients', name) !== 1)).toEqual([]);
  expect(ways('cancer_diagnoses', 'outcomes') + ways('outcomes', 'cancer_diagnoses')).toBe(2);
});

test('a group has a role that closes what it may not read', () => {
  const closedOf = (group: string): readonly string[] =>
    (every('role').find(({ name }) => name === group)?.children ?? []).map(({ name }) => name);
  expect(closedOf('reports')).toEqual([]);
  const others = marts.map(({ name }) => name).filter((name) => !/^(lab_results|encounters)$/.test(name));
  expect(closedOf("o'brien team")).toEqual(others);
  expect(project.files['README.md']).toMatch(/\| o'brien team \|.*\| `encounters`, `lab_results` \|/);
  expect(parts.map(({ path }) => path)).toContain('roles/o_27brien_20team.tmdl');
  expect(Object.keys(powerBiProject(target, marts, cubes).files).join()).not.toContain('roles/');
});

test.each([
  ['table a b', /neither/],
  ['table a\n\tcolumn b\n\tcolumn b', /twice/],
  ['table a\n\t\tcolumn b', /too deep/],
  ['table a\n  column b', /spaces/],
  ['column a', /below file/],
  ['table a\n\tcolumn b\n\t\tdataType: string\n\t\tdataType: string', /misplaced/],
  ['table a\n\t/// b', /nothing/],
])('the structure of %j is refused', (text, message) => {
  expect(() => readTmdl(text)).toThrow(message);
});

const lung = {
  name: 'lung',
  columns: [
    { name: 'person', type: 'UUID' },
    { name: 'kind', type: 'VARCHAR' },
    { name: 'days', type: 'INTEGER' },
    { name: 'day', type: 'DATE' },
    { name: 'is_new', type: 'BOOLEAN' },
  ],
} as unknown as (typeof marts)[number];

const count = { name: 'all', type: 'count' };
const count_new = { name: 'new', type: 'count', filters: [{ sql: '{CUBE}.is_new' }] };

test.each<[Omit<AuthoredMember, 'name'>, string | RegExp]>([
  [{ type: 'count' }, "COUNTROWS('lung')"],
  [{ type: 'count_distinct', sql: '{CUBE}.person' }, "DISTINCTCOUNTNOBLANK('lung'[person])"],
  [{ type: 'sum', sql: '{CUBE}.days' }, "SUM('lung'[days])"],
  [{ type: 'avg', sql: '{CUBE}.days' }, "AVERAGE('lung'[days])"],
  [{ type: 'min', sql: '{CUBE}.day' }, "MIN('lung'[day])"],
  [{ type: 'max', sql: '{CUBE}.days' }, "MAX('lung'[days])"],
  [{ type: 'number', sql: 'median({CUBE}.days)' }, "MEDIAN('lung'[days])"],
  [{ type: 'number', sql: '{new}::double / nullif({all}, 0)' }, 'DIVIDE([Lung: new] + 0, [Lung: all])'],
  [
    { type: 'count', filters: [{ sql: '{CUBE}.kind = \'a "b"\' and not {CUBE}.is_new' }] },
    `CALCULATE(COUNTROWS('lung'), KEEPFILTERS('lung'[kind] == "a ""b"""), KEEPFILTERS('lung'[is_new] == FALSE()))`,
  ],
  [
    {
      type: 'sum',
      sql: '{CUBE}.days',
      filters: [{ sql: '{CUBE}.is_new' }, { sql: 'abs({CUBE}.days) > 60' }],
    },
    "CALCULATE(SUM('lung'[days]), KEEPFILTERS('lung'[is_new] == TRUE()), KEEPFILTERS(NOT ISBLANK('lung'[days]) && ABS('lung'[days]) > 60))",
  ],
  [
    { type: 'count', filters: [{ sql: "{CUBE}.kind <> 'a' and {CUBE}.person is null" }] },
    `CALCULATE(COUNTROWS('lung'), KEEPFILTERS(NOT ISBLANK('lung'[kind]) && 'lung'[kind] <> "a"), KEEPFILTERS(ISBLANK('lung'[person])))`,
  ],
  // What is not certainly the same is left out.
  [{ type: 'count', filters: [{ sql: "{CUBE}.is_new or {CUBE}.kind = 'a'" }] }, /condition/],
  [{ type: 'count', filters: [{ sql: '{CUBE}.days between 1 and 2' }] }, /condition/],
  [{ type: 'count', filters: [{ sql: 'not {CUBE}.days > 60' }] }, /condition/],
  [{ type: 'count', filters: [{ sql: "{CUBE}.days = 'a'" }] }, /condition/],
  [{ type: 'count', filters: [{ sql: '{other}.is_new' }] }, /condition/],
  [{ type: 'count', sql: '{CUBE}.days' }, /column/],
  [{ type: 'count_distinct', sql: '{CUBE}.kind' }, /column/],
  [{ type: 'max', sql: '{CUBE}.kind' }, /column/],
  [{ type: 'sum', sql: '{CUBE}.days * 2' }, /column/],
  [{ type: 'number', sql: 'median({CUBE}.days * 2)' }, /counterpart/],
  [{ type: 'number', sql: '{gone}::double / nullif({all}, 0)' }, /counterpart/],
  [{ type: 'sum', sql: '{CUBE}.days', rolling_window: { trailing: '1 year' } }, /rolling_window/],
])('%j in DAX', (measure, expected) => {
  const nameOf = ({ name }: AuthoredMember): string => `Lung: ${name}`;
  const scope = { mart: lung, measures: [count, count_new], nameOf };
  const result = translateMeasure({ name: 'figure', ...measure }, scope);
  if (typeof expected === 'string') expect(result).toEqual({ kind: 'translated', dax: expected });
  else expect(result).toEqual({ kind: 'left-out', reason: expect.stringMatching(expected) });
});
