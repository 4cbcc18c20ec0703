import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { ndjson, refreshOnce, withSnapshot, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const start = (...parameters: readonly string[]): ChildProcess =>
  spawn(process.execPath, [join(packageRoot, 'dist/cli/chiasm.js'), ...parameters], { stdio: 'pipe' });

const chiasm = (...parameters: readonly string[]): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = start(...parameters);
    let out = '';
    let err = '';
    child.stdout?.on('data', (chunk) => (out += chunk));
    child.stderr?.on('data', (chunk) => (err += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });

/** A warehouse of three patients, one of them broken. */
function makeCentre(): string {
  const directory = temporaryDirectory();
  writeFiles(directory, {
    'chiasm.yaml': 'data: data\nsources:\n  - { name: ehr, kind: fhir-folder, path: fhir }\n',
    'fhir/Patient.ndjson': `${ndjson({ resourceType: 'Patient', id: '1' }, { resourceType: 'Patient', id: '2' })}{"resourceType"\n`,
  });
  return join(directory, 'chiasm.yaml');
}

test('help teaches: an example, the exit codes, every command', async () => {
  const { code, out } = await chiasm('--help');
  expect(code).toBe(0);
  for (const word of [
    'demo',
    'refresh',
    'serve',
    'status',
    'snapshots',
    'open',
    'tables',
    'quarantine',
    'schedule',
    'webhook',
    'quiesce',
    'token',
    'view',
    'Exit codes',
    'fhir-folder',
  ]) {
    expect(out).toContain(word);
  }
});

test('refresh, status, tables, snapshots and quarantine, for programs and for people', async () => {
  const config = makeCentre();
  const first = await chiasm('refresh', '-c', config, '--json');
  expect(first).toMatchObject({ code: 0 });
  expect(JSON.parse(first.out)).toMatchObject({
    status: 'published',
    snapshot: 1,
    recordsNew: 2,
    recordsQuarantined: 1,
  });
  expect(JSON.parse((await chiasm('refresh', '-c', config, '--json')).out)).toMatchObject({
    status: 'unchanged',
    snapshot: 1,
  });

  expect(JSON.parse((await chiasm('status', '-c', config, '--json')).out)).toMatchObject({
    snapshot: 1,
    isFresh: true,
    quarantined: 1,
  });
  expect((await chiasm('tables', '-c', config)).out).toMatch(/^marts\.patients +2$/m);
  const quarantine = await chiasm('quarantine', '-c', config);
  expect(quarantine.out).toContain('invalid-json');
  expect(quarantine.out).not.toContain('Patient.ndjson');
  expect((await chiasm('quarantine', '-c', config, '--paths')).out).toContain('Patient.ndjson');
  expect((await chiasm('snapshots', '-c', config)).out).toMatch(/^1 \*/m);
  const path = (await chiasm('snapshots', 'path', '-c', config)).out.trim();
  expect(path).toMatch(/snapshots\/1$/);
  expect(statSync(join(path, 'marts', 'patients')).isDirectory()).toBe(true);

  const directory = join(config, '..');
  const [person] = await withSnapshot(directory, (query) => query('select patient_key from marts.patients'));
  const key = String(person?.['patient_key']);
  expect((await chiasm('open', 'patients', key, '-c', config)).out).toMatch(
    /^marts\.patients[\s\S]*^staging\.patient\n(?![\s\S]*ndjson)/m,
  );
  const opened = await chiasm('open', 'patients', key, '--source', '-c', config);
  expect(opened.out).toMatch(
    /^ {2}read from +Patient\.ndjson, line [12]\n[\s\S]*^\{"resourceType":"Patient","id":"[12]"\}$/m,
  );
  const audit = readFileSync(join(directory, 'data/state/audit.ndjson'), 'utf8').trim().split('\n');
  expect(audit.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ event: 'records-opened', mart: 'patients', key: [key], records: 1, lines: 1 }),
  ]);
  const unknown = await chiasm('open', 'patients', 'p-1', '--source', '-c', config);
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('row-not-found')]);

  const release = ['snapshots', 'release', 'report', '-c', config];
  expect((await chiasm(...release, '--note', 'annual report')).out).toContain(
    'Snapshot 1 is released as report',
  );
  expect(JSON.parse((await chiasm('snapshots', '-c', config, '--json')).out)).toMatchObject([
    { number: 1, isCurrent: true, releases: [{ name: 'report', note: 'annual report' }] },
  ]);
  expect((await chiasm('snapshots', 'path', '--as-of', 'report', '-c', config)).out.trim()).toBe(path);
  const absent = await chiasm('tables', '--as-of', '2001-01-01', '-c', config);
  expect(absent.code).toBe(2);
  expect(absent.err).toMatch(/nothing was published yet; there are 1 \(20\d\d-\d\d-\d\d\)/);
  expect((await chiasm('snapshots', 'unrelease', 'none', '-c', config)).err).toContain('release-not-found');
});

