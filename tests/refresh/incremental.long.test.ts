import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../cli/config.ts';
import { demoConfig } from '../../demo/config.ts';
import { generateDemo } from '../../demo/generate.ts';
import { readManifest } from '../../etl/warehouse/snapshot-manifest.ts';
import { refreshOnce } from '../support/refresh.ts';
import { tableContents } from '../support/table-contents.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Small enough that a small hospital has tables of several files. */
const layout = {
  rowsPerFile: 400,
  manyRecords: 100,
  newestRecords: 20,
  fold: { smallRows: 5, middleRows: 10, middleFiles: 40 },
};

test('four nights of a hospital end with the rows of one', { timeout: 240_000 }, async () => {
  const directory = temporaryDirectory();
  const stash = join(directory, 'stash');
  await generateDemo({ directory, patients: 40, seed: 5, images: 'headers' });
  renameSync(join(directory, 'fhir'), stash);
  mkdirSync(join(directory, 'fhir'));
  renameSync(join(directory, 'dicom'), join(directory, 'dicom-stash'));
  mkdirSync(join(directory, 'dicom'));
  writeFileSync(join(directory, 'dicom', 'README'), 'images come the second night');
  const { sources, directories } = parseConfig(demoConfig('.'), join(directory, 'chiasm.yaml'));

  const isLate = linesOf(readFileSync(join(stash, 'Patient.ndjson'), 'utf8'), 12);
  // most comes the first night, then a little of everything, at last some patients
  const nightOf = (line: string, index: number): number =>
    isLate(line) ? 3 : Math.max(0, ((index * 7) % 40) - 37);
  const files = async (number: number, table: string): Promise<readonly string[]> =>
    (await readManifest(directories.warehouse, number))?.tables
      .find(({ schema, name }) => `${schema}.${name}` === table)
      ?.files.map(({ path }) => path) ?? [];

  const nights = 4;
  for (let night = 0; night < nights; night++) {
    for (const name of readdirSync(stash)) {
      const lines = readFileSync(join(stash, name), 'utf8').split('\n').filter(Boolean);
      const part = lines.filter((line, index) => nightOf(line, index) === night);
      if (part.length > 0) writeFileSync(join(directory, 'fhir', `${night}.${name}`), `${part.join('\n')}\n`);
    }
    if (night === 1) {
      for (const name of readdirSync(join(directory, 'dicom-stash'))) {
        renameSync(join(directory, 'dicom-stash', name), join(directory, 'dicom', name));
      }
    }
    expect(await refreshOnce(directory, sources, { layout })).toMatchObject({ status: 'published' });
  }
  for (const table of [
    'staging.observation',
    'marts.lab_results',
    'marts.patient_events',
    'private.record',
  ]) {
    const [before, after] = [await files(nights - 1, table), await files(nights, table)];
    expect(before.length, table).toBeGreaterThan(4);
    expect(before.filter((file) => after.includes(file)).length, table).toBeGreaterThan(before.length / 2);
  }
  const merged = await tableContents(directory);
  expect(Object.keys(merged).length).toBeGreaterThan(45);
  expect(await refreshOnce(directory, sources)).toMatchObject({ status: 'unchanged' });
  expect(await refreshOnce(directory, sources, { full: true })).toMatchObject({ status: 'published' });
  expect(merged).toEqual(await tableContents(directory));
  expect((await readManifest(directories.warehouse, nights))?.tables.length).toBeGreaterThan(50);
});

/** Whether a line is of one of the patients of whom there is one in so many. */
function linesOf(patients: string, every: number): (line: string) => boolean {
  const ids = patients
    .split('\n')
    .filter((line, index) => line !== '' && index % every === 1)
    .map((line) => String((JSON.parse(line) as { readonly id: unknown }).id));
  return (line) => ids.some((id) => line.includes(`"Patient/${id}"`) || line.includes(`"id":"${id}"`));
}
