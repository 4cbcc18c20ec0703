import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ChiasmError } from '../../base/error.ts';
import { packageRoot } from '../../base/package-root.ts';
import { type Config, parseConfig } from '../../cli/config.ts';
import { forecastDisk } from '../../cli/disk-forecast.ts';
import { formatStatus } from '../../cli/print-status.ts';
import { progressLine } from '../../cli/progress-line.ts';
import { judge, type Status } from '../../cli/status.ts';
import type { StatusFacts } from '../../cli/status-facts.ts';
import { PROBLEM_AREAS } from '../../cli/status-problem.ts';
import { type RunRecord, type SourceRecord, startedRun } from '../../etl/refresh/run-record.ts';
import type { SnapshotManifest } from '../../etl/warehouse/snapshot-manifest.ts';

const DAY = 864e5;
const now = new Date('2024-03-10T07:00:00Z');
const ago = (hours: number): string => new Date(now.getTime() - hours * 36e5).toISOString();

const config = (more = ''): Config =>
  parseConfig(
    `sources:\n  - { name: ehr, kind: fhir-folder, path: ehr }\n  - { name: pacs, kind: dicom-folder, path: pacs }\n${more}`,
    '/srv/chiasm.yaml',
  );

const read = (source: string, more: Partial<SourceRecord> = {}): SourceRecord => ({
  source,
  status: 'landed',
  errorCode: null,
  failedTypes: [],
  isEmpty: false,
  missingTypes: [],
  undecidedTypes: [],
  files: 1,
  read: 1,
  quarantined: 0,
  bytes: 1,
  seconds: 1,
  ...more,
});
const both = [read('ehr'), read('pacs')];
const disk = { landing: 5e9, private: 1e9, warehouse: 2e9, state: 1e6, vault: 1e6 };

function run(hoursAgo: number, more: Partial<RunRecord> = {}, sources = both): RunRecord {
  const started = startedRun(ago(hoursAgo), ago(hoursAgo));
  const detail = { stages: [], sources: [...sources], types: [], tables: [] };
  return { ...started, finishedAt: ago(hoursAgo), status: 'published', snapshot: 1, disk, detail, ...more };
}

const manifest = (hoursAgo: number): SnapshotManifest => ({
  format: 1,
  number: 1,
  createdAt: ago(hoursAgo),
  profile: 'research',
  keyEpoch: '',
  modelHash: '',
  inputHash: '',
  runs: [],
  tables: [],
});

const well: StatusFacts = {
  now,
  schedule: null,
  manifest: manifest(5),
  shownSources: ['ehr', 'pacs'],
  runs: [run(5)],
  quarantine: [],
  typesWithoutView: [],
  recordsWithoutPatient: [],
  unresolvedReferences: 0,
  qualityErrors: 0,
  landingFault: undefined,
  openDirectories: [],
  disk,
  freeBytes: 1e12,
};

const status = (facts: Partial<StatusFacts>, more?: string): Status =>
  judge(config(more), { ...well, ...facts });
const told = ({ problems }: Status): readonly string[] =>
  problems.map(
    ({ severity, code, command }) => `${severity} ${code}${command === null ? '' : `: ${command}`}`,
  );

test('nothing to do: fine, fresh, complete, safe; an honest word about the disk', () => {
  const fine = status({});
  expect(fine).toMatchObject({ verdict: 'fine', exitCode: 0, isFresh: true, isComplete: true, isSafe: true });
  expect(fine.problems).toEqual([]);
  expect(formatStatus(fine).split('\n')).toEqual([
    'FINE: nobody has to do anything.  Fresh: yes. Complete: yes. Safe to use: yes.',
    '',
    'Snapshot  1 of 2024-03-10 02:00 UTC, 5 hours old; profile research; 0 tables, 0 rows',
    'Last run  2024-03-10 02:00 UTC, published in 0 seconds: 0 new, 0 changed, 0 deleted',
    'Disk      8.0 GB (landing 5.0 GB, private 1.0 GB, warehouse 2.0 GB, state 1.0 MB, vault 1.0 MB); 1.0 TB free; ' +
      'days until full: unknown, the log is too short',
  ]);
});

