import { expect, test } from 'vitest';
import { ChiasmError } from '../../base/error.ts';
import type { BulkServer, BulkServerOptions, Misbehaviour } from '../support/bulk-server.ts';
import {
  answer,
  answerText,
  drip,
  drop,
  dropAfter,
  expireLinks,
  outcome,
  relabel,
  restart,
  stall,
  truncate,
} from '../support/bulk-server-faults.ts';
import {
  fill,
  oneNight,
  openHospital,
  readLanded,
  readWatermarks,
  START,
} from '../support/bulk-server-harness.ts';

interface FaultMode {
  readonly name: string;
  readonly options?: Partial<BulkServerOptions>;
  readonly source?: Readonly<Record<string, unknown>>;
  readonly arrange: (server: BulkServer) => void;
}

const later = (milliseconds: number): string => new Date(START + milliseconds).toUTCString();
const twice = (each: Misbehaviour): readonly Misbehaviour[] => [each, each];

const modes: readonly FaultMode[] = [
  { name: 'nothing at all', arrange: () => {} },
  { name: 'a restart while polling', arrange: (s) => s.misbehave('status', restart(s, 3000)) },
  {
    name: 'a restart in the middle of the downloads',
    arrange: (s) => s.misbehave('output', restart(s, 3000)),
  },
  { name: 'no metadata', arrange: (s) => s.misbehave('metadata', answer(404)) },
  { name: 'metadata that come the second time', arrange: (s) => s.misbehave('metadata', answer(503)) },
  {
    name: 'busy at the kick-off',
    arrange: (s) => s.misbehave('kick-off', answer(429, { 'retry-after': '60' })),
  },
  { name: 'a kick-off that breaks off', arrange: (s) => s.misbehave('kick-off', drop) },
  {
    name: 'too many polls, seconds',
    arrange: (s) => s.misbehave('status', ...twice(answer(429, { 'retry-after': '90' }))),
  },
  {
    name: 'too many polls, HTTP-date',
    arrange: (s) => s.misbehave('status', answer(429, { 'retry-after': later(120_000) })),
  },
  {
    name: 'unavailable',
    arrange: (s) => s.misbehave('status', ...twice(answer(503, { 'retry-after': '7' }))),
  },
  { name: '500, then 200', arrange: (s) => s.misbehave('status', ...twice(answer(500))) },
  { name: 'a transient OperationOutcome', arrange: (s) => s.misbehave('status', outcome(400, 'lock-error')) },
  {
    name: 'a failure that was none',
    arrange: (s) => s.misbehave('status', ...twice(outcome(500, 'processing'))),
  },
  {
    name: 'a half-written manifest',
    arrange: (s) => s.misbehave('status', answerText('application/json', '{"out')),
  },
  { name: 'a job that is forgotten once', arrange: (s) => s.misbehave('status', outcome(404, 'not-found')) },
  { name: 'a file cut off against its length', arrange: (s) => s.misbehave('output', truncate('announced')) },
  { name: 'a file cut off in silence', arrange: (s) => s.misbehave('output', truncate('silent')) },
  { name: 'a gzip file cut off', arrange: (s) => s.misbehave('output', truncate('gzip')) },
  { name: 'a file that comes the third time', arrange: (s) => s.misbehave('output', answer(500), drop) },
  { name: 'a web page for a file', arrange: (s) => s.misbehave('output', answerText('text/html', '<html>')) },
  {
    name: 'a web page in disguise',
    arrange: (s) => s.misbehave('output', answerText('application/fhir+ndjson', '<html>')),
  },
  {
    name: 'an empty answer for a file',
    arrange: (s) => s.misbehave('output', answerText('application/fhir+ndjson', '')),
  },
  { name: 'an odd content type', arrange: (s) => s.misbehave('output', relabel('application/octet-stream')) },
  { name: 'a slow file', source: { idleSeconds: 0.5 }, arrange: (s) => s.misbehave('output', drip(8, 10)) },
  { name: 'a file that stalls', source: { idleSeconds: 0.2 }, arrange: (s) => s.misbehave('output', stall) },
  { name: 'expired links', arrange: (s) => s.misbehave('output', expireLinks(s)) },
  {
    name: 'expired links, and the job is gone',
    arrange: (s) =>
      s.misbehave('output', () => {
        s.forgetJobs();
        return false;
      }),
  },
  { name: 'gzip', options: { gzip: true }, arrange: () => {} },
  {
    name: 'a paged manifest',
    options: { filesPerPage: 2 },
    arrange: (s) => s.misbehave('page', answer(500)),
  },
  { name: 'an unanswered delete', arrange: (s) => s.misbehave('delete', dropAfter) },
  { name: 'STU3', options: { flavour: 'stu3' }, arrange: () => {} },
  { name: 'the 4.0.0 ballot', options: { flavour: 'ballot4' }, arrange: () => {} },
  { name: 'a server that names no types', source: { types: undefined }, arrange: () => {} },
];

