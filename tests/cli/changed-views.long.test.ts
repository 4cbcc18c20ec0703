import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { describeDryRun } from '../../cli/run-dry-run.ts';
import type { DryRun } from '../../etl/refresh/dry-run.ts';
import { snapshotManifest } from '../../etl/warehouse/snapshot-manifest.ts';
import { ndjson, withSnapshot, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** An installation of its own, whose views can be changed. */
function install(): string {
  const directory = temporaryDirectory();
  for (const part of ['dist', 'models', 'sql', 'package.json']) {
    cpSync(join(packageRoot, part), join(directory, part), { recursive: true });
  }
  symlinkSync(join(packageRoot, 'node_modules'), join(directory, 'node_modules'));
  return directory;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command; with `killAt` it is killed as soon as it says so on stderr. */
function command(installation: string, parameters: readonly string[], killAt?: string): Promise<Ended> {
  const child = spawn(process.execPath, [join(installation, 'dist/cli/chiasm.js'), ...parameters]);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => {
    err += chunk;
    if (killAt !== undefined && err.includes(killAt)) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** Every file below a directory with its content, size and times. */
function treeOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const { mode, size, mtimeMs } = statSync(join(directory, name));
      const isFile = (mode & 0o170000) === 0o100000;
      const hash = isFile
        ? createHash('sha256')
            .update(readFileSync(join(directory, name)))
            .digest('hex')
        : '';
      return [name, mode, size, mtimeMs, hash].join(' ');
    })
    .sort();
}

test('a dry run says what a run does and changes nothing; a view whose definition changed is rebuilt alone', {
  timeout: 300_000,
}, async () => {
  const installation = install();
  const directory = temporaryDirectory();
  const data = join(directory, 'data');
  const image = (uid: string): string => JSON.stringify([{ '00080018': { vr: 'UI', Value: [uid] } }]);
  writeFiles(directory, {
    'chiasm.yaml':
      'data: data\nsources:\n  - { name: ehr, kind: fhir-folder, path: fhir }\n' +
      '  - { name: pacs, kind: dicom-folder, path: dicom }\n',
    'fhir/all.ndjson': ndjson(
      { resourceType: 'Patient', id: '1', gender: 'female' },
      { resourceType: 'Condition', id: '1', subject: { reference: 'Patient/1' } },
      { resourceType: 'Goal', id: '1', lifecycleStatus: 'active' },
      { resourceType: 'Goal', id: '2', lifecycleStatus: 'cancelled' },
    ),
    'dicom/a.dicom.json': image('1.2.3'),
    'dicom/b.dicom.json': image('1.2.4'),
  });
  const config = ['-c', join(directory, 'chiasm.yaml')];
  const published = (number: number) =>
    snapshotManifest.parse(
      JSON.parse(readFileSync(join(data, 'warehouse', 'snapshots', `${number}.json`), 'utf8')),
    );
  /** The dry run, which must leave everything as it is. */
  const plan = async (): Promise<DryRun> => {
    const before = treeOf(data);
    const { out, code, err } = await command(installation, ['refresh', '--dry-run', '--json', ...config]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(treeOf(data)).toEqual(before);
    return JSON.parse(out) as DryRun;
  };
  const reasonsOf = ({ tables }: DryRun): Record<string, string> =>
    Object.fromEntries(tables.map(({ table, action, reason }) => [table, `${action}: ${reason}`]));

  // killed in the middle of the first run: what has landed is there, nothing is published
  expect((await command(installation, ['refresh', ...config], 'flatten')).code).toBe(null);
  const killed = await command(installation, ['status', '--json', ...config]);
  expect(killed.code).toBe(7);
  expect(JSON.parse(killed.out)).toMatchObject({
    snapshot: null,
    lastRun: { status: 'killed' },
    problems: [{ code: 'nothing-published' }, { code: 'run-killed' }],
  });
  const first = await plan();
  expect(first).toMatchObject({ isChanging: true, rebuild: 'first-run', snapshot: null });
  expect(first.waiting.map((run) => run.split('/')[0])).toEqual(['ehr', 'pacs']);
  expect((await command(installation, ['refresh', '--json', ...config])).code).toBe(0);
  await withSnapshot(directory, async (query) =>
    expect(
      (await query('select status from marts.refresh_runs order by run_id')).map(({ status }) => status),
    ).toEqual(['killed', 'published']),
  );
  const quiet = await plan();
  expect(quiet).toMatchObject({ isChanging: false, waiting: [] });
  expect(new Set(Object.values(reasonsOf(quiet)))).toEqual(new Set(['keep: nothing-changes']));

  // another definition of a view, and a view for a type that had none and may leave records out
  const patient = join(installation, 'models/fhir/patient.view.json');
  writeFileSync(patient, readFileSync(patient, 'utf8').replace('One row per', 'Again one row per'));
  const coverage = JSON.parse(readFileSync(join(installation, 'models/fhir/coverage.view.json'), 'utf8')) as {
    select: { column: unknown[] }[];
  };
  writeFiles(installation, {
    'models/fhir/goal.view.json': JSON.stringify({
      ...coverage,
      name: 'goal',
      resource: 'Goal',
      where: [{ path: "lifecycleStatus = 'active'" }],
      select: [
        {
          column: [
            {
              name: 'goal_key',
              path: 'getResourceKey()',
              tag: [{ name: 'chiasm/privacy', value: 'key' }],
            },
          ],
        },
      ],
    }),
  });
  const changed = await plan();
  expect(changed.isChanging).toBe(true);
  const reasons = reasonsOf(changed);
  expect(reasons).toMatchObject({
    'staging.patient': 'rebuild: definition-changed',
    'staging.goal': 'rebuild: table-is-new',
    'staging.condition': 'keep: nothing-changes',
    'staging.person': 'rebuild: input-is-rebuilt',
    'marts.patients': 'rebuild: input-is-rebuilt',
    'marts.imaging_series': 'keep: nothing-changes',
    'staging.run': 'update: tells-of-the-run',
  });
  expect((await command(installation, ['refresh', '--json', ...config])).code).toBe(0);
  const files = (number: number): Record<string, readonly string[]> =>
    Object.fromEntries(
      published(number)
        .tables.filter(({ schema }) => schema === 'staging')
        .map(({ schema, name, files: own }) => [`${schema}.${name}`, own.map(({ path }) => path)]),
    );
  const [before, after] = [files(1), files(2)];
  const rebuilt = Object.keys(after).filter(
    (table) => JSON.stringify(after[table]) !== JSON.stringify(before[table]),
  );
  const predicted = Object.entries(reasons)
    .filter(([, reason]) => !reason.startsWith('keep'))
    .map(([table]) => table);
  expect(rebuilt).toContain('staging.patient');
  expect(rebuilt.filter((table) => !predicted.includes(table))).toEqual([]);
  await withSnapshot(directory, async (query) =>
    expect(await query('select count(*)::integer as n from staging.goal')).toEqual([{ n: 1 }]),
  );

  // files that come, change and go
  writeFiles(directory, {
    'fhir/all.ndjson': ndjson({ resourceType: 'Patient', id: '2' }),
    'fhir/new.ndjson': ndjson({ resourceType: 'Patient', id: '3' }),
  });
  rmSync(join(directory, 'dicom/a.dicom.json'));
  const last = await plan();
  expect(last.sources).toMatchObject([
    { source: 'ehr', files: { new: 1, changed: 1, vanished: 0, unreadable: 0, unchanged: 0 } },
    { source: 'pacs', files: { new: 0, changed: 0, vanished: 1, unreadable: 0, unchanged: 1 } },
  ]);
  expect(describeDryRun(last).split('\n')).toEqual([
    'A run would publish a new snapshot, if what it reads is new.',
    expect.stringMatching(/^source +kind +new files/),
    expect.any(String),
    expect.stringMatching(/^ehr +fhir-folder +1 +1 +0 +0 +0$/),
    expect.stringMatching(/^pacs +dicom-folder +0 +0 +1 +0 +1$/),
    `${last.tables.length} tables would be brought up to date where their records change, 0 kept.`,
  ]);
});
