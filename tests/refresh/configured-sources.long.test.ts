import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeOutcome } from '../../cli/run-refresh.ts';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { readRunLog } from '../../etl/refresh/run-log.ts';
import { directoriesBelow, ndjson, refreshOnce, withSnapshot, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const patient = (id: string) => ({ resourceType: 'Patient', id, gender: 'male' });

function hospital(): { readonly directory: string; readonly ehr: Source; readonly registry: Source } {
  const directory = temporaryDirectory();
  writeFiles(directory, {
    'ehr/Patient.ndjson': ndjson(patient('1'), patient('2')),
    'registry/Patient.ndjson': ndjson(patient('1')),
  });
  const source = (name: string): Source => ({ name, kind: 'fhir-folder', path: join(directory, name) });
  return { directory, ehr: source('ehr'), registry: source('registry') };
}

const sourcesShown = (directory: string): Promise<readonly unknown[]> =>
  withSnapshot(directory, async (query) =>
    (await query('select source, count(*)::integer as n from staging.patient group by 1 order by 1')).map(
      (row) => `${row['source']} ${row['n']}`,
    ),
  );

test('a source that is configured no longer is gone from the snapshot, and one that comes back is back', async () => {
  const { directory, ehr, registry } = hospital();
  await refreshOnce(directory, [ehr, registry]);
  expect(await sourcesShown(directory)).toEqual(['ehr 2', 'registry 1']);
  const outcome = await refreshOnce(directory, [ehr]);
  expect(outcome).toMatchObject({ status: 'published', removedSources: ['registry'] });
  expect(describeOutcome(outcome)).toContain('registry');
  expect(await sourcesShown(directory)).toEqual(['ehr 2']);
  expect(await refreshOnce(directory, [ehr])).toMatchObject({ status: 'unchanged', removedSources: [] });
  await refreshOnce(directory, [ehr, registry]);
  expect(await sourcesShown(directory)).toEqual(['ehr 2', 'registry 1']);
});

test('neither a removed source nor a full rebuild lets an outage of another pass', async () => {
  const { directory, ehr } = hospital();
  const pacs: Source = { name: 'pacs', kind: 'dicom-folder', path: join(directory, 'dicom') };
  const image = (number: number): string => `dicom/${number}.dicom.json`;
  const numbers = Array.from({ length: 30 }, (_, number) => number);
  writeFiles(
    directory,
    Object.fromEntries(
      numbers.map((number) => [
        image(number),
        JSON.stringify([
          {
            '00080018': { vr: 'UI', Value: [`1.2.${number}`] },
            '0020000D': { vr: 'UI', Value: ['1.2'] },
            '0020000E': { vr: 'UI', Value: ['1.2.1'] },
          },
        ]),
      ]),
    ),
  );
  await refreshOnce(directory, [ehr, pacs]);
  for (const number of numbers.slice(0, 20)) rmSync(join(directory, image(number)));
  const held = { code: 'publish-held', params: { source: 'pacs' } };
  await expect(refreshOnce(directory, [pacs])).rejects.toMatchObject(held);
  await expect(refreshOnce(directory, [ehr, pacs], { full: true })).rejects.toMatchObject(held);
  expect(await sourcesShown(directory)).toEqual(['ehr 2']);
});

test('a name that is no source is an error, not a night without news', async () => {
  const { directory, ehr } = hospital();
  await refreshOnce(directory, [ehr]);
  await expect(refreshOnce(directory, [ehr], { only: ['eher'] })).rejects.toMatchObject({
    code: 'config-invalid',
    params: { source: 'eher' },
  });
});

test('a source that is missing keeps its records and stops no other', async () => {
  const { directory, ehr, registry } = hospital();
  await refreshOnce(directory, [ehr, registry]);
  renameSync(join(directory, 'ehr'), join(directory, 'away'));
  writeFiles(directory, { 'registry/more.ndjson': ndjson(patient('3')) });
  const missing = { code: 'source-not-found', params: { source: 'ehr' } };
  await expect(refreshOnce(directory, [ehr, registry])).rejects.toMatchObject({
    ...missing,
    message: expect.stringContaining('snapshot 2'),
  });
  expect(await sourcesShown(directory)).toEqual(['ehr 2', 'registry 2']);
  await expect(refreshOnce(directory, [ehr, registry])).rejects.toMatchObject(missing);
  await expect(refreshOnce(directory, [ehr, registry], { only: ['ehr'] })).rejects.toMatchObject(missing);
  const log = await readRunLog(directoriesBelow(directory).state);
  expect(log.map(({ status, errorCode }) => [status, errorCode])).toEqual([
    ['published', null],
    ['published', 'source-not-found'],
    ['unchanged', 'source-not-found'],
    ['failed', 'source-not-found'],
  ]);
});

test('a clock that was set back, stray files and what a killed run spilled do no harm', async () => {
  const { directory, ehr } = hospital();
  const { landing, state } = directoriesBelow(directory);
  const now = () => new Date('2024-03-01T00:00:00Z');
  await refreshOnce(directory, [ehr], { now });
  writeFileSync(join(landing, 'notes.txt'), 'none of ours');
  mkdirSync(join(state, 'spill'), { recursive: true });
  writeFileSync(join(state, 'spill', 'duckdb_temp_storage-0.tmp'), 'names');
  writeFiles(directory, { 'ehr/more.ndjson': ndjson(patient('3')) });
  const earlier = { now: () => new Date('2024-02-01T00:00:00Z') };
  expect(await refreshOnce(directory, [ehr], earlier)).toMatchObject({ recordsNew: 1 });
  expect(await sourcesShown(directory)).toEqual(['ehr 3']);
  const ids = (await readRunLog(state)).map(({ runId }) => runId);
  expect(ids).toEqual(['20240301T000000000Z', '20240301T000000001Z']);
  expect(readdirSync(join(landing, 'ehr')).sort()).toEqual(ids);
  expect(readdirSync(join(state, 'spill'))).toEqual([]);
});

test('a damaged or missing run stops the refresh by name; without it everything is built anew', async () => {
  const { directory, ehr } = hospital();
  const { landing, state } = directoriesBelow(directory);
  await refreshOnce(directory, [ehr]);
  const run = (await readRunLog(state))[0]?.runId ?? '';
  const error = { code: 'landing-damaged', params: { source: 'ehr', run } };
  const origins = join(landing, 'ehr', run, 'origins.parquet');
  const bytes = readFileSync(origins);
  writeFileSync(origins, Buffer.alloc(bytes.length, 'x'));
  await expect(refreshOnce(directory, [ehr])).rejects.toMatchObject(error);
  writeFileSync(origins, bytes);
  truncateSync(join(landing, 'ehr', run, 'index.parquet'), 100);
  await expect(refreshOnce(directory, [ehr])).rejects.toMatchObject(error);
  rmSync(join(landing, 'ehr', run), { recursive: true });
  await expect(refreshOnce(directory, [ehr])).rejects.toMatchObject(error);
  expect(await refreshOnce(directory, [ehr], { full: true })).toMatchObject({ status: 'published' });
  expect(await sourcesShown(directory)).toEqual(['ehr 2']);
});
