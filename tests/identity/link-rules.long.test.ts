import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../cli/config.ts';
import type { FolderSource, Source } from '../../etl/refresh/refresh-options.ts';
import { ndjson, refreshOnce, withSnapshot, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { ACCESSION, accession, instance, MRN, observation, ownersOf, patient, patientId } from './records.ts';

const identified = (...values: readonly string[]): object => ({
  identifier: values.map((value) => ({ system: MRN, value })),
});
const otherPatientId = (id: string): object => ({ '00101000': { vr: 'LO', Value: [id] } });

const sourcesOf = (directory: string, pacs: Partial<FolderSource> = {}): readonly Source[] => [
  { name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') },
  {
    name: 'pacs',
    kind: 'dicom-folder',
    path: join(directory, 'pacs'),
    patientIdIssuers: { HOSP: MRN },
    ...pacs,
  },
];

const ownersAfter = async (
  directory: string,
  sources: readonly Source[],
): Promise<Readonly<Record<string, string>>> => {
  await refreshOnce(directory, sources);
  return withSnapshot(directory, ownersOf);
};

/** Study status → how many, and the patient records’ statuses by gender. */
const statuses = (directory: string) =>
  withSnapshot(directory, async (query) => ({
    studies: (await query('select status from staging.imaging_link order by study_key, source')).map(
      (row) => row['status'],
    ),
    patients: Object.fromEntries(
      (
        await query(
          'select gender, status from staging.patient_link join staging.patient using (patient_record_key)',
        )
      ).map((row) => [row['gender'], row['status']]),
    ),
  }));

test('a study with the files of two people is neither’s; the default issuer is not that of other ids', async () => {
  const directory = temporaryDirectory();
  writeFiles(directory, {
    'fhir/Patient.ndjson': ndjson(
      patient('a', 'male', identified('1')),
      patient('b', 'female', identified('2')),
    ),
    'pacs/1.dicom.ndjson': ndjson(
      instance(1, '1.2', patientId('1')),
      instance(2, '1.2', patientId('2')),
      instance(3, '1.3', patientId('1')),
      instance(4, '1.4', { ...patientId('900'), ...otherPatientId('2') }),
    ),
  });
  const owners = await ownersAfter(directory, sourcesOf(directory, { defaultIssuer: 'HOSP' }));
  expect(owners['male']).not.toBe(owners['female']);
  expect([owners['male'], owners['female']]).not.toContain(owners['1']);
  expect(owners['2']).toBe(owners['1']);
  expect(owners['3']).toBe(owners['male']);
  expect([owners['male'], owners['female']]).not.toContain(owners['4']);
  const { studies } = await statuses(directory);
  expect([...studies].sort()).toEqual(['conflict', 'linked', 'unlinked']);
});

test('an accession number is of the issuer that the file names', async () => {
  const directory = temporaryDirectory();
  const order = (id: string, subject: string, value: string): object => ({
    resourceType: 'ServiceRequest',
    id,
    status: 'active',
    intent: 'order',
    subject: { reference: subject },
    identifier: [
      {
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'ACSN' }] },
        system: ACCESSION,
        value,
      },
    ],
  });
  writeFiles(directory, {
    'fhir/Patient.ndjson': ndjson(patient('a', 'male'), patient('b', 'female'), patient('c', 'other')),
    'fhir/ServiceRequest.ndjson': ndjson(
      order('1', 'Patient/a', 'A1'),
      order('2', 'Patient/b', 'A2'),
      order('3', 'Patient/c', 'A3'),
    ),
    'pacs/1.dicom.ndjson': ndjson(
      instance(1, '1.1', accession('A1')),
      instance(2, '1.2', accession('A2', 'OURS')),
      instance(3, '1.3', accession('A3', 'TELERADIOLOGY')),
    ),
  });
  const { sources } = parseConfig(
    `data: data
sources:
  - { name: ehr, kind: fhir-folder, path: fhir }
  - { name: pacs, kind: dicom-folder, path: pacs, accessionSystem: '${ACCESSION}', accessionIssuers: { OURS: '${ACCESSION}' } }`,
    join(directory, 'chiasm.yaml'),
  );
  const owners = await ownersAfter(directory, sources);
  expect(owners['1']).toBe(owners['male']);
  expect(owners['2']).toBe(owners['female']);
  expect(owners['3']).not.toBe(owners['other']);
});

test('an issuer that only its own archive knows joins nothing to another archive', async () => {
  const directory = temporaryDirectory();
  writeFiles(directory, {
    'pacs/1.dicom.ndjson': ndjson(
      instance(1, '1.1', patientId('5', 'LOCAL')),
      instance(2, '1.2', patientId('5', 'LOCAL')),
    ),
    'other/1.dicom.ndjson': ndjson(instance(3, '1.3', patientId('5', 'LOCAL'))),
  });
  const owners = await ownersAfter(directory, [
    ...sourcesOf(directory).slice(1),
    { name: 'other', kind: 'dicom-folder', path: join(directory, 'other') },
  ]);
  expect(owners['2']).toBe(owners['1']);
  expect(owners['3']).not.toBe(owners['1']);
});

