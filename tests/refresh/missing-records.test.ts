import { renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { landedTableSql, listLandingRuns, listRunNames } from '../../etl/landing/landing-catalog.ts';
import { landSources } from '../../etl/refresh/land-sources.ts';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { nextRunId } from '../../etl/refresh/run-log.ts';
import type { SourceRecord } from '../../etl/refresh/run-record.ts';
import { typesInDoubt } from '../../etl/source/types-in-doubt.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { directoriesBelow, ndjson, refreshOnce, refreshOptions, writeFiles } from '../support/refresh.ts';
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

/** A folder that is written and read night by night. */
async function openFolder(): Promise<{
  readonly directory: string;
  readonly folder: string;
  readonly sources: readonly Source[];
  readonly write: (time: number, files: Readonly<Record<string, string>>) => void;
  /** Reads the folder once; `meanwhile` happens as its files are read. */
  readonly land: (meanwhile?: () => void) => Promise<Night>;
}> {
  const directory = temporaryDirectory();
  const folder = join(directory, 'fhir');
  const sources: readonly Source[] = [
    { name: 'ehr', kind: 'fhir-folder', path: folder, deletes: 'anti-join' },
  ];
  const { landing } = directoriesBelow(directory);
  const instance = await openDuckDB();
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  return {
    directory,
    folder,
    sources,
    write: (time, files) => {
      writeFiles(folder, files);
      for (const name of Object.keys(files)) utimesSync(join(folder, name), 1.7e9, 1.7e9 + time);
    },
    land: async (meanwhile = () => {}) => {
      const options = refreshOptions(directory, sources, { onProgress: meanwhile });
      const runId = nextRunId(new Date(), await listRunNames(landing));
      const found: SourceRecord[] = [];
      const earlier = await listLandingRuns(landing, ['ehr']);
      const { runs } = await landSources(connection, options, runId, earlier, (each) => found.push(each));
      const [run] = runs;
      const deleted =
        run === undefined || run.records === 0
          ? []
          : await queryJson(
              connection,
              `select id from (${landedTableSql(landing, [run], 'index')}) where is_deleted order by id`,
            );
      const { missingTypes: missing, undecidedTypes: undecided, isEmpty } = found[0] as SourceRecord;
      return { deleted: deleted.map(({ id }) => String(id)), missing, undecided, isEmpty };
    },
  };
}

interface Night {
  readonly deleted: readonly string[];
  readonly missing: readonly string[];
  readonly undecided: readonly string[];
  readonly isEmpty: boolean;
}

const fine: Night = { deleted: [], missing: [], undecided: [], isEmpty: false };

test('what is in none of the files of a whole export any more is deleted, and nothing that may be there', async () => {
  const { folder, write, land } = await openFolder();
  const second = `${lines('twin', ...ids(20, 40))}${ndjson(observation('part', true))}`;
  write(1, {
    'Patient.ndjson': ndjson(patient),
    'Observation.0.ndjson': lines('twin', ...ids(0, 20)),
    'Observation.1.ndjson': second,
  });
  expect(await land()).toEqual(fine);
  expect(await land()).toEqual(fine);

  // out of its file; `twin` is still in the other one, which is not read again
  write(2, { 'Observation.0.ndjson': lines(...ids(1, 20)) });
  expect(await land()).toEqual({ ...fine, deleted: ['o0'] });
  expect(await land()).toEqual(fine);

  // a broken line may be what is missing; it still is one when its file is not read again
  write(3, {
    'Observation.0.ndjson': lines(...ids(2, 20)),
    'Observation.1.ndjson': `${second}{"resourceType":`,
  });
  expect(await land()).toEqual({ ...fine, undecided: ['Observation'] });
  expect(await land()).toEqual({ ...fine, undecided: ['Observation'] });
  // it says that it is another type
  write(4, { 'Observation.1.ndjson': `${second}{"resourceType":"Patient","id":"q","gender":7}` });
  expect(await land()).toEqual({ ...fine, deleted: ['o1'] });

  // gone from a file that was mended, and with a file
  write(5, { 'Observation.1.ndjson': lines('twin', ...ids(20, 40)) });
  rmSync(join(folder, 'Observation.0.ndjson'));
  expect(await land()).toEqual({ ...fine, deleted: [...ids(2, 20), 'part'].sort() });
  // back, as it was; the other one in another file
  write(4, { 'Observation.1.ndjson': second });
  write(3, { 'Observation.2.ndjson': lines('o2') });
  expect(await land()).toEqual(fine);
  write(5, { 'Observation.1.ndjson': lines('twin', ...ids(20, 40)) });
  rmSync(join(folder, 'Observation.2.ndjson'));
  expect(await land()).toEqual({ ...fine, deleted: ['o2', 'part'] });

  // somebody is writing
  write(6, { 'Observation.1.ndjson': lines(...ids(20, 39)) });
  const undecided = { ...fine, undecided: ['Observation'] };
  expect(await land(() => write(7, { 'Observation.3.ndjson': '' }))).toEqual(undecided);
  expect(await land()).toEqual({ ...fine, deleted: ['o39', 'twin'] });

  // no record of a type in any file is an outage, also where an empty file is left
  write(6, { 'Observation.1.ndjson': '' });
  expect(await land()).toEqual({ ...fine, missing: ['Observation'] });
  rmSync(join(folder, 'Patient.ndjson'));
  expect(await land()).toEqual({ ...fine, missing: ['Observation', 'Patient'], isEmpty: true });
  // a place that cannot be looked into may have everything
  symlinkSync(join(folder, 'nowhere'), join(folder, 'export.ndjson'));
  expect(await land()).toEqual({ ...fine, undecided: ['Observation', 'Patient'] });
});

test('many deletes are held; when the file is back as it was, so are its records, published or not', async () => {
  const { directory, folder, sources, write, land } = await openFolder();
  write(1, {
    'Patient.ndjson': ndjson(patient),
    'Observation.0.ndjson': lines(...ids(0, 20)),
    'Observation.1.ndjson': lines(...ids(20, 40)),
  });
  await refreshOnce(directory, sources);
  renameSync(join(folder, 'Observation.1.ndjson'), join(directory, 'aside'));
  await expect(refreshOnce(directory, sources)).rejects.toMatchObject({
    code: 'publish-held',
    params: { source: 'ehr', type: 'Observation' },
  });
  renameSync(join(directory, 'aside'), join(folder, 'Observation.1.ndjson'));
  rmSync(join(folder, 'Observation.0.ndjson'));
  write(2, { 'Observation.0.ndjson': lines(...ids(1, 20)) });
  expect(await land()).toEqual({ ...fine, deleted: ['o0'] });
  rmSync(join(folder, 'Observation.1.ndjson'));
  expect(await land()).toEqual({ ...fine, deleted: ids(20, 40) });
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
