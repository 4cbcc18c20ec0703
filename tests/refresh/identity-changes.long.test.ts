import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { directoriesBelow, ndjson, refreshOnce, withSnapshot, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const MRN = 'https://hospital.example/mrn';

const patient = (id: string, version: number, rest: object = {}) => ({
  resourceType: 'Patient',
  id,
  meta: { lastUpdated: `2024-01-0${version}T00:00:00Z` },
  birthDate: '1960-05-05',
  gender: 'female',
  ...rest,
});
const condition = (id: string, patientId: string) => ({
  resourceType: 'Condition',
  id,
  subject: { reference: `Patient/${patientId}` },
  onsetDateTime: '2020-02-03',
  code: { coding: [{ system: 'http://snomed.info/sct', code: '73211009' }] },
});
/** A DICOM JSON Model object (PS3.18 F). */
const instance = (uid: string, study: string, patientId: string) => ({
  '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
  '00080018': { vr: 'UI', Value: [uid] },
  '00080060': { vr: 'CS', Value: ['CT'] },
  '00100020': { vr: 'LO', Value: [patientId] },
  '00100021': { vr: 'LO', Value: ['HOSP'] },
  '0020000D': { vr: 'UI', Value: [study] },
  '0020000E': { vr: 'UI', Value: [`${study}.1`] },
});

const sourcesOf = (directory: string): readonly Source[] => [
  { name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') },
  { name: 'pacs', kind: 'dicom-folder', path: join(directory, 'dicom'), patientIdIssuers: { HOSP: MRN } },
];

/** Whose every record is: `table/record key` → patient key. */
const owners = (directory: string): Promise<ReadonlyMap<string, string>> =>
  withSnapshot(directory, async (query) => {
    const rows = await query(`
      select 'patient/' || patient_record_key as record, patient_key from staging.patient_link
      union all select 'condition/' || condition_key, patient_key from staging.condition
      union all select 'instance/' || sop_instance_key, patient_key from staging.dicom_instance`);
    return new Map(rows.map((row) => [String(row['record']), String(row['patient_key'])]));
  });

const moved = (
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] => {
  expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  return [...after]
    .filter(([record, owner]) => before.get(record) !== owner)
    .map(([record]) => record.split('/')[0] ?? '');
};

test('a late identifier, a merge and an un-merge move exactly the records concerned', async () => {
  const directory = temporaryDirectory();
  const sources = sourcesOf(directory);
  writeFiles(directory, {
    'fhir/1.Patient.ndjson': ndjson(
      patient('a', 1),
      patient('b', 1, { birthDate: '1960-05-06' }),
      patient('c', 1),
    ),
    'fhir/Condition.ndjson': ndjson(
      condition('a1', 'a'),
      condition('b1', 'b'),
      condition('b2', 'b'),
      condition('c1', 'c'),
    ),
    'dicom/pacs.dicom.ndjson': ndjson(
      instance('1.2.1', '1.2', '77'),
      instance('1.2.2', '1.2', '77'),
      instance('1.3.1', '1.3', '88'),
    ),
  });
  expect((await refreshOnce(directory, sources)).status).toBe('published');
  const apart = await owners(directory);
  expect(new Set(apart.values()).size).toBe(5);

  writeFiles(directory, {
    'fhir/2.Patient.ndjson': ndjson(patient('a', 2, { identifier: [{ system: MRN, value: '77' }] })),
  });
  const late = await refreshOnce(directory, sources);
  expect(late).toMatchObject({ status: 'published', recordsNew: 0, recordsChanged: 1 });
  const identified = await owners(directory);
  expect(moved(apart, identified)).toEqual(['instance', 'instance']);

  writeFiles(directory, {
    'fhir/3.Patient.ndjson': ndjson(
      patient('b', 3, {
        birthDate: '1960-05-06',
        link: [{ other: { reference: 'Patient/a' }, type: 'replaced-by' }],
      }),
    ),
  });
  await refreshOnce(directory, sources);
  const merged = await owners(directory);
  expect([...moved(identified, merged)].sort()).toEqual(['condition', 'condition', 'patient']);

  writeFiles(directory, { 'fhir/4.Patient.ndjson': ndjson(patient('b', 4, { birthDate: '1960-05-06' })) });
  await refreshOnce(directory, sources);
  expect(await owners(directory)).toEqual(identified);
});

test('dates of a record move with its person: FHIR and DICOM of one person are shifted alike', async () => {
  const directory = temporaryDirectory();
  writeFiles(directory, {
    'fhir/Patient.ndjson': ndjson(patient('a', 1, { identifier: [{ system: MRN, value: '77' }] })),
    'fhir/Condition.ndjson': ndjson(condition('a1', 'a')),
    'dicom/pacs.dicom.ndjson': ndjson({
      ...instance('1.2.1', '1.2', '77'),
      '00080020': { vr: 'DA', Value: ['20200210'] },
    }),
  });
  await refreshOnce(directory, sourcesOf(directory));
  await withSnapshot(directory, async (query) => {
    const rows = await query(`
      select i.study_date - c.onset_date as days, c.onset_date <> date '2020-02-03' as is_shifted,
        (c.onset_date - date '2020-02-03') % 7 as rest
      from staging.condition c join staging.dicom_instance i using (patient_key)`);
    expect(rows).toEqual([{ days: '7', is_shifted: true, rest: '0' }]);
  });
});

test('a night writes only the persons of nodes that are new or moved into the vault', async () => {
  const directory = temporaryDirectory();
  const sources = sourcesOf(directory).slice(0, 1);
  const persons = async () => {
    const instance = await openDuckDB({ file: join(directoriesBelow(directory).vault, 'vault.duckdb') });
    const connection = await instance.connect();
    const rows = await queryJson(
      connection,
      'select rowid::integer as place, node from person_node order by 1',
    );
    connection.closeSync();
    instance.closeSync();
    return rows;
  };
  writeFiles(directory, { 'fhir/1.Patient.ndjson': ndjson(patient('a', 1), patient('c', 1)) });
  await refreshOnce(directory, sources);
  const before = await persons();
  writeFiles(directory, { 'fhir/2.Patient.ndjson': ndjson(patient('b', 1)) });
  await refreshOnce(directory, sources);
  expect(await persons()).toEqual([...before, { place: 2, node: 'ehr|Patient/b' }]);
});
