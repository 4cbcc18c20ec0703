import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { thisProcess } from '../../base/process-identity.ts';
import { appendRunLog, nextRunId, readRunLog, settleRunLog } from '../../etl/refresh/run-log.ts';
import { type RunDetail, type RunRecord, startedRun } from '../../etl/refresh/run-record.ts';
import { runTableSql } from '../../etl/refresh/run-table.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const startedAt = '2024-01-01T00:00:00.000Z';
const detail: RunDetail = {
  stages: [{ stage: 'land', seconds: 1 }],
  sources: [],
  types: [],
  tables: [],
};
const record = (runId: string): RunRecord => ({
  ...startedRun(runId, startedAt),
  finishedAt: '2024-01-01T00:01:00.000Z',
  status: 'published',
  snapshot: 1,
  recordsNew: 1,
  detail,
});
const end = (state: string, runId: string): Promise<void> =>
  appendRunLog(state, { event: 'ended', ...record(runId) });
const statuses = async (state: string): Promise<readonly string[]> =>
  (await readRunLog(state)).map(({ runId, status, stage }) => `${runId} ${status} ${stage}`);

test('a line that a crash cut short costs no run but its own', async () => {
  const state = join(temporaryDirectory(), 'state');
  mkdirSync(state);
  await end(state, '1');
  appendFileSync(join(state, 'runs.ndjson'), '{"event":"ended","runId":"2","startedAt":"2024-');
  await end(state, '3');
  await end(state, '4');
  expect((await readRunLog(state)).map(({ runId }) => runId)).toEqual(['1', '3', '4']);
});

test('a run that was killed is seen: by its process, by a later run, and then in the log itself', async () => {
  const state = join(temporaryDirectory(), 'state');
  const self = await thisProcess();
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const start = (runId: string, process = self): Promise<void> =>
    appendRunLog(state, { event: 'started', runId, startedAt, ...process });
  await start('1', { ...self, pid: gone });
  await appendRunLog(state, { event: 'stage', runId: '1', stage: 'land' });
  await appendRunLog(state, { event: 'stage', runId: '1', stage: 'flatten' });
  expect(await statuses(state)).toEqual(['1 killed flatten']);

  // what runs on another machine is not looked at; the number of a dead process may be another's
  await start('2', { host: `not-${hostname()}`, pid: gone, pidStartedAt: null });
  expect(await statuses(state)).toEqual(['1 killed flatten', '2 running null']);
  await start('3', { ...self, pidStartedAt: '1' });
  expect(await statuses(state)).toEqual(['1 killed flatten', '2 killed null', '3 killed null']);
  await settleRunLog(state);
  await start('4');
  expect(await statuses(state)).toEqual([
    '1 killed flatten',
    '2 killed null',
    '3 killed null',
    '4 running null',
  ]);
  expect(readFileSync(join(state, 'runs.ndjson'), 'utf8').match(/"status":"killed"/g)).toHaveLength(3);
});

test('the log does not grow for ever: old runs lose their detail, the oldest go, nothing else changes', async () => {
  const state = join(temporaryDirectory(), 'state');
  const file = join(state, 'runs.ndjson');
  const limits = { detailed: 3, kept: 5, superfluousLines: 8 };
  for (let run = 1; run <= 4; run++) {
    await appendRunLog(state, { event: 'started', runId: String(run), startedAt, ...(await thisProcess()) });
    await end(state, String(run));
  }
  const before = readFileSync(file, 'utf8');
  await settleRunLog(state, limits);
  expect(readFileSync(file, 'utf8')).toBe(before);
  for (let run = 5; run <= 8; run++) await end(state, String(run));
  const runs = await readRunLog(state);
  await settleRunLog(state, limits);
  const kept = await readRunLog(state);
  expect(kept).toEqual(runs.slice(3).map((run, index) => (index < 2 ? { ...run, detail: null } : run)));
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a log of years is a table in no time', { timeout: 20_000 }, async () => {
  const log = Array.from({ length: 20_000 }, (_, run) => record(String(run)));
  const instance = await openDuckDB();
  const connection = await instance.connect();
  try {
    const rows = await queryJson(
      connection,
      `select count(*)::integer as n, count(distinct run_id)::integer as runs, sum(records_new)::integer as new
       from (${runTableSql(log)})`,
    );
    expect(rows).toEqual([{ n: 20_000, runs: 20_000, new: 20_000 }]);
    expect(await queryJson(connection, runTableSql([]))).toEqual([]);
    expect(await queryJson(connection, runTableSql([{ ...record('1'), snapshot: null }]))).toMatchObject([
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