test('what is identified is readable by its owner only', async () => {
  const config = makeCentre();
  await chiasm('refresh', '-c', config, '--json');
  await chiasm('token', '-c', config);
  const data = join(config, '..', 'data');
  const mode = (path: string): number => statSync(join(data, path)).mode & 0o777;
  expect(
    ['landing', 'vault', 'vault/vault.duckdb', 'vault/key', 'vault/token-secret', 'state'].map(mode),
  ).toEqual([0o700, 0o700, 0o600, 0o600, 0o600, 0o700]);
});

test('exit codes: 2 for what the user can mend, with a code and no stack', async () => {
  const missing = await chiasm('refresh', '-c', join(temporaryDirectory(), 'none.yaml'));
  expect(missing.code).toBe(2);
  expect(missing.err).toContain('config-not-found');
  expect(missing.err).not.toMatch(/^\s+at /m);
  expect((await chiasm('refresh', '--nonsense')).code).toBe(2);
  expect((await chiasm('tables', '-c', makeCentre())).err).toContain('snapshot-not-found');
});

test('exit code 4: a second refresh says who holds the lock, which goes with the process that is killed', async () => {
  const config = makeCentre();
  const vault = join(config, '..', 'data', 'vault');
  // a refresh that hangs over its input holds the lock
  const pipe = join(config, '..', 'fhir', 'Slow.ndjson');
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
  const first = start('refresh', '-c', config);
  await expect.poll(() => existsSync(join(vault, 'writer.json')), { timeout: 60_000 }).toBe(true);
  const second = await chiasm('refresh', '-c', config);
  expect(second.code).toBe(4);
  expect(second.err).toMatch(new RegExp(`process ${first.pid} on ${hostname()}, since 20\\d\\d-[-:.T\\d]+Z`));
  expect(second.err).toContain('writer-locked');
  const ended = new Promise((resolve) => first.on('close', resolve));
  first.kill('SIGKILL');
  await ended;
  rmSync(pipe);
  expect((await chiasm('refresh', '-c', config)).code).toBe(0);
});

test('two refreshes in one process keep out each other, too', async () => {
  const directory = join(makeCentre(), '..');
  const sources = [{ name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') }] as const;
  const both = await Promise.allSettled([refreshOnce(directory, sources), refreshOnce(directory, sources)]);
  const refused = both.find((each) => each.status === 'rejected');
  expect(both.filter((each) => each.status === 'fulfilled')).toHaveLength(1);
  expect(refused?.reason).toMatchObject({ code: 'writer-locked', params: { pid: process.pid } });
  expect((await refreshOnce(directory, sources)).status).toBe('unchanged');
});

test('view run flattens any NDJSON with any view; view check says what is wrong', async () => {
  const directory = temporaryDirectory();
  writeFiles(directory, {
    'v.json': JSON.stringify({
      name: 'v',
      resource: 'Patient',
      status: 'draft',
      select: [
        {
          column: [
            { name: 'id', path: 'id' },
            { name: 'family', path: 'name.family.first()' },
          ],
        },
      ],
    }),
    'bad.json': JSON.stringify({
      name: 'v',
      resource: 'Patient',
      status: 'draft',
      select: [{ column: [{ name: 'id', path: 'id..x' }] }],
    }),
    'p.ndjson': ndjson(
      { resourceType: 'Patient', id: '1', name: [{ family: 'A' }] },
      { resourceType: 'Patient', id: '2' },
    ),
  });
  expect((await chiasm('view', 'run', join(directory, 'v.json'), join(directory, 'p.ndjson'))).out).toBe(
    'id,family\n1,A\n2,\n',
  );
  expect((await chiasm('view', 'check', join(directory, 'v.json'))).out).toContain('2 columns');
  const bad = await chiasm('view', 'check', join(directory, 'bad.json'));
  expect(bad.code).toBe(2);
  expect(bad.err).toContain('view-invalid');
});
