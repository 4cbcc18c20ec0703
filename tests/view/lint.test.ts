import { describe, expect, test } from 'vitest';
import { findingText } from '../../etl/view/lint-text.ts';
import { lintView } from '../../etl/view/lint-view.ts';
import { expectMarked, type MarkedView, patientView } from './lint-marked.ts';

const id = '"name": "id", "path": "id"';
const observation = (path: string): string =>
  patientView([`"name": "a", "path": "${path}"`]).replace('"Patient"', '"Observation"');

const CASES: readonly (readonly [string, MarkedView])[] = [
  [
    'a comma too many',
    {
      text: patientView([id]).replace('}\n    ]', '},\n    «]»'),
      rules: ['json-syntax'],
    },
  ],
  ['a byte order mark', { text: `«\uFEFF»${patientView([id])}`, rules: ['json-syntax'] }],
  ['no JSON', { text: '{ "select": «nul» }', rules: ['json-syntax'] }],
  [
    'a key twice',
    { text: patientView([id], '"title": "a"', '«"title"»: "b"'), rules: ['json-duplicate-key'] },
  ],
  ['a record', { text: '{ "resourceType": "«Patient»", "id": "1" }', rules: ['not-a-view'] }],
  ['a list', { text: '«[]»', rules: ['not-a-view'] }],
  [
    'the URL of the logical model',
    {
      text: patientView(
        [id],
        '"resourceType": "«http://hl7.org/fhir/uv/sql-on-fhir/StructureDefinition/ViewDefinition»"',
      ),
      rules: ['old-resource-type'],
    },
  ],
  [
    'an odd status',
    { text: patientView([id]).replace('draft', '«drafted»'), rules: ['view-status'], suggestion: 'draft' },
  ],
  [
    'no resource',
    {
      text: patientView([id]).replace('  "resource": "Patient",\n', '').replace('{', '«{»'),
      rules: ['view-structure'],
    },
  ],
  ['a number for a path', { text: patientView(['"name": "a", "path": «1»']), rules: ['view-structure'] }],
  [
    'two iterations',
    {
      text: patientView([id])
        .replace(/\[\{\n/, '[«{\n"forEach": "name", "repeat": ["contact"],\n')
        .replace('  }]', '  }»]'),
      rules: ['view-structure'],
    },
  ],
  [
    'a key of the view',
    { text: patientView([id], '"«wheres»": []'), rules: ['unknown-key'], suggestion: 'where?' },
  ],
  [
    'a key of a column',
    { text: patientView([`${id}, "«colection»": true`]), rules: ['unknown-key'], suggestion: 'collection?' },
  ],
  [
    'a name with a dash',
    { text: patientView(['"name": "«a-b»", "path": "id"']), rules: ['unsafe-name'], suggestion: 'a_b' },
  ],
  ['a reserved word', { text: patientView(['"name": "«Order»", "path": "id"']), rules: ['reserved-name'] }],
  [
    'a very long name',
    { text: patientView([`"name": "«${'a'.repeat(64)}»", "path": "id"`]), rules: ['long-name'] },
  ],
  [
    'a column twice',
    { text: patientView([id, '"name": "«ID»", "path": "active"']), rules: ['duplicate-column'] },
  ],
  ['no column', { text: patientView([]).replace('[{', '«[{').replace('}]', '}]»'), rules: ['no-column'] }],
  [
    'a misspelt resource',
    {
      text: patientView([id]).replace('Patient', '«Pateint»'),
      rules: ['unknown-resource'],
      suggestion: 'Patient',
    },
  ],
  [
    'broken FHIRPath',
    { text: patientView(['"name": "a", "path": "name.where(use = \'x\'«"»']), rules: ['fhirpath-syntax'] },
  ],
  [
    'a misspelt element',
    {
      text: patientView(['"name": "a", "path": "«birthdate»"']),
      rules: ['unknown-element'],
      suggestion: 'birthDate',
    },
  ],
  [
    'a misspelt element behind escapes',
    {
      text: patientView(['"name": "a", "path": "name.where(text = \'\\u00e9\\"\').first()\\n  .«fmily»"']),
      rules: ['unknown-element'],
      suggestion: 'family',
    },
  ],
  [
    'a JSON name of value[x]',
    {
      text: observation('«valueQuantity».unit'),
      rules: ['unknown-element'],
      suggestion: 'value.ofType(Quantity)',
    },
  ],
  [
    'an element of contained',
    {
      text: patientView(['"name": "a", "path": "contained.«birthDate».first()"']),
      rules: ['unknown-element'],
      suggestion: '.ofType(',
    },
  ],
  [
    'a misspelt type',
    { text: observation('value.ofType(«Quantitty»).value'), rules: ['unknown-type'], suggestion: 'Quantity' },
  ],
  [
    'a resource type in a key',
    {
      text: observation('subject.getReferenceKey(«Patent»)'),
      rules: ['unknown-resource'],
      suggestion: 'Patient',
    },
  ],
  [
    'an unknown function',
    {
      text: patientView(['"name": "a", "path": "name.«frist»().family"']),
      rules: ['unsupported-function'],
      suggestion: 'first',
    },
  ],
  [
    'a missing argument',
    { text: patientView(['"name": "a", "path": "name.«where»().exists()"']), rules: ['function-argument'] },
  ],
  [
    '$total',
    {
      text: patientView(['"name": "a", "path": "name.where(«$total» > 1).exists()"']).replace(
        '«$total»',
        '«$»total',
      ),
      rules: ['unsupported-expression'],
    },
  ],
  [
    'a misspelt constant',
    {
      text: patientView(
        ['"name": "a", "path": "name.exists(use = «%offical»)"', '"name": "b", "path": "%official"'],
        '"constant": [{ "name": "official", "valueCode": "official" }]',
      ),
      rules: ['undefined-constant'],
      suggestion: '%official',
    },
  ],
  [
    'an unused constant',
    {
      text: patientView([id], '"constant": [{ "name": "«c»", "valueCode": "x" }]'),
      rules: ['unused-constant'],
    },
  ],
  [
    'a constant twice',
    {
      text: patientView(
        ['"name": "a", "path": "%c"'],
        '"constant": [{ "name": "c", "valueCode": "x" }, { "name": "«c»", "valueCode": "y" }]',
      ),
      rules: ['duplicate-constant'],
    },
  ],
  [
    'a constant without value',
    {
      text: patientView(['"name": "a", "path": "%c"'], '"constant": [«{ "name": "c" }»]'),
      rules: ['constant-value'],
    },
  ],
  [
    'an order of text and number',
    { text: patientView(['"name": "a", "path": "id «>» 3"']), rules: ['incompatible-types'] },
  ],
  [
    'a date in quotes',
    {
      text: patientView(['"name": "a", "path": "birthDate = «\'2020-01-01\'»"']),
      rules: ['never-equal'],
      suggestion: '@2020-01-01',
    },
  ],
  [
    'a boolean in quotes',
    { text: patientView(['"name": "a", "path": "active «!=» \'true\'"']), rules: ['never-equal'] },
  ],
  [
    'a list in a column',
    {
      text: patientView(['"name": "a", "path": "«name.family»"']),
      rules: ['many-values'],
      suggestion: 'collection',
    },
  ],
  [
    'a list in a text function',
    { text: patientView(['"name": "a", "path": "name.family.«startsWith»(\'A\')"']), rules: ['many-values'] },
  ],
  [
    'value[x] in a column',
    { text: observation('«value»'), rules: ['choice-element'], suggestion: '.ofType(' },
  ],
  ['a whole resource', { text: patientView(['"name": "a", "path": "«$this»"']), rules: ['whole-resource'] }],
  [
    'a misspelt declared type',
    { text: patientView([`${id}, "type": "«sting»"`]), rules: ['unknown-column-type'], suggestion: 'string' },
  ],
  [
    'another declared type',
    {
      text: patientView(['"name": "a", "path": "active", "type": "«integer»"']),
      rules: ['type-mismatch'],
      suggestion: 'boolean',
    },
  ],
  [
    'no SQL type',
    {
      text: patientView([`${id}, "tag": [{ "name": "ansi/type", "value": "«INTEGR»" }]`]),
      rules: ['ansi-type'],
    },
  ],
  [
    'a where that is no condition',
    {
      text: patientView([id], '"where": [{ "path": "active" }, { "path": "«id»" }]'),
      rules: ['where-not-boolean'],
    },
  ],
  [
    'branches of other names',
    {
      text: '{"resource":"Patient","status":"draft","select":[{"unionAll":[{"column":[{"name":"a","path":"id"},{"name":"b","path":"id"}]},{"column":[{"name":"a","path":"id"},{"name":"«c»","path":"id"}]}]}]}',
      rules: ['union-mismatch'],
    },
  ],
  [
    'branches of other types',
    {
      text: '{"resource":"Patient","status":"draft","select":[{"unionAll":[{"column":[{"name":"a","path":"id"}]},{"column":[{"name":"«a»","path":"active"}]}]}]}',
      rules: ['union-mismatch'],
    },
  ],
  [
    'rows that go with an iteration',
    {
      text: '{"resource":"Patient","status":"draft","select":[{"column":[{"name":"a","path":"active"}],"select":[{"«forEach»":"name","column":[{"name":"b","path":"use"}]}]}]}',
      rules: ['rows-lost'],
      suggestion: 'forEachOrNull',
    },
  ],
  [
    'a repeat of texts',
    {
      text: '{"resource":"Patient","status":"draft","select":[{"repeat":["contact","«birthDate»"],"column":[{"name":"a","path":"id"}]}]}',
      rules: ['function-argument'],
    },
  ],
];

describe('each rule finds its place, and nothing else', () => {
  test.each(CASES)('%s', (_, marked) => {
    expectMarked(marked);
  });
});

test('a view without faults has no findings', () => {
  expectMarked({ text: patientView([id, '"name": "born", "path": "birthDate", "type": "date"']), rules: [] });
});

test('one fault does not hide another, wherever it is', () => {
  expectMarked({
    text: patientView(
      [
        '"name": "a", "path": "«birthdate»"',
        '"name": "b", "path": "name.«frist»()"',
        '"name": «3», "path": "id"',
        '"name": "d", "path": "id.«»',
      ],
      '"where": [{ "path": "«id»" }]',
    ).replace('id.«»', 'id.«"»'),
    rules: [
      'where-not-boolean',
      'unknown-element',
      'unsupported-function',
      'view-structure',
      'fhirpath-syntax',
    ],
  });
});

test('a replacement mends what it replaces', () => {
  const broken = patientView([
    '"name": "a", "path": "name.frist().fmily", "type": "sting"',
    '"name": "b", "path": "birthDate > @2000 and birthDate = \'2020\'"',
  ]);
  let text = broken;
  for (let round = 0; round < 9; round++) {
    const finding = lintView(text, 'x').findings.find(({ replacement }) => replacement !== null);
    if (finding === undefined) break;
    const { startLine, startColumn, endColumn } = finding.region;
    const lines = text.split('\n');
    const line = lines[startLine - 1] ?? '';
    lines[startLine - 1] = line.slice(0, startColumn - 1) + finding.replacement + line.slice(endColumn - 1);
    text = lines.join('\n');
  }
  expect(text).toContain('name.first().family');
  expect(text).toContain('birthDate = @2020');
  expect(lintView(text, 'x').findings).toEqual([]);
});

test('for people: the place, the line with a caret, what to do', () => {
  const text = patientView(['"name": "a", "path": "id"', '"name": "b", "path": "name.first().fmily"']);
  const [finding, ...others] = lintView(text, 'x.view.json').findings;
  if (finding === undefined) throw new Error('nothing found');
  expect(others).toEqual([]);
  expect(findingText(finding, 'x.view.json', text, false)).toBe(
    [
      'x.view.json:8:43 warning: HumanName has no element fmily: this is always empty [unknown-element]',
      '    8 |       {"name": "b", "path": "name.first().fmily"}',
      '      |                                           ^^^^^',
      '    = did you mean family?',
      '    = at $.select[0].column[1].path, character 14',
    ].join('\n'),
  );
});

test('a long line is cut around the caret', () => {
  const text = JSON.stringify(
    JSON.parse(
      patientView([...Array(40).keys()].map((n) => `"name": "a${n}", "path": "${n === 30 ? 'idd' : 'id'}"`)),
    ),
  );
  const [finding] = lintView(text, 'x').findings;
  if (finding === undefined) throw new Error('nothing found');
  const lines = findingText(finding, 'x', text, false).split('\n');
  expect(lines[1]?.length).toBeLessThan(120);
  expect(lines[1]?.slice(lines[2]?.indexOf('^'), (lines[2]?.lastIndexOf('^') ?? 0) + 1)).toBe('idd');
});
