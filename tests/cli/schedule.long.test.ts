import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { appendRunLog } from '../../etl/refresh/run-log.ts';
import { startedRun } from '../../etl/refresh/run-record.ts';
import { ndjson, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { chiasm } from './run-chiasm.ts';

type Event = Readonly<Record<string, unknown>>;

/** A webhook's receiver that leaves every refresh waiting for its answer. */
async function holdingReceiver() {
  const events: Event[] = [];
  const held: ServerResponse[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const event = JSON.parse(Buffer.concat(chunks).toString()) as Event;
    events.push(event);
    if (event['event'] === 'killed') response.writeHead(204).end();
    else held.push(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { events, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('serve and schedule start what was missed as a process of its own; one that is killed is told; a stop stops it', async () => {
  const receiver = await holdingReceiver();
  const directory = temporaryDirectory();
  const state = join(directory, 'data/state');
  const stateFile = join(state, 'schedule.json');
  const config = join(directory, 'chiasm.yaml');
  writeFiles(directory, {
    'chiasm.yaml': `data: data
sources:
  - { name: ehr, kind: fhir-folder, path: fhir }
serve: { port: 0 }
schedule: { cron: "* * * * *", timeZone: UTC, startingDeadline: 1h }
webhook: { url: "${receiver.url}" }
`,
    'fhir/Patient.ndjson': ndjson({ resourceType: 'Patient', id: 'SECRET-ID', name: [{ family: 'SECRET' }] }),
  });
  /** The last run was long ago, so one is due now. */
  const longAgo = async (): Promise<void> => {
    rmSync(join(state, 'runs.ndjson'), { force: true });
    const at = new Date(Date.now() - 3_600_000).toISOString();
    await appendRunLog(state, {
      event: 'ended',
      ...startedRun('1', at),
      finishedAt: at,
      status: 'unchanged',
    });
  };
  const start = (command: string): { child: ChildProcess; text: () => string; ended: Promise<unknown> } => {
    const child = spawn(process.execPath, [
      join(packageRoot, 'dist/cli/chiasm.js'),
      ...[command, '-c', config],
    ]);
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    child.stderr.on('data', (chunk) => (text += chunk));
    return { child, text: () => text, ended: new Promise((resolve) => child.on('close', resolve)) };
  };
  const readState = () => JSON.parse(readFileSync(stateFile, 'utf8')) as Event;
  const heard = (event: string, from = 0): Promise<void> =>
    expect
      .poll(() => receiver.events.slice(from).map((each) => each['event']), { timeout: 90_000 })
      .toContain(event);

  await longAgo();
  const scheduling = start('schedule');
  await heard('published');
  const published = receiver.events[0] ?? {};
  expect(published).toMatchObject({ status: 'published', snapshot: 1, recordsNew: 1, errorCode: null });
  expect(JSON.stringify(published)).not.toContain('SECRET');
  const { refreshPid } = readState();
  expect(isAlive(Number(refreshPid))).toBe(true);
  const status = await chiasm(['status', '-c', config, '--json']);
  expect(JSON.parse(status.out.toString())).toMatchObject({ schedule: { keeperPid: scheduling.child.pid } });
  scheduling.child.kill('SIGTERM');
  expect(await scheduling.ended).toBe(0);
  expect(isAlive(Number(refreshPid))).toBe(false);
  expect(existsSync(stateFile)).toBe(false);
  expect(scheduling.text()).toMatch(/"refresh-stopped".*"signal":"SIGTERM"/);

  await longAgo();
  const heardBefore = receiver.events.length;
  const serving = start('serve');
  await heard('unchanged', heardBefore);
  process.kill(Number(readState()['refreshPid']), 'SIGKILL');
  await heard('killed', heardBefore);
  expect(serving.text()).toMatch(/"refresh-killed".*"signal":"SIGKILL"/);
  serving.child.kill('SIGTERM');
  expect(await serving.ended).toBe(0);
});

test('a refresh that fails tells the program and the webhook; a webhook that is dead fails nothing', async () => {
  const directory = temporaryDirectory();
  const config = join(directory, 'chiasm.yaml');
  writeFiles(directory, {
    'chiasm.yaml':
      'data: data\nsources:\n  - { name: ehr, kind: fhir-folder, path: fhir }\nwebhook: { url: "http://127.0.0.1:9/hidden" }\n',
  });
  const failed = await chiasm(['refresh', '-c', config, '--json']);
  expect(failed.code).toBe(2);
  expect(JSON.parse(failed.out.toString())).toMatchObject({
    event: 'failed',
    runId: expect.stringMatching(/^\d{8}T/),
    errorCode: 'source-not-found',
    message: expect.any(String),
  });
  expect(failed.err).toMatch(/the webhook at 127\.0\.0\.1:9 was not delivered/);
  expect(failed.err).not.toContain('hidden');
  const tried = await chiasm(['webhook', '-c', config]);
  expect([tried.code, tried.err]).toEqual([2, expect.stringContaining('webhook-failed')]);
  const none = await chiasm(['schedule', '-c', config]);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('has no schedule')]);
});