test('is it fresh: a source that did not come through, or a snapshot that /readyz refuses', () => {
  const c = '-c /srv/chiasm.yaml';
  expect(told(status({ manifest: undefined, runs: [] }))).toEqual([
    `error nothing-published: chiasm refresh ${c}`,
  ]);
  expect(status({ manifest: undefined, runs: [] })).toMatchObject({
    isComplete: false,
    isSafe: false,
    exitCode: 7,
  });
  expect(told(status({ runs: [run(30)] }))).toEqual([`error not-fresh: chiasm refresh ${c}`]);
  expect(status({ runs: [run(30)] })).toMatchObject({ verdict: 'alarm', isFresh: false, isComplete: true });
  // a night without news is as good as one with
  expect(told(status({ manifest: manifest(50), runs: [run(50), run(5, { status: 'unchanged' })] }))).toEqual(
    [],
  );
  // what a held run had read is published by the run that accepts it
  const held = run(20, { status: 'held' });
  expect(told(status({ runs: [run(44), held] }))[0]).toContain('not-fresh');
  expect(told(status({ runs: [run(44), held, run(5, {}, [])] }))).toEqual([]);
  // a night that read one source says nothing of the other
  expect(told(status({ runs: [run(40), run(5, {}, [read('ehr')])] }))).toEqual([
    `error not-fresh: chiasm refresh ${c}`,
  ]);
  expect(told(status({ manifest: manifest(50), runs: [run(5)] }, 'serve: { readyMaxAgeHours: 12 }'))).toEqual(
    [`warning snapshot-old: chiasm refresh --full ${c}`],
  );
  expect(told(status({ runs: [run(14)] }, 'serve: { readyMaxAgeHours: 12 }'))).toEqual([
    `error not-fresh: chiasm refresh ${c}`,
  ]);
});

test('when the next run is due, and that nobody is there to start it', () => {
  const kept = { nextRunAt: '2024-03-11T01:15:00.000Z', keeperPid: 7, refreshPid: null };
  expect(told(status({ schedule: kept }))).toEqual([]);
  expect(formatStatus(status({ schedule: kept }))).toContain('\nNext run  2024-03-11 01:15 UTC\n');
  expect(told(status({ schedule: { ...kept, keeperPid: null } }))).toEqual([
    'warning schedule-unkept: chiasm schedule -c /srv/chiasm.yaml',
  ]);
});

test('how the last run ended, and what to type', () => {
  const c = '-c /srv/chiasm.yaml';
  const after = (last: Partial<RunRecord>, sources = both): Status =>
    status({ runs: [run(20), run(5, { finishedAt: null, snapshot: null, ...last }, sources)] });
  expect(told(after({ status: 'running', stage: 'marts' }))).toEqual([]);
  expect(told(status({ runs: [run(20), run(13, { status: 'running', finishedAt: null })] }))).toEqual([
    'warning run-long',
  ]);
  expect(told(after({ status: 'killed', stage: 'flatten' }))).toEqual([
    `warning run-killed: chiasm refresh ${c}`,
  ]);
  expect(after({ status: 'killed', stage: 'flatten' }).problems[0]?.message).toContain('flattening');
  expect(told(after({ status: 'failed', errorCode: 'check-failed' }))).toEqual([
    `error run-failed: chiasm refresh ${c}`,
  ]);
  const held = { source: 'pacs', type: 'DicomInstance', run: '20240310T020000000Z' };
  expect(told(after({ status: 'held', errorCode: 'publish-held', errorParams: held }))).toEqual([
    `error publish-held: chiasm publish --accept 20240310T020000000Z ${c}`,
  ]);
  const failed = read('pacs', { status: 'failed', errorCode: 'source-not-found' });
  expect(told(after({ status: 'published' }, [read('ehr'), failed]))).toEqual([
    `error source-failed: chiasm refresh --only pacs ${c}`,
  ]);
  const partial = read('ehr', {
    status: 'failed',
    errorCode: 'bulk-incomplete',
    failedTypes: ['Observation'],
  });
  const behind = after({ status: 'published' }, [partial, read('pacs')]);
  expect(told(behind)).toEqual([`warning types-left-behind: chiasm refresh --only ehr ${c}`]);
  expect(behind).toMatchObject({ verdict: 'attention', exitCode: 6, isFresh: true, isComplete: false });
  expect(behind.problems[0]?.message).toContain('Observation');
  const spared = read('ehr', { missingTypes: ['Observation'], undecidedTypes: ['Condition'] });
  const less = after({ status: 'unchanged' }, [spared, read('pacs')]);
  expect(told(less)).toEqual([
    `warning types-missing: chiasm refresh --only ehr ${c}`,
    `warning deletes-undecided: chiasm quarantine --paths ${c}`,
  ]);
  expect(less.problems.map(({ message }) => message.match(/Observation|Condition/)?.[0])).toEqual([
    'Observation',
    'Condition',
  ]);
  const empty = read('ehr', { isEmpty: true, missingTypes: ['Observation', 'Patient'] });
  expect(told(after({ status: 'unchanged' }, [empty, read('pacs')]))).toEqual([
    `warning source-empty: chiasm refresh --only ehr ${c}`,
  ]);
});

