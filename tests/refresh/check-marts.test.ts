import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { ALL_CHANGED, checkMarts, type TableChanges } from '../../etl/refresh/check-marts.ts';
import { addedRows, removedRows } from '../../etl/refresh/table-keeper.ts';
import { makeMarts, openEmptyWarehouse } from '../marts/warehouse.ts';

/** Encounters and lab results were merged: some rows added, none removed. */
const MERGED: TableChanges = {
  isChanged: (table) => table === 'marts.lab_results' || table === 'marts.patients',
  isReplaced: () => false,
};
const NOTHING: TableChanges = { isChanged: () => false, isReplaced: () => false };

let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await openEmptyWarehouse();
  await makeMarts(connection);
});

beforeEach(async () => {
  await connection.run(`
    delete from staging.observation;
    delete from marts.patient_events;
    delete from marts.lab_results;
    delete from marts.encounters;`);
  for (const table of ['lab_results', 'patients', 'encounters']) {
    await connection.run(`
      create or replace temp table ${addedRows(`marts.${table}`)} as from marts.${table} where false;
      create or replace temp table ${removedRows(`marts.${table}`)} as from marts.${table} where false`);
  }
});

/** A lab result that is published; `isAdded`: since this run. */
async function addResult(name: string, isAdded: boolean, columns: readonly string[] = []): Promise<void> {
  const given = new Map([
    ['lab_result_key', `key('${name}')`],
    ['observation_key', `key('${name}')`],
    ['source', "'ehr'"],
    ['lab_group', "'other'"],
    ...columns.map((column) => [column, 'null'] as const),
  ]);
  const row = [...given].map(([column, value]) => `${value} as ${column}`).join(', ');
  await connection.run(`insert into marts.lab_results by name select ${row}`);
  await connection.run(`insert into staging.observation by name select key('${name}') as observation_key`);
  if (isAdded) await connection.run(`insert into ${addedRows('marts.lab_results')} by name select ${row}`);
}

test('a key that an added row has once more is found among all rows', async () => {
  await addResult('a', false);
  await addResult('b', true);
  await expect(checkMarts(connection, MERGED)).resolves.toBeUndefined();
  await addResult('a', true);
  await expect(checkMarts(connection, MERGED)).rejects.toThrow('lab_results: key is unique (1 rows)');
});

test('what an added row must not leave empty is asked of it, of the others only when all have changed', async () => {
  await addResult('a', false, ['observation_key']);
  await addResult('b', true);
  await expect(checkMarts(connection, MERGED)).resolves.toBeUndefined();
  await expect(checkMarts(connection, ALL_CHANGED)).rejects.toThrow('observation_key: never empty (1 rows)');
  await addResult('c', true, ['observation_key']);
  await expect(checkMarts(connection, MERGED)).rejects.toThrow('observation_key: never empty (1 rows)');
});

test('a mart that did not change is not asked again', async () => {
  await addResult('a', false, ['observation_key']);
  await expect(checkMarts(connection, NOTHING)).resolves.toBeUndefined();
});

test('what is referred to must not be removed, and an added row must find what it refers to', async () => {
  const changes = (changed: string): TableChanges => ({
    isChanged: (table) => table === `marts.${changed}`,
    isReplaced: () => false,
  });
  const link = `select key('s') as study_key, 'pacs' as source, 'linked' as status, 'x' as reason`;
  const broken = 'imaging_links (study_key): found in imaging_studies (1 rows)';
  for (const table of ['imaging_links', 'imaging_studies']) {
    for (const rows of [addedRows, removedRows]) {
      await connection.run(
        `create or replace temp table ${rows(`marts.${table}`)} as from marts.${table} where false`,
      );
    }
  }
  await connection.run(`
    insert into marts.imaging_links by name ${link};
    insert into staging.dicom_instance by name select key('s') as study_key, 'pacs' as source`);
  await expect(checkMarts(connection, changes('imaging_studies'))).resolves.toBeUndefined();
  await connection.run(
    `insert into ${removedRows('marts.imaging_studies')} by name select key('s') as study_key`,
  );
  await expect(checkMarts(connection, changes('imaging_studies'))).rejects.toThrow(broken);
  await connection.run(`insert into ${addedRows('marts.imaging_links')} by name ${link}`);
  await expect(checkMarts(connection, changes('imaging_links'))).rejects.toThrow(broken);
  await connection.run('delete from marts.imaging_links');
});

test('a row must open to what it came from, when it is added and when that is removed', async () => {
  const broken = 'lab_results (observation_key): opens to records (1 rows)';
  await addResult('a', false);
  await addResult('b', true);
  await expect(checkMarts(connection, MERGED)).resolves.toBeUndefined();
  await connection.run("delete from staging.observation where observation_key = key('b')");
  await expect(checkMarts(connection, MERGED)).rejects.toThrow(broken);
  await connection.run(`
    delete from marts.lab_results where lab_result_key = key('b');
    create or replace temp table ${removedRows('staging.observation')} as
    select * from staging.observation where observation_key = key('a')`);
  const changes: TableChanges = {
    isChanged: (table) => table === 'staging.observation',
    isReplaced: () => false,
  };
  await expect(checkMarts(connection, changes)).resolves.toBeUndefined();
  await connection.run('delete from staging.observation');
  await expect(checkMarts(connection, changes)).rejects.toThrow(broken);
  await expect(checkMarts(connection, NOTHING)).resolves.toBeUndefined();
});

test('an event is of a known kind and leads to the row that it names, in the table that it names', async () => {
  await addResult('a', false);
  const add = (type: string, table: string): Promise<unknown> =>
    connection.run(`
      delete from marts.patient_events;
      insert into marts.patient_events by name
      select key('e') as event_key, key('p') as patient_key, date '2020-01-01' as event_date, '${type}' as event_type,
        false as is_contact, '${table}' as source_table, key('a') as source_key, 'event-1' as rule_version`);
  await add('observation', 'staging.observation');
  await expect(checkMarts(connection, ALL_CHANGED)).resolves.toBeUndefined();
  for (const [type, table, rule] of [
    ['encounter', 'marts.encounters', 'patient_events (source_key): opens to records (1 rows)'],
    ['observation', 'staging.nothing', 'patient_events (source_key): opens to records (1 rows)'],
    ['observation', 'marts.lab_results', 'events-are-of-known-kinds (1 rows)'],
    ['wedding', 'staging.observation', 'events-are-of-known-kinds (1 rows)'],
  ] as const) {
    await add(type, table);
    await expect(checkMarts(connection, ALL_CHANGED), `${type} ${table}`).rejects.toThrow(rule);
  }
});