test('a placeholder confirms nobody and contradicts nobody', async () => {
  const directory = temporaryDirectory();
  const born = (birthDate: string, value: string): object => ({ ...identified(value), birthDate });
  writeFiles(directory, {
    'fhir/Patient.ndjson': ndjson(
      patient('a', 'other', born('1900-01-01', '1')),
      patient('b', 'unknown', born('1900-01-01', '1')),
      patient('c', 'male', born('1900-01-01', '2')),
    ),
    'pacs/1.dicom.ndjson': ndjson(
      instance(1, '1.1', { ...patientId('2', 'HOSP'), '00100030': { vr: 'DA', Value: ['19620304'] } }),
    ),
  });
  const owners = await ownersAfter(directory, sourcesOf(directory));
  expect(owners['other']).not.toBe(owners['unknown']);
  expect(owners['1']).toBe(owners['male']);
  expect((await statuses(directory)).patients).toEqual({
    other: 'candidate',
    unknown: 'candidate',
    male: 'linked',
  });
});

test('a patient known only by an absolute or logical reference is a patient to the guard', async () => {
  const directory = temporaryDirectory();
  const study = (id: string, uid: string, subject: object): object => ({
    resourceType: 'ImagingStudy',
    id,
    status: 'available',
    subject,
    identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:${uid}` }],
  });
  writeFiles(directory, {
    'fhir/Patient.ndjson': ndjson(patient('a', 'male', identified('1'))),
    'fhir/ImagingStudy.ndjson': ndjson(
      study('1', '1.1', { reference: 'https://elsewhere.example/fhir/Patient/9' }),
      study('2', '1.2', { identifier: { system: 'https://elsewhere.example/mrn', value: '9' } }),
    ),
    'fhir/Observation.ndjson': ndjson(observation('theirs', 'https://elsewhere.example/fhir/Patient/9')),
    'pacs/1.dicom.ndjson': ndjson(
      instance(1, '1.1', patientId('1', 'HOSP')),
      instance(2, '1.2', patientId('1', 'HOSP')),
    ),
  });
  const owners = await ownersAfter(directory, sourcesOf(directory));
  expect(owners['1']).toBe(owners['male']);
  expect(owners['2']).toBe(owners['male']);
  expect(owners['theirs']).not.toBe(owners['male']);
  const people = await withSnapshot(directory, (query) =>
    query('select count(distinct patient_key)::integer as n from staging.imaging_study'),
  );
  expect(people).toEqual([{ n: 2 }]);
});

test('records of absent patients are counted; a Group, a Device and a Location are no patients', async () => {
  const directory = temporaryDirectory();
  writeFiles(directory, {
    'fhir/Patient.ndjson': ndjson(patient('a', 'male')),
    'fhir/Observation.ndjson': ndjson(
      observation('1', 'Patient/a'),
      observation('2', 'https://elsewhere.example/fhir/Patient/1'),
      observation('3', 'https://elsewhere.example/fhir/Patient/1'),
      observation('4', 'urn:uuid:nobody'),
      observation('5', 'Group/1'),
      observation('6', 'Group/1'),
      observation('7', 'https://elsewhere.example/fhir/Device/1'),
      observation('8', 'Location/1'),
      observation('9', 'Patient?identifier=https://elsewhere.example/Site/mrn|5'),
      observation('10', 'Patient?identifier=https://elsewhere.example/Site/mrn|5'),
    ),
  });
  const owners = await ownersAfter(directory, sourcesOf(directory).slice(0, 1));
  expect(owners['3']).toBe(owners['2']);
  expect(owners['10']).toBe(owners['9']);
  expect(owners['6']).not.toBe(owners['5']);
  await withSnapshot(directory, async (query) => {
    expect(
      await query(
        'select source, type, persons::integer as persons, records::integer as records from staging.record_without_patient',
      ),
    ).toEqual([{ source: 'ehr', type: 'Observation', persons: 3, records: 5 }]);
    expect(
      await query(
        `select subject, record_count::integer as n from marts.data_quality where check_name = 'person-without-patient-record'`,
      ),
    ).toEqual([{ subject: 'Observation', n: 5 }]);
    expect(await query('select count(*)::integer as n from marts.patients')).toEqual([{ n: 1 }]);
    const shifted = await query(
      `select count(distinct effective_date)::integer > 1 as differ, bool_and(effective_date is not null) as dated
       from staging.observation where code in ('5', '6', '7', '8')`,
    );
    expect(shifted).toEqual([{ differ: true, dated: true }]);
  });
});