test('what is missing, who could see it, who has to act', () => {
  const c = '-c /srv/chiasm.yaml';
  const count = (source: string, what: string, n: number) => ({ source, what, count: n });
  const quarantine = [
    count('ehr', 'invalid-json', 2),
    count('pacs', 'not-dicom', 1),
    count('ehr', 'shape-mismatch', 1200),
  ];
  const refused = status({ quarantine });
  expect(refused).toMatchObject({ quarantined: 1203, exitCode: 6 });
  expect(refused.quarantine[1]).toEqual({ source: 'pacs', code: 'not-dicom', count: 1 });
  expect(refused.problems.map(({ message }) => message)).toEqual([
    '1,202 pieces of ehr in quarantine (1,200 shape-mismatch, 2 invalid-json)',
    '1 piece of pacs in quarantine (1 not-dicom)',
  ]);
  const notes = status({
    unresolvedReferences: 3,
    typesWithoutView: [count('ehr', 'Goal', 7)],
    recordsWithoutPatient: [count('ehr', 'Condition', 2)],
  });
  expect(notes).toMatchObject({ verdict: 'fine', exitCode: 0, isComplete: true });
  expect(told(notes)).toEqual([
    'note unresolved-references',
    'note records-without-patient',
    'note types-without-view: chiasm view check models/fhir/goal.view.json',
  ]);
  expect(told(status({ shownSources: ['ehr', 'old'], runs: [run(5, {}, [read('ehr')])] }))).toEqual([
    `warning source-never-read: chiasm refresh --only pacs ${c}`,
    'warning source-removed',
  ]);
  const unsafe = status(
    { openDirectories: ['/srv/chiasm-data/vault'], qualityErrors: 2 },
    'privacy: { profile: identified }',
  );
  expect(unsafe).toMatchObject({ isSafe: false, exitCode: 7 });
  expect(told(unsafe)).toEqual([
    `error profile-differs: chiasm refresh ${c}`,
    'error directories-open: chmod go-rwx /srv/chiasm-data/vault',
    expect.stringContaining('warning quality-errors'),
  ]);
  const landingFault = new ChiasmError('landing-damaged', 'a file is missing');
  expect(told(status({ landingFault }))).toEqual([`error landing-damaged: chiasm refresh ${c}`]);
  expect(formatStatus(unsafe)).toContain('ERROR     the snapshot was made under profile research');
});

test('the disk: a forecast from the growth of every day, unknown where the past is too short', () => {
  const days = (count: number, bytes: (day: number) => number) =>
    Array.from({ length: count }, (_, day) => ({
      at: now.getTime() - (count - day) * DAY,
      bytes: bytes(day),
    }));
  expect(forecastDisk([], 1e9)).toMatchObject({ outlook: 'unknown', daysUntilFull: null, historyDays: 0 });
  expect(
    forecastDisk(
      days(6, (day) => day),
      1e9,
    ),
  ).toMatchObject({ outlook: 'unknown', historyDays: 5 });
  expect(
    forecastDisk(
      days(20, () => 7e9),
      1e9,
    ),
  ).toMatchObject({ outlook: 'steady', daysUntilFull: null });
  expect(
    forecastDisk(
      days(20, (day) => 1e9 - day),
      1e9,
    ),
  ).toMatchObject({ outlook: 'steady' });
  expect(
    forecastDisk(
      days(20, (day) => 7e9 + day * 1e8),
      1e9,
    ),
  ).toMatchObject({
    outlook: 'growing',
    growthBytesPerDay: 1e8,
    daysUntilFull: 10,
  });
  // neither the first load nor one night of many snapshots makes an alarm
  const bumpy = forecastDisk(
    days(30, (day) => (day === 0 ? 0 : 7e9) + day * 1e6 + (day === 25 ? 5e9 : 0)),
    1e9,
  );
  expect(Math.round(bumpy.growthBytesPerDay ?? 0)).toBe(1e6);

  const runs = days(20, (day) => day * 1e8).map(({ at, bytes }) =>
    run((now.getTime() - at) / 36e5, { disk: { ...disk, landing: bytes } }),
  );
  const soon = status({ runs: [...runs, run(5, { disk: null })], freeBytes: 3.05e9 });
  expect(soon.disk).toMatchObject({ outlook: 'growing', daysUntilFull: 30.5 });
  const full = status({ runs: [...runs, run(5, { disk: null })], freeBytes: 5e8 });
  expect(told(full)).toEqual(['error disk-full-soon: df -h /srv/chiasm-data/warehouse']);
  expect(told(status({ freeBytes: 1e9 }))).toEqual(['warning disk-tight: df -h /srv/chiasm-data/warehouse']);
});

test('docs/status.md lists every problem with the question it answers, and no other', () => {
  const text = readFileSync(join(packageRoot, 'docs/status.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (\w+) \|/gm)].map((match) => [match[1], match[2]]);
  expect(Object.fromEntries(rows)).toEqual(PROBLEM_AREAS);
});

test('progress without a known end is a count that moves, not 0 %', () => {
  const at = (done: number, total: number, nowMs = 0, text = ''): string =>
    progressLine({ stage: 'read ehr', done, total, text }, nowMs);
  expect(at(0, 0)).toBe('read ehr           |');
  expect(at(1234, 0, 120, 'exporting')).toBe('read ehr           / 1,234 exporting');
  expect(at(1, 4)).toBe(`read ehr           ${'█'.repeat(10)}${'░'.repeat(30)} 25%`);
  expect(at(9, 4, 0, 'done')).toBe(`read ehr           ${'█'.repeat(40)} 100% done`);
});
