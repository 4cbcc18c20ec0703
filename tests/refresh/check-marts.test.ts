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
  await connection.run(`insert into marts.imaging_links by name ${link}`);
  await expect(checkMarts(connection, changes('imaging_studies'))).resolves.toBeUndefined();
  await connection.run(
    `insert into ${removedRows('marts.imaging_studies')} by name select key('s') as study_key`,
  );
  await expect(checkMarts(connection, changes('imaging_studies'))).rejects.toThrow(broken);
  await connection.run(`insert into ${addedRows('marts.imaging_links')} by name ${link}`);
  await expect(checkMarts(connection, changes('imaging_links'))).rejects.toThrow(broken);
  await connection.run('delete from marts.imaging_links');
});
