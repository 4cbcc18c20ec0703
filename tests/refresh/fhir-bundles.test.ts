import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { ndjson, refreshOnce, withSnapshot, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const patient = (id: string, gender: string, lastUpdated?: string) => ({
  resourceType: 'Patient',
  id,
  ...(lastUpdated === undefined ? {} : { meta: { lastUpdated } }),
  gender,
});
const deletion = (url: string, lastModified?: string) => ({
  request: { method: 'DELETE', url },
  ...(lastModified === undefined ? {} : { response: { status: '204', lastModified } }),
});
const bundle = (type: string, entry: readonly unknown[]) => ({ resourceType: 'Bundle', type, entry });

async function genders(directory: string): Promise<readonly unknown[]> {
  return withSnapshot(directory, async (query) =>
    (await query('select gender from staging.patient order by gender')).map((row) => row['gender']),
  );
}

function hospital(): { readonly directory: string; readonly sources: readonly Source[] } {
  const directory = temporaryDirectory();
  return { directory, sources: [{ name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') }] };
}

test('in a history each version and each deletion has its own time', async () => {
  const { directory, sources } = hospital();
  const put = { method: 'PUT', url: 'Patient/x' };
  const history = [
    { request: put, resource: patient('back', 'female', '2024-03-03T00:00:00Z') },
    deletion('Patient/back', '2024-02-02T00:00:00Z'),
    { request: put, resource: patient('back', 'male', '2024-01-01T00:00:00Z') },
    deletion('http://hospital.example/fhir/Patient/gone', '2024-02-02T00:00:00Z'),
    { request: put, resource: patient('gone', 'male', '2024-01-01T00:00:00Z') },
    deletion('/Patient/slash', '2024-02-02T00:00:00Z'),
    { request: put, resource: patient('slash', 'male', '2024-01-01T00:00:00Z') },
    // Without any time the newest version is the first.
    { request: put, resource: patient('timeless', 'other') },
    { request: put, resource: patient('timeless', 'unknown') },
    {
      request: put,
      resource: patient('stamped', 'unknown'),
      response: { lastModified: '2024-01-01T00:00:00Z' },
    },
  ];
  writeFiles(directory, {
    'fhir/1.json': JSON.stringify(bundle('history', history)),
    'fhir/2.ndjson': ndjson(patient('stamped', 'male')),
  });
  // The file is written years after what it tells.
  utimesSync(join(directory, 'fhir/2.ndjson'), 1_705_000_000, 1_705_000_000);
  await refreshOnce(directory, sources);
  expect(await genders(directory)).toEqual(['female', 'male', 'other']);
});

test('lines of deletions delete, whatever file they stand in; other Bundles in lines are unpacked too', async () => {
  const { directory, sources } = hospital();
  const time = '2024-01-01T00:00:00Z';
  writeFiles(directory, {
    'fhir/Patient.ndjson': ndjson(...['1', '2', '3', '4'].map((id) => patient(id, `g${id}`, time))),
  });
  await refreshOnce(directory, sources);
  writeFiles(directory, {
    'fhir/deleted/Patient.ndjson': ndjson(
      bundle('transaction', [deletion('Patient/1'), deletion('Patient/2')]),
      bundle('transaction', [deletion('https://hospital.example/r4/Patient/3')]),
      bundle('transaction', [deletion('Patient?identifier=4')]),
      bundle('collection', [
        { resource: patient('5', 'g5') },
        { resource: { resourceType: 'Patient', id: 6 } },
      ]),
      { ...bundle('document', []), id: 'kept-whole' },
    ),
  });
  expect(await refreshOnce(directory, sources)).toMatchObject({
    recordsNew: 2,
    recordsDeleted: 3,
    recordsQuarantined: 2,
  });
  expect(await genders(directory)).toEqual(['g4', 'g5']);
});

test('a JSON array of resources and Bundles lands like its members', async () => {
  const { directory, sources } = hospital();
  const members = [
    patient('1', 'male'),
    bundle('collection', [{ resource: patient('2', 'female') }]),
    7,
    { resourceType: 'Patient', id: '3', active: 'yes' },
  ];
  writeFiles(directory, { 'fhir/all.json': JSON.stringify(members, null, 2) });
  expect(await refreshOnce(directory, sources)).toMatchObject({ recordsNew: 2, recordsQuarantined: 2 });
  expect(await genders(directory)).toEqual(['female', 'male']);
});
