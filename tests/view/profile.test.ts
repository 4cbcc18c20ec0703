import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lintView } from '../../etl/view/lint-view.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { expectMarked, type MarkedView, patientView } from './lint-marked.ts';

const id = '"name": "id", "path": "id", "type": "id"';
const SHARED = ['"url": "https://example.org/v"', '"fhirVersion": ["4.0.1"]'];

const SHAREABLE: readonly (readonly [string, Omit<MarkedView, 'options'>])[] = [
  ['all that it asks for', { text: patientView([id], ...SHARED), rules: [] }],
  ['no url', { text: patientView([id], SHARED[1] ?? '').replace('{', '«{»'), rules: ['shareable-url'] }],
  [
    'a url with |',
    {
      text: patientView([id], '"url": "«https://example.org/v|1»"', SHARED[1] ?? ''),
      rules: ['shareable-url'],
    },
  ],
  [
    'no name',
    {
      text: patientView([id], ...SHARED)
        .replace('  "name": "tested",\n', '')
        .replace('{', '«{»'),
      rules: ['shareable-name'],
    },
  ],
  [
    'no version',
    { text: patientView([id], SHARED[0] ?? '').replace('{', '«{»'), rules: ['shareable-fhir-version'] },
  ],
  [
    'an odd version',
    {
      text: patientView([id], SHARED[0] ?? '', '"fhirVersion": ["4.0.1", "«R4»"]'),
      rules: ['shareable-fhir-version'],
    },
  ],
  [
    'a column without type',
    {
      text: patientView(['"name": "«born»", "path": "birthDate"'], ...SHARED),
      rules: ['shareable-column-type'],
      suggestion: '"type": "date"',
    },
  ],
  [
    'an experimental function',
    {
      text: patientView([`"name": "a", "path": "name.given.«join»()", "type": "string"`], ...SHARED),
      rules: ['shareable-function'],
    },
  ],
  [
    'a function that few have',
    {
      text: patientView([`"name": "a", "path": "id.«upper»()", "type": "string"`], ...SHARED),
      rules: ['shareable-function'],
    },
  ],
];

const TABULAR: readonly (readonly [string, Omit<MarkedView, 'options'>])[] = [
  ['primitive columns', { text: patientView([id]), rules: [] }],
  [
    'a collection',
    {
      text: patientView(['"name": "a", "path": "name.given", "type": "string", "collection": «true»']),
      rules: ['tabular-no-collections'],
    },
  ],
  [
    'a complex type',
    {
      text: patientView(['"name": "a", "path": "maritalStatus", "type": "«CodeableConcept»"']),
      rules: ['tabular-primitives-only'],
    },
  ],
  [
    'no type',
    {
      text: patientView(['"name": "«a»", "path": "active"']),
      rules: ['tabular-primitives-only'],
      suggestion: '"type": "boolean"',
    },
  ],
];

describe('ShareableViewDefinition', () => {
  test.each(SHAREABLE)('%s', (_, marked) => {
    expectMarked({ ...marked, options: { profile: 'shareable' } });
  });

  test('status is required of a ViewDefinition, so a profile does not let it pass', () => {
    const text = patientView([id], ...SHARED)
      .replace('  "status": "draft",\n', '')
      .replace('{', '«{»');
    const [finding] = expectMarked({ text, rules: ['view-status'], options: { profile: 'shareable' } });
    expect(finding?.severity).toBe('error');
  });
});

describe('TabularViewDefinition', () => {
  test.each(TABULAR)('%s', (_, marked) => {
    expectMarked({ ...marked, options: { profile: 'tabular' } });
  });

  test('date is left out of the list of the guide: a warning, not an error', () => {
    const text = patientView(['"name": "a", "path": "birthDate", "type": "«date»"']);
    const [finding] = expectMarked({
      text,
      rules: ['tabular-primitives-only'],
      options: { profile: 'tabular' },
    });
    expect(finding?.severity).toBe('warning');
  });
});

describeWithSharedData('the profiles against the views of the specification', () => {
  test('its shareable example is one', () => {
    const file = 'ViewDefinition-ShareablePatientDemographics.json';
    const text = readFileSync(sharedData('sql-on-fhir', 'example-views', 'hl7-ig', file), 'utf8');
    const { findings } = lintView(text, file, { profile: 'shareable' });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('its tests say shareable and experimental as the rule on functions does', () => {
    for (const file of readdirSync(sharedData('sql-on-fhir', 'tests'))) {
      const suite: { tests: { view: unknown; tags: string[] }[] } = JSON.parse(
        readFileSync(sharedData('sql-on-fhir', 'tests', file), 'utf8'),
      );
      for (const { view, tags } of suite.tests) {
        const { findings } = lintView(JSON.stringify(view), file, { profile: 'shareable' });
        const isOdd = findings.some(({ rule }) => rule === 'shareable-function');
        expect(isOdd, JSON.stringify(view)).toBe(tags.includes('experimental'));
      }
    }
  });
});
