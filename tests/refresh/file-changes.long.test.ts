import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../cli/config.ts';
import { readQuarantine } from '../../cli/inspect.ts';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { ndjson, refreshOnce, withSnapshot, writeFiles } from '../support/refresh.ts';
import { tableContents } from '../support/table-contents.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const instance = (uid: string, thickness: string, patientId = '') => [
  {
    '00100020': { vr: 'LO', Value: [patientId] },
    '00080018': { vr: 'UI', Value: [uid] },
    '00080060': { vr: 'CS', Value: ['CT'] },
    '00180050': { vr: 'DS', Value: [thickness] },
    '0020000D': { vr: 'UI', Value: ['1.2'] },
    '0020000E': { vr: 'UI', Value: ['1.2.1'] },
  },
];
const json = (value: unknown): string => JSON.stringify(value);
const thicknesses = (directory: string): Promise<readonly number[]> =>
  withSnapshot(directory, async (query) =>
    (await query('select slice_thickness_mm as t from staging.dicom_instance order by 1')).map((row) =>
      Number(row['t']),
    ),
  );

test('files that only got another time change nothing, and keep their rejections', async () => {
  const directory = temporaryDirectory();
  const sources: readonly Source[] = [
    { name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') },
    { name: 'pacs', kind: 'dicom-folder', path: join(directory, 'dicom') },
  ];
  writeFiles(directory, {
    'fhir/Patient.ndjson': `${ndjson({ resourceType: 'Patient', id: '1' })}broken\n`,
    'dicom/a.dicom.json': json(instance('1.2.3', '1.5')),
    'dicom/b.txt': 'no image',
  });
  expect((await refreshOnce(directory, sources)).status).toBe('published');
  for (const file of ['fhir/Patient.ndjson', 'dicom/a.dicom.json', 'dicom/b.txt']) {
    utimesSync(join(directory, file), 1_700_000_000, 1_700_000_000);
  }
  const config = parseConfig(
    'data: data\nsources: [{ name: ehr, kind: fhir-folder, path: fhir }, { name: pacs, kind: dicom-folder, path: dicom }]',
    join(directory, 'chiasm.yaml'),
  );
  const refused = async (): Promise<readonly string[]> =>
    (await readQuarantine(config)).map((entry) => entry.code);
  expect(await refreshOnce(directory, sources)).toMatchObject({ status: 'unchanged' });
  expect(await refused()).toEqual(['invalid-json', 'not-dicom']);
  expect(await refreshOnce(directory, sources)).toMatchObject({ status: 'unchanged' });
  // a source that is configured no longer has nothing to mend
  const [ehr] = config.sources;
  const own = await readQuarantine({ ...config, sources: ehr === undefined ? [] : [ehr] });
  expect(own.map((entry) => entry.code)).toEqual(['invalid-json']);
});

test('DICOM files come, change and go; of two files with one UID the newest counts, of one night the first', async () => {
  const directory = temporaryDirectory();
  const sources: readonly Source[] = [{ name: 'pacs', kind: 'dicom-folder', path: join(directory, 'dicom') }];
  writeFiles(directory, {
    'dicom/a.dicom.json': json(instance('1.2.3', '1')),
    'dicom/b.dicom.json': json(instance('1.2.3', '2')),
    'dicom/c.dicom.json': json(instance('1.2.4', '3')),
  });
  await refreshOnce(directory, sources);
  expect(await thicknesses(directory)).toEqual([1, 3]);

  rmSync(join(directory, 'dicom/a.dicom.json'));
  writeFiles(directory, { 'dicom/c.dicom.json': json(instance('1.2.4', '3.5')) });
  expect(await refreshOnce(directory, sources)).toMatchObject({
    recordsNew: 0,
    recordsChanged: 1,
    recordsDeleted: 1,
  });
  expect(await thicknesses(directory)).toEqual([2, 3.5]);

  writeFiles(directory, { 'dicom/a.dicom.json': json(instance('1.2.3', '1')) });
  await refreshOnce(directory, sources);
  expect(await thicknesses(directory)).toEqual([1, 3.5]);

  for (const name of ['a', 'b', 'c']) rmSync(join(directory, `dicom/${name}.dicom.json`));
  await expect(refreshOnce(directory, sources)).rejects.toMatchObject({ code: 'source-not-found' });
  expect(await thicknesses(directory)).toEqual([1, 3.5]);
});

test('a corrected copy takes the place of a wrong one, and it is told when they name different patients', async () => {
  const directory = temporaryDirectory();
  const sources: readonly Source[] = [{ name: 'pacs', kind: 'dicom-folder', path: join(directory, 'dicom') }];
  const findings = (): Promise<readonly unknown[]> =>
    withSnapshot(directory, (query) =>
      query(`
        select q.check_name, q.severity, q.record_count::integer as n,
          q.subject_key in (select sop_instance_key from staging.dicom_instance) as is_instance,
          q.subject_key in (select study_key from marts.imaging_studies) as is_study
        from marts.data_quality q where starts_with(q.check_name, 'instance-duplicate') order by q.check_name`),
    );
  const ofOther = { check_name: 'instance-duplicate-of-other-patient', severity: 'error', n: 1 };
  writeFiles(directory, {
    'dicom/a.dicom.json': json(instance('1.2.3', '1', '100')),
    'dicom/c.dicom.json': json(instance('1.2.4', '3', '100')),
  });
  await refreshOnce(directory, sources);
  expect(await findings()).toEqual([]);

  writeFiles(directory, {
    'dicom/b.dicom.json': json(instance('1.2.3', '2', '101')),
    'dicom/d.dicom.json': json(instance('1.2.4', '4', '100')),
  });
  await refreshOnce(directory, sources);
  expect(await thicknesses(directory)).toEqual([2, 4]);
  expect(await findings()).toEqual([
    { check_name: 'instance-duplicate', severity: 'info', n: 1, is_instance: false, is_study: true },
    { ...ofOther, is_instance: true, is_study: false },
  ]);
  const merged = await tableContents(directory);
  await refreshOnce(directory, sources, { full: true });
  expect(await tableContents(directory)).toEqual(merged);

  rmSync(join(directory, 'dicom/b.dicom.json'));
  rmSync(join(directory, 'dicom/d.dicom.json'));
  await refreshOnce(directory, sources);
  expect(await thicknesses(directory)).toEqual([1, 3]);
  expect(await findings()).toEqual([]);
});

test('the newest version counts, whatever the order of files and lines; a deletion holds until a newer version', async () => {
  const directory = temporaryDirectory();
  const sources: readonly Source[] = [{ name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') }];
  const patient = (time: string, gender: string, tag?: string) => ({
    resourceType: 'Patient',
    id: '1',
    meta: { lastUpdated: time, ...(tag === undefined ? {} : { tag: [{ code: tag }] }) },
    gender,
  });
  const genders = (): Promise<readonly unknown[]> =>
    withSnapshot(directory, async (query) =>
      (await query('select gender from staging.patient')).map((row) => row['gender']),
    );
  writeFiles(directory, {
    'fhir/1.ndjson': ndjson(
      patient('2024-01-02T00:00:00Z', 'female'),
      patient('2024-01-02T01:00:00+02:00', 'male'),
      patient('2024-03-01T00:00:00Z', 'other', 'SUBSETTED'),
    ),
  });
  await refreshOnce(directory, sources);
  expect(await genders()).toEqual(['female']);

  const late = 'fhir/2.ndjson';
  writeFiles(directory, { [late]: ndjson(patient('2023-01-01T00:00:00Z', 'unknown')) });
  await refreshOnce(directory, sources);
  expect(await genders()).toEqual(['female']);

  writeFiles(directory, {
    'fhir/3.json': json({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ request: { method: 'DELETE', url: 'Patient/1' } }],
    }),
  });
  expect(await refreshOnce(directory, sources)).toMatchObject({ recordsDeleted: 1 });
  expect(await genders()).toEqual([]);
});