test.each(modes)('completes in spite of: $name', async ({ options, source, arrange }) => {
  const hospital = await openHospital(options, source);
  await fill(hospital);
  arrange(hospital.server);
  const report = await oneNight(hospital);
  expect(report.failedTypes).toEqual([]);
  expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
  expect((await readWatermarks(hospital)).size).toBe(source !== undefined && 'types' in source ? 1 : 2);

  await hospital.clock.advance(86_400_000);
  hospital.server.store.put('Observation', 'o9');
  hospital.server.store.remove('Observation', 'o0');
  const next = await oneNight(hospital);
  expect(next.types.map(({ type, records }) => [type, records])).toEqual([['Observation', 1]]);
  expect(next.deleted).toBe(1);
  expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
  expect(hospital.server.jobs).toBe(0);
});

test('waits as long as the server asks, whether it says so in seconds or with a date', async () => {
  const hospital = await openHospital({ polls: 0 });
  await fill(hospital);
  hospital.server.misbehave(
    'status',
    answer(429, { 'retry-after': '90' }),
    answer(429, { 'retry-after': later(300_000) }),
  );
  await oneNight(hospital);
  const [seconds = 0, date = 0] = hospital.clock.waits;
  expect(seconds).toBeGreaterThanOrEqual(90_000);
  expect(seconds).toBeLessThan(92_000);
  expect(seconds + date).toBeGreaterThanOrEqual(240_000);
  expect(seconds + date).toBeLessThan(243_000);
});

test.each([
  [
    'a file that is cut off for ever',
    (s: BulkServer) => s.misbehave('output', ...Array(9).fill(truncate('silent'))),
  ],
  [
    'a wrong count',
    (s: BulkServer) => {
      s.alterFiles = (files) =>
        files.map((file, index) => (index === 0 ? { ...file, count: file.count + 1 } : file));
    },
  ],
  [
    'an error that names the type',
    (s: BulkServer) => {
      const issue = [{ severity: 'error', code: 'exception', diagnostics: 'could not export Patient' }];
      s.outcomes = [{ resourceType: 'OperationOutcome', issue }];
    },
  ],
])(
  '%s: the type keeps its watermark, the others move on, and the next night mends it',
  async (_name, spoil) => {
    const hospital = await openHospital({ linesPerFile: 10 }, { parallel: 1 });
    await fill(hospital);
    await oneNight(hospital);
    const before = await readWatermarks(hospital);
    await hospital.clock.advance(86_400_000);
    hospital.server.store.put('Patient', 'p7');
    hospital.server.store.put('Observation', 'o7');
    spoil(hospital.server);
    const report = await oneNight(hospital);
    const after = await readWatermarks(hospital);
    expect(report.failedTypes).toEqual(['Patient']);
    expect(after.get('Patient')).toBe(before.get('Patient'));
    expect(after.get('Observation')).toBeGreaterThan(before.get('Observation') ?? 0);

    hospital.server.alterFiles = (files) => files;
    hospital.server.outcomes = [];
    hospital.server.misbehave('output');
    await hospital.clock.advance(86_400_000);
    await oneNight(hospital);
    expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
    expect((await readWatermarks(hospital)).get('Patient')).toBeGreaterThan(after.get('Observation') ?? 0);
  },
);

