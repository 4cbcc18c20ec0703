import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { ndjson, refreshOnce, withSnapshot, writeFiles } from '../support/refresh.ts';
import { tableContents } from '../support/table-contents.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { bundle, observation, ownersOf, patient } from './records.ts';

const UUID = 'urn:uuid:5b3b7a52-0f6e-4c0e-8a68-1d2c3b4a5f60';

const sourcesOf = (directory: string): readonly Source[] => [
  { name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') },
];

/** A Bundle that calls its patient and encounter what every other Bundle calls theirs. */
const story = (id: string, gender: string): string =>
  bundle({
    'urn:uuid:patient': patient(id, gender),
    'urn:uuid:visit': {
      resourceType: 'Encounter',
      id: `visit-${id}`,
      status: 'finished',
      class: { code: id === 'a' ? 'AMB' : 'IMP' },
      subject: { reference: 'urn:uuid:patient' },
    },
    'urn:uuid:value': observation(`of-${id}`, 'urn:uuid:patient', {
      encounter: { reference: 'urn:uuid:visit' },
    }),
  });

/** Label of an Observation → the gender of its Patient, by patient key and by the reference's own key; its visit's class. */
const joined = (directory: string) =>
  withSnapshot(directory, async (query) =>
    query(`
      select o.code, p.gender as owner, r.gender as subject, e.class_code as visit
      from staging.observation o
      left join staging.patient p on p.patient_key = o.patient_key
      left join staging.patient r on r.patient_record_key = o.patient_record_key
      left join staging.encounter e on e.encounter_key = o.encounter_key and e.patient_key = o.patient_key
      order by o.code`),
  );

const expectSameAsRebuilt = async (directory: string): Promise<void> => {
  const merged = await tableContents(directory);
  await refreshOnce(directory, sourcesOf(directory), { full: true });
  expect(await tableContents(directory)).toEqual(merged);
};

test('a name belongs to the Bundle that gave it, whether Bundles land together, apart or under one file name', async () => {
  const directory = temporaryDirectory();
  const sources = sourcesOf(directory);
  writeFiles(directory, { 'fhir/1.json': story('a', 'male'), 'fhir/2.json': story('b', 'female') });
  await refreshOnce(directory, sources);
  const first = [
    { code: 'of-a', owner: 'male', subject: 'male', visit: 'AMB' },
    { code: 'of-b', owner: 'female', subject: 'female', visit: 'IMP' },
  ];
  expect(await joined(directory)).toEqual(first);

  writeFiles(directory, { 'fhir/1.json': story('c', 'other'), 'fhir/3.json': story('d', 'unknown') });
  await refreshOnce(directory, sources);
  expect(await joined(directory)).toEqual([
    ...first,
    { code: 'of-c', owner: 'other', subject: 'other', visit: 'IMP' },
    { code: 'of-d', owner: 'unknown', subject: 'unknown', visit: 'IMP' },
  ]);
  await expectSameAsRebuilt(directory);
});

test('elsewhere a name holds while it has one meaning; unexplained names are nobody’s in common', async () => {
  const directory = temporaryDirectory();
  const sources = sourcesOf(directory);
  writeFiles(directory, {
    'fhir/1.json': story('a', 'male'),
    'fhir/Observation.ndjson': ndjson(
      observation('far', 'urn:uuid:patient'),
      observation('far-visit', 'Patient/a', { encounter: { reference: 'urn:uuid:visit' } }),
      observation('late-1', UUID),
      observation('late-2', UUID),
    ),
  });
  await refreshOnce(directory, sources);
  const before = await withSnapshot(directory, ownersOf);
  expect(before['far']).toBe(before['male']);
  const farVisit = async () => (await joined(directory)).filter((row) => row['code'] === 'far-visit');
  expect(await farVisit()).toMatchObject([{ owner: 'male', visit: 'AMB' }]);
  expect(new Set([before['late-1'], before['late-2'], before['male']]).size).toBe(3);

  writeFiles(directory, {
    'fhir/2.json': story('b', 'female'),
    'fhir/Patient.ndjson': ndjson(patient(UUID.replace('urn:uuid:', ''), 'other')),
  });
  await refreshOnce(directory, sources);
  const after = await withSnapshot(directory, ownersOf);
  expect(after['of-a']).toBe(after['male']);
  expect(after['of-b']).toBe(after['female']);
  expect([after['male'], after['female']]).not.toContain(after['far']);
  expect(after['late-1']).toBe(after['other']);
  expect(after['late-2']).toBe(after['other']);
  expect((await joined(directory)).filter((row) => row['code'] === 'far')).toMatchObject([
    { owner: null, subject: null },
  ]);
  expect(await farVisit()).toMatchObject([{ owner: 'male', visit: null }]);
  await expectSameAsRebuilt(directory);
});

test('an older version of an absolute name is the same patient', async () => {
  const directory = temporaryDirectory();
  const url = 'https://elsewhere.example/fhir/Patient/77';
  writeFiles(directory, {
    'fhir/1.json': bundle({
      [url]: patient('a', 'male'),
      'https://elsewhere.example/fhir/Observation/1': observation('current', url),
      'https://elsewhere.example/fhir/Observation/2': observation('older', `${url}/_history/3`),
    }),
  });
  await refreshOnce(directory, sourcesOf(directory));
  const owners = await withSnapshot(directory, ownersOf);
  expect(owners['current']).toBe(owners['male']);
  expect(owners['older']).toBe(owners['male']);
});
