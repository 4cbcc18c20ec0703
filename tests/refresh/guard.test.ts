import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acceptRun } from '../../etl/refresh/guard.ts';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { readRunLog } from '../../etl/refresh/run-log.ts';
import { directoriesBelow, refreshOnce, withSnapshot, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const instances = 200;
const file = (number: number): string => `dicom/${number}.dicom.json`;
const content = (number: number): string =>
  JSON.stringify([
    {
      '00080018': { vr: 'UI', Value: [`1.2.${number}`] },
      '00080060': { vr: 'CS', Value: ['CT'] },
      '0020000D': { vr: 'UI', Value: ['1.2'] },
      '0020000E': { vr: 'UI', Value: ['1.2.1'] },
    },
  ]);

test('a mass delete is held until somebody accepts it; what is published stays', async () => {
  const directory = temporaryDirectory();
  const sources: readonly Source[] = [{ name: 'pacs', kind: 'dicom-folder', path: join(directory, 'dicom') }];
  const shown = (): Promise<number> =>
    withSnapshot(directory, async (query) =>
      Number((await query('select count(*)::integer as n from staging.dicom_instance'))[0]?.['n']),
    );
  writeFiles(
    directory,
    Object.fromEntries(Array.from({ length: instances }, (_, n) => [file(n), content(n)])),
  );
  await refreshOnce(directory, sources);

  for (const number of [0, 1]) rmSync(join(directory, file(number)));
  expect(await refreshOnce(directory, sources)).toMatchObject({ status: 'published', recordsDeleted: 2 });
  expect(await shown()).toBe(instances - 2);

  for (let number = 2; number < 52; number++) rmSync(join(directory, file(number)));
  const held = refreshOnce(directory, sources);
  await expect(held).rejects.toMatchObject({
    code: 'publish-held',
    params: { source: 'pacs', type: 'DicomInstance' },
  });
  const run = await held.catch((error: { params: { run: string } }) => error.params.run);
  await expect(refreshOnce(directory, sources)).rejects.toMatchObject({ code: 'publish-held' });
  expect(await shown()).toBe(instances - 2);
  const { state } = directoriesBelow(directory);
  expect((await readRunLog(state)).map((each) => each.status)).toEqual([
    'published',
    'published',
    'held',
    'held',
  ]);

  await acceptRun(state, String(run));
  expect(await refreshOnce(directory, sources, { only: [] })).toMatchObject({
    status: 'published',
    recordsDeleted: 50,
  });
  expect(await shown()).toBe(instances - 52);
});

test('the files come back before anybody accepts: nothing happened', async () => {
  const directory = temporaryDirectory();
  const sources: readonly Source[] = [{ name: 'pacs', kind: 'dicom-folder', path: join(directory, 'dicom') }];
  const all = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [file(n), content(n)]));
  writeFiles(directory, all);
  await refreshOnce(directory, sources);
  for (let number = 0; number < 59; number++) rmSync(join(directory, file(number)));
  await expect(refreshOnce(directory, sources)).rejects.toMatchObject({ code: 'publish-held' });
  writeFiles(directory, all);
  expect(await refreshOnce(directory, sources)).toMatchObject({
    recordsNew: 0,
    recordsChanged: 0,
    recordsDeleted: 0,
  });
});
