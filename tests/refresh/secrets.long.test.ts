import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ChiasmError } from '../../base/error.ts';
import { explainDiskFull } from '../../etl/refresh/disk-full.ts';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { directoriesBelow, ndjson, refreshOnce, withSnapshot, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** A warehouse of one patient, published. */
async function makeWarehouse() {
  const directory = temporaryDirectory();
  const sources: readonly Source[] = [{ name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') }];
  const land = (id: string) =>
    writeFiles(directory, { [`fhir/${id}.ndjson`]: ndjson({ resourceType: 'Patient', id }) });
  land('1');
  const refresh = () => refreshOnce(directory, sources);
  await refresh();
  return { directory, ...directoriesBelow(directory), land, refresh };
}

const patientKeys = (directory: string) =>
  withSnapshot(directory, (query) =>
    query('select patient_record_key, patient_key from staging.patient_link'),
  );

test('a vault that is older than what was published, another or missing is refused, however often it is tried', async () => {
  const site = await makeWarehouse();
  const vaultFile = join(site.vault, 'vault.duckdb');
  cpSync(vaultFile, join(site.directory, 'old.duckdb'));
  site.land('2');
  await site.refresh();
  renameSync(vaultFile, join(site.directory, 'right.duckdb'));
  for (let night = 0; night < 2; night++) {
    await expect(site.refresh()).rejects.toMatchObject({ code: 'vault-mismatch' });
    expect(existsSync(vaultFile)).toBe(false);
  }
  cpSync(join(site.directory, 'old.duckdb'), vaultFile);
  await expect(site.refresh()).rejects.toThrow('older than the published snapshot');
  renameSync(join(site.directory, 'right.duckdb'), vaultFile);
  await writeFile(join(site.vault, 'key'), 'ab'.repeat(32));
  await expect(site.refresh()).rejects.toMatchObject({ code: 'key-file-invalid' });
});

test('what is missing of warehouse and private tables is made again, with the same pseudonyms', async () => {
  const site = await makeWarehouse();
  const before = await patientKeys(site.directory);
  rmSync(site.private, { recursive: true });
  expect(await site.refresh()).toMatchObject({ status: 'published', snapshot: 2 });
  expect(await patientKeys(site.directory)).toEqual(before);
  rmSync(site.private, { recursive: true });
  rmSync(site.warehouse, { recursive: true });
  expect(await site.refresh()).toMatchObject({ status: 'published', snapshot: 1 });
  expect(await patientKeys(site.directory)).toEqual(before);

  // Landing alone names nobody: neither key nor vault is made anew beside it.
  for (const lost of [site.private, site.warehouse, join(site.vault, 'key')])
    rmSync(lost, { recursive: true });
  await expect(site.refresh()).rejects.toMatchObject({ code: 'key-file-invalid' });
  rmSync(site.vault, { recursive: true });
  await expect(site.refresh()).rejects.toMatchObject({ code: 'vault-mismatch' });
  expect(existsSync(join(site.vault, 'key'))).toBe(false);
});

test('a full disk is named, whoever met it', async () => {
  const duckdb = await openDuckDB();
  const connection = await duckdb.connect();
  const errors = [
    await writeFile('/dev/full', 'x').catch((error: unknown) => error),
    await connection
      .run("copy (from range(1000000)) to '/dev/full' (format csv, use_tmp_file false)")
      .catch((error: unknown) => new ChiasmError('mart-failed', 'a mart', { cause: error })),
  ];
  connection.closeSync();
  duckdb.closeSync();
  expect(errors.map(explainDiskFull)).toMatchObject([{ code: 'disk-full' }, { code: 'disk-full' }]);
  const other = new Error('something else');
  expect(explainDiskFull(other)).toBe(other);
});
