import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { sqlString } from '../../base/sql-text.ts';
import type { LandingManifest } from '../../etl/landing/landing-format.ts';
import type { FlattenedView } from '../../etl/refresh/flatten-views.ts';
import { reconcileRecords } from '../../etl/refresh/reconcile-records.ts';
import { reconcileView } from '../../etl/refresh/reconcile-tables.ts';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { readRunLog } from '../../etl/refresh/run-log.ts';
import { currentSnapshotNumber } from '../../etl/warehouse/current.ts';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { readManifest } from '../../etl/warehouse/snapshot-manifest.ts';
import { TableStore } from '../../etl/warehouse/table-store.ts';
import { directoriesBelow, ndjson, refreshOnce, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

async function withDuckDB<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await openDuckDB();
  const connection = await instance.connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Writes a Parquet file again without its first row; returns how to undo it. */
async function loseRow(path: string): Promise<() => void> {
  const whole = readFileSync(path);
  const copy = join(temporaryDirectory(), 'whole.parquet');
  writeFileSync(copy, whole);
  await withDuckDB((connection) =>
    connection.run(
      `copy (from read_parquet(${sqlString(copy)}) offset 1) to ${sqlString(path)} (format parquet)`,
    ),
  );
  return () => writeFileSync(path, whole);
}

test('a landed line without index row and a lineage without rows stop the publish, by name and count', async () => {
  const directory = temporaryDirectory();
  const { landing, warehouse, state, private: owned } = directoriesBelow(directory);
  const sources: readonly Source[] = [{ name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') }];
  const patient = (id: string) => ({ resourceType: 'Patient', id });
  writeFiles(directory, { 'fhir/Patient.ndjson': `${ndjson(patient('1'), patient('2'))}broken\n` });
  const { runId: run } = await refreshOnce(directory, sources);

  const index = join(landing, 'ehr', run, 'index.parquet');
  const manifestFile = join(landing, 'ehr', run, 'manifest.json');
  const manifest = readFileSync(manifestFile, 'utf8');
  const mendIndex = await loseRow(index);
  const told = JSON.parse(manifest) as { tables: Record<string, unknown> };
  told.tables['index.parquet'] = {
    size: statSync(index).size,
    sha256: createHash('sha256').update(readFileSync(index)).digest('hex'),
  };
  writeFileSync(manifestFile, JSON.stringify(told));
  await expect(refreshOnce(directory, sources, { full: true })).rejects.toMatchObject({
    code: 'unaccounted-lines',
    params: { source: 'ehr', run, type: 'Patient', expected: 2, found: 1 },
  });
  mendIndex();
  writeFileSync(manifestFile, manifest);

  const published = await readManifest(warehouse, 1);
  const table = published?.tables.find(({ name, schema }) => schema === 'staging' && name === 'patient');
  const mendLineage = await loseRow(join(owned, table?.files[0]?.lineage ?? ''));
  writeFiles(directory, { 'fhir/more.ndjson': ndjson(patient('3')) });
  await expect(refreshOnce(directory, sources)).rejects.toMatchObject({
    code: 'unaccounted-lines',
    params: { table: 'lineage of staging.patient', expected: 2, found: 1 },
  });
  expect(await currentSnapshotNumber(warehouse)).toBe(1);
  mendLineage();
  expect(await refreshOnce(directory, sources)).toMatchObject({ status: 'published', recordsNew: 1 });

  const log = await readRunLog(state);
  expect(log.map(({ status, stage, errorCode }) => [status, stage, errorCode])).toEqual([
    ['published', null, null],
    ['failed', 'identity', 'unaccounted-lines'],
    ['failed', 'reconcile', 'unaccounted-lines'],
    ['published', null, null],
  ]);
  expect(log[0]).toMatchObject({ recordsQuarantined: 1, snapshot: 1 });
  expect(log[0]?.detail).toMatchObject({
    sources: [{ source: 'ehr', status: 'landed', files: 1, read: 2, quarantined: 1 }],
    types: [{ type: 'Patient', read: 2, current: 2, recordsNew: 2 }],
  });
  // the run that failed had landed it
  expect(log[2]?.detail?.sources).toMatchObject([{ status: 'landed', read: 1 }]);
  expect(log[3]?.detail?.sources).toMatchObject([{ status: 'unchanged', read: 0 }]);
  expect(log[3]?.detail?.types).toMatchObject([{ read: 1, recordsNew: 1, recordsChanged: 0 }]);
  expect(log[3]?.detail?.tables.find((each) => each.table === 'staging.patient')).toMatchObject({
    how: 'merged',
    rowsAdded: 1,
    rowsRemoved: 0,
    rows: 3,
  });
  expect(log[3]?.disk?.landing).toBeGreaterThan(0);
});

test('every version that has landed is current, deleted, shadowed or superseded, or it is lost', async () => {
  const directory = temporaryDirectory();
  writeFiles(directory, { 'ehr/r1/x': '' });
  const row = (id: string, ordinal: number, time: string, more = ''): string =>
    `('r1', 'Patient', '${id}', ${ordinal}, '${time}', ${more.includes('deleted')}, ${more.includes('subset')}, 10)`;
  const lines = [
    row('a', 0, '2024'),
    row('a', 1, '2023'),
    row('a', 2, '2025', 'subset'),
    row('b', 3, '2024', 'deleted'),
    row('c', 4, '2024'),
    row('d', 5, '2024'),
  ];
  const record = (id: string, ordinal: number, time: string, isDeleted = false, isShadowed = false): string =>
    `(hash('ehr', 'Patient', '${id}'), 'ehr', 'Patient', '${id}', 'r1', ${ordinal}, '${time}', false, ${isDeleted}, ${isShadowed})`;
  const reconcile = (records: readonly string[]) =>
    withDuckDB(async (connection) => {
      await connection.run(`
        copy (select * from (values ${lines.join(', ')})
          t(run, type, id, ordinal, order_time, is_deleted, is_subsetted, byte_length))
        to ${sqlString(join(directory, 'ehr/r1/index.parquet'))} (format parquet);
        create schema private;
        create table private.record as select * from (values ${records.join(', ')})
          t(scope, source, type, id, run, ordinal, order_time, is_subsetted, is_deleted, is_shadowed)`);
      const run = { source: 'ehr', run: 'r1', records: 6 } as LandingManifest;
      return reconcileRecords(connection, directory, [run]);
    });
  const records = [
    record('a', 0, '2024'),
    record('b', 3, '2024', true),
    record('c', 4, '2024', false, true),
    record('d', 9, '2026'),
  ];
  expect(await reconcile(records)).toEqual([
    {
      source: 'ehr',
      type: 'Patient',
      read: 6,
      current: 1,
      deleted: 1,
      shadowed: 1,
      superseded: 3,
      bytes: 60,
    },
  ]);
  const lost = {
    code: 'unaccounted-lines',
    params: { source: 'ehr', type: 'Patient', expected: 6, found: 5 },
  };
  for (const wrong of [
    records.slice(0, 3),
    // an older version in the place of a newer one, a deleted record that counts, another record of the same hash
    [...records.slice(0, 3), record('d', 1, '2023')],
    [record('a', 0, '2024'), record('b', 3, '2024'), ...records.slice(2)],
    [...records.slice(0, 3), record('d', 9, '2026').replace("'d', 'r1'", "'e', 'r1'")],
  ]) {
    await expect(reconcile(wrong)).rejects.toMatchObject(lost);
  }
});

test('the records of a view are in its lineage, all of them and no others', () =>
  withDuckDB(async (connection) => {
    const directory = temporaryDirectory();
    const store = await TableStore.open(connection, directory, join(directory, 'private'));
    await connection.run(`
      create table private.record as select * from (values
        (1::ubigint, 'Patient', false, false), (2, 'Patient', false, false), (3, 'Patient', true, false),
        (4, 'Patient', false, true), (5, 'Organization', false, false), (6, 'Patient', false, false))
        t(scope, type, is_deleted, is_shadowed);
      create table touched as select unnest([1, 2, 3, 4, 5])::ubigint as scope`);
    const reconcile = async (
      scopes: readonly number[],
      counts: Partial<FlattenedView> = {},
    ): Promise<void> => {
      const rows = `(select unnest([${scopes.join(', ')}])::ubigint as scope)`;
      const file = await store.writeFile('staging', 'patient', `select 1 as x from ${rows}`, `from ${rows}`);
      const table = {
        schema: 'staging' as const,
        name: 'patient',
        definition: '',
        rows: scopes.length,
        files: [file],
      };
      await reconcileView(store, table, {
        view: 'patient',
        type: 'Patient',
        isRebuilt: false,
        givesRowPerRecord: true,
        records: 2,
        met: undefined,
        recordsWithRows: 2,
        rows: 2,
        ...counts,
      });
    };
    await reconcile([1, 2, 6]);
    await reconcile([1, 2, 6], { isRebuilt: true, records: 3, recordsWithRows: 3, rows: 3 });
    await reconcile([1, 1, 6], { givesRowPerRecord: false, recordsWithRows: 1, met: 2 });
    for (const [scopes, counts] of [
      // a row is missing, is there twice, belongs to a deleted or shadowed record or to one of another type
      [[1, 6], {}],
      [[1, 2, 2, 6], {}],
      [[1, 2, 3, 6], {}],
      [[1, 2, 4, 6], {}],
      [[1, 2, 5, 6], {}],
      [[1, 1, 6], {}],
      // a record gave none although it must, was not met in landing, or was not looked for
      [[1, 6], { recordsWithRows: 1, rows: 1 }],
      [[1, 2, 6], { givesRowPerRecord: false, met: 1 }],
      [[1, 6], { records: 1, recordsWithRows: 1, rows: 1 }],
      [[1, 2], { isRebuilt: true, records: 3, recordsWithRows: 3, rows: 3 }],
    ] as const) {
      await expect(reconcile(scopes, counts)).rejects.toMatchObject({
        code: 'unaccounted-lines',
        params: { table: 'staging.patient', type: 'Patient' },
      });
    }
  }));
