import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  appendRunLog,
  logTableSql,
  nextRunId,
  type RunRecord,
  readRunLog,
} from '../../etl/refresh/run-log.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const record = (runId: string): RunRecord => ({
  runId,
  startedAt: '2024-01-01T00:00:00.000Z',
  finishedAt: '2024-01-01T00:01:00.000Z',
  status: 'published',
  snapshot: 1,
  recordsNew: 1,
  recordsChanged: 0,
  recordsDeleted: 0,
  recordsQuarantined: 0,
  errorCode: null,
});

test('a line that a crash cut short costs no run but its own', async () => {
  const state = join(temporaryDirectory(), 'state');
  mkdirSync(state);
  await appendRunLog(state, record('1'));
  appendFileSync(join(state, 'runs.ndjson'), '{"runId":"2","startedAt":"2024-');
  await appendRunLog(state, record('3'));
  await appendRunLog(state, record('4'));
  expect((await readRunLog(state)).map(({ runId }) => runId)).toEqual(['1', '3', '4']);
});

test('a log of years is a table in no time', { timeout: 20_000 }, async () => {
  const log = Array.from({ length: 20_000 }, (_, run) => record(String(run)));
  const instance = await openDuckDB();
  const connection = await instance.connect();
  try {
    const rows = await queryJson(
      connection,
      `select count(*)::integer as n, count(distinct run_id)::integer as runs, sum(records_new)::integer as new
       from (${logTableSql(log)})`,
    );
    expect(rows).toEqual([{ n: 20_000, runs: 20_000, new: 20_000 }]);
    expect(await queryJson(connection, logTableSql([]))).toEqual([]);
    expect(await queryJson(connection, logTableSql([{ ...record('1'), snapshot: null }]))).toMatchObject([
      { run_id: '1', snapshot: null, records_new: '1', started_at: expect.any(String) },
    ]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
});

test('a later run has a later id, also where the clock was set back', () => {
  const now = new Date('2024-03-01T00:00:00.000Z');
  expect(nextRunId(now, [])).toBe('20240301T000000000Z');
  expect(nextRunId(now, ['20240229T235959999Z', 'lost+found'])).toBe('20240301T000000000Z');
  expect(nextRunId(now, ['20240301T000000000Z'])).toBe('20240301T000000001Z');
  expect(nextRunId(now, ['20250101T010203999Z', '2024'])).toBe('20250101T010204000Z');
});
