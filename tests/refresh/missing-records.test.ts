import { renameSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { readRunLog } from '../../etl/refresh/run-log.ts';
import { typesInDoubt } from '../../etl/source/types-in-doubt.ts';
import { directoriesBelow, ndjson, refreshOnce, withSnapshot, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const patient = { resourceType: 'Patient', id: 'p', birthDate: '1950-01-01' };
const observation = (id: string, tag = false): unknown => ({
  resourceType: 'Observation',
  id,
  ...(tag ? { meta: { tag: [{ code: 'SUBSETTED' }] } } : {}),
  status: 'final',
  subject: { reference: 'Patient/p' },
});
const ids = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `o${from + index}`);
const lines = (...names: readonly string[]): string => ndjson(...names.map((name) => observation(name)));

test('a folder of whole exports: what is in none of its files any more is deleted, and back when it is back', async () => {
  const directory = temporaryDirectory();
  const folder = join(directory, 'fhir');
  const sources: readonly Source[] = [
    { name: 'ehr', kind: 'fhir-folder', path: folder, deletes: 'anti-join' },
  ];
  let night = 0;
  // every file that is written has the time of its night, so that no two versions are of one moment
  const write = (files: Readonly<Record<string, string>>): void => {
    writeFiles(folder, files);
    for (const name of Object.keys(files)) utimesSync(join(folder, name), 1.7e9, 1.7e9 + night * 86_400);
  };
  const refresh = async (): Promise<unknown> => {
    night++;
    const { status, recordsNew, recordsDeleted } = await refreshOnce(directory, sources);
    const run = (await readRunLog(directoriesBelow(directory).state)).at(-1);
    const [found] = run?.detail?.sources ?? [];
    const { missingTypes: missing, undecidedTypes: undecided, isEmpty } = found ?? {};
    return { status, recordsNew, recordsDeleted, missing, undecided, isEmpty };
  };
  const fine = { missing: [], undecided: [], isEmpty: false };
  const shown = (): Promise<number> =>
    withSnapshot(directory, async (query) =>
      Number((await query('select count(patient_key)::integer as n from staging.observation'))[0]?.['n']),
    );

  const second = `${lines('twin', ...ids(20, 40))}${ndjson(observation('part', true))}`;
  write({
    'Patient.ndjson': ndjson(patient),
    'Observation.0.ndjson': lines('twin', ...ids(0, 20)),
    'Observation.1.ndjson': second,
  });
  expect(await refresh()).toEqual({ ...fine, status: 'published', recordsNew: 43, recordsDeleted: 0 });
  expect(await refresh()).toEqual({ ...fine, status: 'unchanged', recordsNew: 0, recordsDeleted: 0 });

  // out of its file; `twin` is still in the other one, which is not read again
  write({ 'Observation.0.ndjson': lines(...ids(1, 20)) });
  expect(await refresh()).toEqual({ ...fine, status: 'published', recordsNew: 0, recordsDeleted: 1 });
  expect(await shown()).toBe(41);

  // a broken line may be what is missing; it still is one when the file is not read again
  write({
    'Observation.0.ndjson': lines(...ids(2, 20)),
    'Observation.1.ndjson': `${second}{"resourceType":`,
  });
  const undecided = { ...fine, undecided: ['Observation'], recordsNew: 0, recordsDeleted: 0 };
  expect(await refresh()).toEqual({ ...undecided, status: 'published' });
  expect(await refresh()).toEqual({ ...undecided, status: 'unchanged' });
  expect(await shown()).toBe(41);

  // mended, without a SUBSETTED one: both that are missing go. They are back unchanged, o1 in the other file
  write({ 'Observation.1.ndjson': lines('twin', ...ids(20, 40)) });
  expect(await refresh()).toEqual({ ...fine, status: 'published', recordsNew: 0, recordsDeleted: 2 });
  expect(await shown()).toBe(39);
  night = 0;
  write({ 'Observation.1.ndjson': second });
  write({ 'Observation.2.ndjson': lines('o1') });
  night = 6;
  expect(await refresh()).toMatchObject({ ...fine, status: 'published', recordsDeleted: 0 });
  expect(await shown()).toBe(40);

  // no file of a type: an outage, also where an empty one is left
  for (const name of [0, 1, 2])
    renameSync(join(folder, `Observation.${name}.ndjson`), join(directory, `${name}`));
  write({ 'Observation.0.ndjson': '' });
  const missing = { ...fine, missing: ['Observation'], recordsNew: 0, recordsDeleted: 0 };
  expect(await refresh()).toEqual({ ...missing, status: 'unchanged' });
  rmSync(join(folder, 'Patient.ndjson'));
  expect(await refresh()).toMatchObject({ missing: ['Observation', 'Patient'], isEmpty: true });
  expect(await shown()).toBe(40);

  // many deletes are held, and one that comes back clears them
  renameSync(join(directory, '0'), join(folder, 'Observation.0.ndjson'));
  write({ 'Patient.ndjson': ndjson(patient) });
  await expect(refresh()).rejects.toMatchObject({
    code: 'publish-held',
    params: { source: 'ehr', type: 'Observation' },
  });
  for (const name of [1, 2])
    renameSync(join(directory, `${name}`), join(folder, `Observation.${name}.ndjson`));
  expect(await refresh()).toMatchObject({ ...fine, recordsDeleted: 0 });
  expect(await shown()).toBe(40);
});

test('the types that a file which cannot be read may have', () => {
  expect(typesInDoubt('2024/Observation.000.ndjson.gz')).toEqual(['Observation']);
  expect(typesInDoubt('Condition.ndjson/part-0')).toEqual(['Condition']);
  for (const path of [
    'export.ndjson',
    'Patient-7.json',
    'Patient/',
    'Bundle.Patient.ndjson',
    'list.ndjson',
  ]) {
    expect(typesInDoubt(path)).toBe('all');
  }
});
