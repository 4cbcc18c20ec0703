import { afterAll, beforeAll, expect, test } from 'vitest';
import { viewOf } from './column.ts';
import { createViewRunner, type ViewRunner } from './run-view.ts';

let runner: ViewRunner;
beforeAll(async () => {
  runner = await createViewRunner();
});
afterAll(() => runner.close());

const view = viewOf('Observation', {
  key: 'getResourceKey()',
  any: 'subject.getReferenceKey()',
  patient: 'subject.getReferenceKey(Patient)',
});

test.each([
  ['Patient/1', 'Patient/1', 'Patient/1'],
  ['Patient/1/_history/2', 'Patient/1', 'Patient/1'],
  ['Group/1', 'Group/1', null],
  ['http://a.example/fhir/Patient/1', 'http://a.example/fhir/Patient/1', 'http://a.example/fhir/Patient/1'],
  [
    'http://a.example/fhir/Patient/1/_history/7',
    'http://a.example/fhir/Patient/1',
    'http://a.example/fhir/Patient/1',
  ],
  ['http://a.example/fhir/Group/1', 'http://a.example/fhir/Group/1', null],
  ['http://a.example/1', 'http://a.example/1', 'http://a.example/1'],
  [
    'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7',
    'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7',
    'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7',
  ],
  ['urn:oid:1.2.3', 'urn:oid:1.2.3', 'urn:oid:1.2.3'],
  ['Patient?identifier=http://s|v', 'Patient?identifier=http://s|v', 'Patient?identifier=http://s|v'],
  ['Group?identifier=http://s|v', 'Group?identifier=http://s|v', null],
  ['#p', 'Observation/o#p', 'Observation/o#p'],
])('reference %s', async (reference, any, patient) => {
  const record = { resourceType: 'Observation', id: 'o', subject: { reference } };
  const { files, relation } = await runner.run(view, [record]);
  expect(files).toEqual([{ key: 'Observation/o', any, patient }]);
  expect(relation).toEqual(files);
});

test('a reference without text has no key', async () => {
  const { files } = await runner.run(view, [
    { resourceType: 'Observation', id: 'o', subject: { display: 'somebody' } },
  ]);
  expect(files).toEqual([{ key: 'Observation/o', any: null, patient: null }]);
});

test('a contained resource has the key that a local reference gives', async () => {
  const contained = viewOf('MedicationRequest', {
    is_same: 'contained.ofType(Medication).first().getResourceKey() = medication.getReferenceKey(Medication)',
    code: 'contained.ofType(Medication).code.text.first()',
    organisation: 'contained.ofType(Organization).name',
  });
  const { files } = await runner.run(contained, [
    {
      resourceType: 'MedicationRequest',
      id: 'm',
      contained: [
        { resourceType: 'Organization', id: 'med', name: 'Maker' },
        { resourceType: 'Medication', id: 'med', code: { text: 'cisplatin' } },
      ],
      medicationReference: { reference: '#med' },
    },
  ]);
  expect(files).toEqual([{ is_same: true, code: 'cisplatin', organisation: 'Maker' }]);
});

test('keys of a list of references, those of another type left out', async () => {
  const { files } = await runner.run(
    viewOf('Observation', {
      specimens: { path: 'derivedFrom.getReferenceKey(Observation)', collection: true },
    }),
    [
      {
        resourceType: 'Observation',
        id: 'o',
        derivedFrom: [
          { reference: 'Observation/a' },
          { reference: 'Media/b' },
          { reference: 'Observation/c/_history/1' },
        ],
      },
    ],
  );
  expect(files).toEqual([{ specimens: ['Observation/a', 'Observation/c'] }]);
});
