import { chmodSync, readdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { parseConfig } from '../../cli/config.ts';
import { readQuarantine } from '../../cli/inspect.ts';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { directoriesBelow, ndjson, refreshOnce, withSnapshot, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { unprivileged } from '../support/unprivileged.ts';

const patient = (id: string) => ({ resourceType: 'Patient', id, gender: 'male' });
const instance = (uid: string): string =>
  JSON.stringify([
    {
      '00080018': { vr: 'UI', Value: [uid] },
      '00080060': { vr: 'CS', Value: ['CT'] },
      '0020000D': { vr: 'UI', Value: ['1.2'] },
      '0020000E': { vr: 'UI', Value: ['1.2.1'] },
    },
  ]);

/** The least that is a DICOM file: preamble, transfer syntax, SOPInstanceUID and study. */
function partTen(uid: string): Buffer {
  const element = (group: number, number: number, vr: string, text: string): Buffer => {
    const value = Buffer.from(text.length % 2 === 0 ? text : `${text}\0`, 'latin1');
    const head = Buffer.alloc(8);
    head.writeUInt16LE(group, 0);
    head.writeUInt16LE(number, 2);
    head.write(vr, 4, 'latin1');
    head.writeUInt16LE(value.length, 6);
    return Buffer.concat([head, value]);
  };
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(0x0002, 0x0010, 'UI', '1.2.840.10008.1.2.1'),
    element(0x0008, 0x0018, 'UI', uid),
    element(0x0020, 0x000d, 'UI', '1.2'),
  ]);
}

interface Hospital {
  readonly directory: string;
  readonly sources: readonly Source[];
}

