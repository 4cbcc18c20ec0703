import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { stagingColumns } from '../../etl/privacy/column-policy.ts';
import { nameFaults } from '../../etl/view/lint-names.ts';
import { lintView } from '../../etl/view/lint-view.ts';
import type { StageColumn } from '../../etl/view/lint-warehouse.ts';
import { loadPrivacyProfile } from '../../models/privacy-profile.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { expectMarked, type MarkedView, patientView } from './lint-marked.ts';

const profile = loadPrivacyProfile('research');
const name = (column: string): string => column;
const scope = {
  row: 'r',
  referenceKey: name,
  uidKey: name,
  uidText: name,
  terms: name,
  shift: '0',
  isWithheld: 'false',
  ageDate: '0',
};
const stage: StageColumn = (view, column) =>
  stagingColumns(view, column, profile, scope).map((staged) => staged.name);

const tag = (value: string): string => `"tag": [{ "name": "chiasm/privacy", "value": "${value}" }]`;
const id = `"name": "id", "path": "id", ${tag('code')}`;

const CASES: readonly (readonly [string, Omit<MarkedView, 'options'>])[] = [
  [
    'no tag',
    {
      text: patientView(['"name": "«birth_date»", "path": "birthDate"']),
      rules: ['privacy-tag'],
      suggestion: '"value": "birth-date"',
    },
  ],
  [
    'no tag on a column that cannot be planned',
    {
      text: patientView(['"name": "«a»", "path": "«frob»()"']),
      rules: ['privacy-tag', 'unsupported-function'],
    },
  ],
  [
    'an unknown policy',
    {
      text: patientView([`"name": "a", "path": "birthDate", ${tag('«birthdate»')}`]),
      rules: ['privacy-tag'],
      suggestion: 'birth-date?',
    },
  ],
  [
    'a date of another name',
    {
      text: patientView([`"name": "«birth_time»", "path": "birthDate", ${tag('birth-date')}`]),
      rules: ['date-name'],
      suggestion: 'birth_date',
    },
  ],
  [
    'a collection that cannot be a key',
    {
      text: patientView([
        `"name": "a", "path": "generalPractitioner.getReferenceKey()", "collection": true, ${tag('«key»')}`,
      ]),
      rules: ['privacy-policy'],
    },
  ],
  [
    'a column that stands in front of each table',
    {
      text: patientView([`"name": "«source»", "path": "meta.source", ${tag('code')}`]),
      rules: ['staging-clash'],
    },
  ],
  [
    'a column that a date brings',
    {
      text: patientView([
        `"name": "birth_date", "path": "birthDate", ${tag('birth-date')}`,
        `"name": "«birth_precision»", "path": "id", ${tag('code')}`,
      ]),
      rules: ['staging-clash'],
    },
  ],
  [
    'a name in camel case',
    {
      text: patientView([`"name": "«birthPlace»", "path": "id", ${tag('drop')}`]),
      rules: ['name-style'],
      suggestion: 'birth_place',
    },
  ],
  [
    'another name than the file',
    { text: patientView([id]).replace('tested', '«test»'), rules: ['view-name'] },
  ],
  [
    'no name',
    {
      text: patientView([id]).replace('  "name": "tested",\n', '').replace('{', '«{»'),
      rules: ['view-name'],
    },
  ],
];

describe('the rules of the warehouse', () => {
  test.each(CASES)('%s', (_, marked) => {
    expectMarked({ ...marked, options: { stage } });
  });

  test('an unknown policy is told with those that there are', () => {
    const [finding] = lintView(patientView([`"name": "a", "path": "id", ${tag('x')}`]), 'tested.json', {
      stage,
    }).findings;
    expect(finding?.message).toMatch(/^x is no value of chiasm\/privacy: key, uid, .*, drop$/);
  });

  test('only the first branch of a union decides how a column is protected', () => {
    const text = `{"name":"tested","resource":"Patient","status":"draft","select":[{"unionAll":[
      {"column":[{${id}}]}, {"column":[{"name":"id","path":"id"}]}]}]}`;
    expectMarked({ text, rules: [], options: { stage } });
  });
});

test('every reserved word of DuckDB is one', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    "select keyword_name from duckdb_keywords() where keyword_category = 'reserved'",
  );
  const words = reader.getColumnsJS()[0] ?? [];
  expect(words.length).toBeGreaterThan(50);
  const free = words.filter((word) => nameFaults({ name: String(word), path: '$' }).length === 0);
  expect(free).toEqual([]);
  connection.closeSync();
  instance.closeSync();
});

test('the shipped models have no error and no warning', () => {
  for (const folder of ['fhir', 'dicom']) {
    for (const file of readdirSync(join(packageRoot, 'models', folder))) {
      const { findings } = lintView(readFileSync(join(packageRoot, 'models', folder, file), 'utf8'), file, {
        stage,
      });
      expect(findings.filter(({ severity }) => severity !== 'hint')).toEqual([]);
    }
  }
});

describeWithSharedData('example views of the specification and of fhir-data-pipes', () => {
  test('have no error; the warnings are true', () => {
    const told = ['fhir-data-pipes', 'hl7-ig'].flatMap((folder) =>
      readdirSync(sharedData('sql-on-fhir', 'example-views', folder))
        .filter((file) => file.endsWith('.json'))
        .flatMap((file) => {
          const text = readFileSync(sharedData('sql-on-fhir', 'example-views', folder, file), 'utf8');
          return lintView(text, file)
            .findings.filter(({ severity }) => severity !== 'hint')
            .map(({ rule, region }) => `${file}:${region.startLine}:${region.startColumn} ${rule}`);
        }),
    );
    expect(told).toEqual([
      'diagnostic_report_flat_view.json:72:36 unknown-element',
      'encounter_flat_view.json:35:20 many-values',
      'procedure_flat_view.json:23:20 many-values',
      'ViewDefinition-EncounterFlat.json:39:20 many-values',
      'ViewDefinition-QuestionnaireResponseItems.json:46:20 many-values',
      'ViewDefinition-QuestionnaireResponseItems.json:51:20 many-values',
      'ViewDefinition-QuestionnaireResponseItems.json:56:20 many-values',
      'ViewDefinition-QuestionnaireResponseItems.json:61:20 many-values',
    ]);
  });
});
