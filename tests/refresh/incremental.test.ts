import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../cli/config.ts';
import { demoConfig } from '../../demo/config.ts';
import { generateDemo } from '../../demo/generate.ts';
import { readManifest } from '../../etl/warehouse/snapshot.ts';
import { refreshOnce } from '../support/refresh.ts';
import { tableContents } from '../support/table-contents.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('four nights of a hospital end with the rows of one', async () => {
  const directory = temporaryDirectory();
  const stash = join(directory, 'stash');
  await generateDemo({ directory, patients: 40, seed: 5, images: 'headers' });
  renameSync(join(directory, 'fhir'), stash);
  mkdirSync(join(directory, 'fhir'));
  renameSync(join(directory, 'dicom'), join(directory, 'dicom-stash'));
  mkdirSync(join(directory, 'dicom'));
  writeFileSync(join(directory, 'dicom', 'README'), 'images come the second night');
  const { sources, directories } = parseConfig(demoConfig('.'), join(directory, 'chiasm.yaml'));

  const nights = 4;
  for (let night = 0; night < nights; night++) {
    for (const name of readdirSync(stash)) {
      const lines = readFileSync(join(stash, name), 'utf8').split('\n').filter(Boolean);
      const part = lines.filter((_, index) => (index * 7) % nights === night);
      if (part.length > 0) writeFileSync(join(directory, 'fhir', `${night}.${name}`), `${part.join('\n')}\n`);
    }
    if (night === 1) {
      for (const name of readdirSync(join(directory, 'dicom-stash'))) {
        renameSync(join(directory, 'dicom-stash', name), join(directory, 'dicom', name));
      }
    }
    expect(await refreshOnce(directory, sources)).toMatchObject({ status: 'published' });
  }
  const merged = await tableContents(directory);
  expect(Object.keys(merged).length).toBeGreaterThan(45);
  expect(await refreshOnce(directory, sources)).toMatchObject({ status: 'unchanged' });
  expect(await refreshOnce(directory, sources, { full: true })).toMatchObject({ status: 'published' });
  expect(merged).toEqual(await tableContents(directory));
  expect((await readManifest(directories.warehouse, nights))?.tables.length).toBeGreaterThan(50);
});