function hospital(): Hospital {
  const directory = temporaryDirectory();
  return {
    directory,
    sources: [
      { name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') },
      { name: 'pacs', kind: 'dicom-folder', path: join(directory, 'dicom') },
    ],
  };
}

async function quarantine({ directory, sources }: Hospital): Promise<readonly string[]> {
  const config = parseConfig(
    'data: data\nsources: [{ name: ehr, kind: fhir-folder, path: fhir }]',
    join(directory, 'chiasm.yaml'),
  );
  return (await readQuarantine({ ...config, sources }))
    .map(({ source, path, code }) => `${source} ${path} ${code}`)
    .sort();
}

async function counted({ directory }: Hospital): Promise<readonly number[]> {
  return withSnapshot(directory, async (query) => {
    const [row] = await query(
      `select (select count(*)::integer from staging.patient) as patients,
         (select count(*)::integer from staging.dicom_instance) as instances,
         (select coalesce(sum(records), 0)::integer from staging.quarantine_count) as refused`,
    );
    return [Number(row?.['patients']), Number(row?.['instances']), Number(row?.['refused'])];
  });
}

const landingRuns = ({ directory }: Hospital, source: string): readonly string[] =>
  readdirSync(join(directoriesBelow(directory).landing, source));

test('what cannot be reached is refused once, deletes nothing, and comes back', async () => {
  const place = hospital();
  const { directory, sources } = place;
  writeFiles(directory, {
    'fhir/a.ndjson': ndjson(patient('1')),
    'mounted-fhir/b.ndjson': `${ndjson(patient('2'))}broken\n`,
    'dicom/a.dicom.json': instance('1.1'),
    'mounted-dicom/b.dicom.json': instance('1.2'),
    'mounted-dicom/deep/c.dicom.json': instance('1.3'),
    'mounted-dicom/d.txt': 'no image',
  });
  symlinkSync(join(directory, 'mounted-fhir'), join(directory, 'fhir', 'mnt'));
  symlinkSync(join(directory, 'mounted-dicom'), join(directory, 'dicom', 'mnt'));
  expect(await refreshOnce(directory, sources)).toMatchObject({ recordsNew: 5 });
  expect(await counted(place)).toEqual([2, 3, 2]);

  for (const name of ['mounted-fhir', 'mounted-dicom']) {
    renameSync(join(directory, name), join(directory, `away-${name}`));
  }
  expect(await refreshOnce(directory, sources)).toMatchObject({
    status: 'published',
    recordsDeleted: 0,
    recordsQuarantined: 2,
  });
  expect(await counted(place)).toEqual([2, 3, 4]);
  const refused = ['ehr mnt/b.ndjson invalid-json', 'pacs mnt/d.txt not-dicom'];
  const unreachable = ['ehr mnt file-unreadable', 'pacs mnt file-unreadable'];
  expect(await quarantine(place)).toEqual([...refused, ...unreachable].sort());

  const before = [landingRuns(place, 'ehr'), landingRuns(place, 'pacs')];
  expect(await refreshOnce(directory, sources)).toMatchObject({ status: 'unchanged' });
  expect([landingRuns(place, 'ehr'), landingRuns(place, 'pacs')]).toEqual(before);

  for (const name of ['mounted-fhir', 'mounted-dicom']) {
    renameSync(join(directory, `away-${name}`), join(directory, name));
  }
  expect(await refreshOnce(directory, sources)).toMatchObject({
    status: 'published',
    recordsNew: 0,
    recordsDeleted: 0,
  });
  expect(await counted(place)).toEqual([2, 3, 2]);
  expect(await quarantine(place)).toEqual(refused);
});

test('a file or folder without permission keeps its records, and is read as soon as it may be', async () => {
  const place = hospital();
  const { directory, sources } = place;
  writeFiles(directory, {
    'fhir/a.ndjson.gz': gzipSync(ndjson(patient('1'))),
    'fhir/locked/b.ndjson': ndjson(patient('2')),
    'dicom/a.dicom.json': instance('1.1'),
    'dicom/b.dicom.json': instance('1.2'),
    'dicom/locked/c.dicom.json': instance('1.3'),
    'dicom/d.dcm': partTen('1.4'),
  });
  const locked = ['fhir/a.ndjson.gz', 'fhir/locked', 'dicom/b.dicom.json', 'dicom/d.dcm', 'dicom/locked'];
  chmodSync(directory, 0o777);
  const night = (): ReturnType<typeof refreshOnce> => unprivileged(() => refreshOnce(directory, sources));
  await night();
  for (const name of locked) chmodSync(join(directory, name), 0);
  for (const name of ['fhir/a.ndjson.gz', 'dicom/b.dicom.json', 'dicom/d.dcm']) {
    utimesSync(join(directory, name), 1, 1);
  }
  expect(await night()).toMatchObject({ recordsDeleted: 0, recordsQuarantined: 5 });
  expect(await counted(place)).toEqual([2, 4, 5]);
  expect(await quarantine(place)).toEqual([
    'ehr a.ndjson.gz file-unreadable',
    'ehr locked/ file-unreadable',
    'pacs b.dicom.json file-unreadable',
    'pacs d.dcm file-unreadable',
    'pacs locked/ file-unreadable',
  ]);
  expect(await night()).toMatchObject({ status: 'unchanged' });
  for (const name of locked) chmodSync(join(directory, name), 0o755);
  expect(await night()).toMatchObject({ recordsNew: 0, recordsDeleted: 0, recordsQuarantined: 0 });
  expect(await quarantine(place)).toEqual([]);
  expect(await counted(place)).toEqual([2, 4, 0]);
});

test('linked folders are read; a rejection goes with its file, the records of a FHIR file stay', async () => {
  const place = hospital();
  const { directory, sources } = place;
  writeFiles(directory, {
    'elsewhere/linked.ndjson': ndjson(patient('1')),
    'fhir/bad.ndjson': `${ndjson(patient('2'))}broken\n`,
    'dicom/a.dicom.json': instance('1.1'),
    'dicom/b.txt': 'no image',
  });
  symlinkSync(join(directory, 'elsewhere'), join(directory, 'fhir', 'link'));
  symlinkSync(join(directory, 'nowhere'), join(directory, 'fhir', 'dangling.ndjson'));
  await refreshOnce(directory, sources);
  expect(await quarantine(place)).toEqual([
    'ehr bad.ndjson invalid-json',
    'ehr dangling.ndjson file-unreadable',
    'pacs b.txt not-dicom',
  ]);
  expect(await counted(place)).toEqual([2, 1, 3]);
  for (const name of ['fhir/bad.ndjson', 'fhir/dangling.ndjson', 'dicom/b.txt']) {
    rmSync(join(directory, name));
  }
  expect(await refreshOnce(directory, sources)).toMatchObject({ status: 'published', recordsDeleted: 0 });
  expect(await quarantine(place)).toEqual([]);
  expect(await counted(place)).toEqual([2, 1, 0]);
  expect(await refreshOnce(directory, sources)).toMatchObject({ status: 'unchanged' });
});

test('a damaged archive costs itself at most', async () => {
  const place = hospital();
  const { directory, sources } = place;
  const whole = gzipSync(JSON.stringify(patient('1')));
  writeFiles(directory, {
    'fhir/cut.json.gz': whole.subarray(0, -9),
    'fhir/noise.json.zst': Buffer.from('28b52ffd24110000ffffffffffffff', 'hex'),
    'fhir/noise.ndjson.zst': 'this was never packed',
    'fhir/good.ndjson': ndjson(patient('2')),
    'dicom/a.dicom.json': instance('1.1'),
  });
  writeFileSync(join(directory, 'fhir', 'good.json.gz'), whole);
  await refreshOnce(directory, sources);
  expect(await quarantine(place)).toEqual([
    'ehr cut.json.gz file-truncated',
    'ehr noise.json.zst file-truncated',
    'ehr noise.ndjson.zst file-truncated',
  ]);
  expect(await counted(place)).toEqual([2, 1, 3]);
});