test('lines that come twice, and lines that are none, cost nobody else', async () => {
  const hospital = await openHospital({ linesPerFile: 10 });
  await fill(hospital);
  hospital.server.alterFiles = (files) =>
    files.map((file) => {
      const lines = [
        ...file.lines,
        ...file.lines.slice(0, 2),
        '{"resourceType":"Patient"',
        '{"resourceType":"X"}',
      ];
      return { ...file, lines, count: lines.length };
    });
  const report = await oneNight(hospital);
  expect(report.types.map(({ lines, records, rejected }) => [lines, records, rejected])).toEqual([
    [9, 7, 2],
    [9, 7, 2],
  ]);
  expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
});

test.each([
  [
    'bulk-export-failed',
    (s: BulkServer) => s.misbehave('status', ...Array(3).fill(outcome(500, 'processing'))),
  ],
  ['bulk-export-lost', (s: BulkServer) => s.misbehave('status', ...twice(outcome(404, 'not-found')))],
  ['bulk-export-refused', (s: BulkServer) => s.misbehave('kick-off', outcome(400, 'not-supported'))],
  ['bulk-access-refused', (s: BulkServer) => s.misbehave('kick-off', outcome(401, 'login'))],
  ['bulk-unreachable', (s: BulkServer) => s.misbehave('status', ...Array(5).fill(drop))],
  ['bulk-answer-invalid', (s: BulkServer) => s.misbehave('kick-off', answer(202))],
  [
    'bulk-answer-invalid',
    (s: BulkServer) =>
      s.misbehave('status', answerText('application/json', '{"transactionTime":"today","output":[]}')),
  ],
  ['bulk-download-failed', (s: BulkServer) => s.misbehave('output', ...Array(99).fill(answer(418)))],
] as const)(
  '%s stops the run without a secret in its message, and the next run succeeds',
  async (code, spoil) => {
    const hospital = await openHospital({ polls: 0 });
    await fill(hospital);
    spoil(hospital.server);
    const error = await oneNight(hospital).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(ChiasmError);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toMatch(/secret|generation=|\/files\/|\/jobs\//);
    expect((await readWatermarks(hospital)).size).toBe(0);
    if (code === 'bulk-download-failed') return;
    await oneNight(hospital);
    expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
  },
);

test('an outcome that is printed over several lines and counted by what it is about is read all the same', async () => {
  const hospital = await openHospital();
  await fill(hospital);
  const issue = [
    { severity: 'error', code: 'processing', diagnostics: 'Failed to export 2.Observation.ndjson' },
  ];
  const text = JSON.stringify({ resourceType: 'OperationOutcome', issue }, null, 2);
  hospital.server.alterFiles = (files) => [
    ...files,
    { kind: 'outcome', type: undefined, lines: text.split('\n'), count: 5000 },
  ];
  const report = await oneNight(hospital);
  expect(report.failedTypes).toEqual(['Observation']);
  expect(report.issues).toEqual([{ severity: 'error', code: 'processing', count: 1 }]);
});

test('links that have expired for good cost one look at the manifest, not one per file', async () => {
  const hospital = await openHospital({ linesPerFile: 1, polls: 0 });
  await fill(hospital);
  hospital.server.misbehave('output', ...Array(99).fill(answer(410)));
  await expect(oneNight(hospital)).rejects.toMatchObject({ code: 'bulk-download-failed' });
  expect(hospital.server.requests('status')).toHaveLength(2);
  expect(hospital.server.requests('output')).toHaveLength(20);
});
