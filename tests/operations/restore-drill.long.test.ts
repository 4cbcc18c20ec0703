import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { documentedBlock } from '../support/documented.ts';
import { ndjson, withSnapshot, writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const patients = (...ids: readonly number[]) =>
  ndjson(
    ...ids.map((id) => ({
      resourceType: 'Patient',
      id: String(id),
      identifier: [{ system: 'urn:mrn', value: `M${id}` }],
      birthDate: '1970-01-01',
    })),
  );

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A small centre, and a shell in which the settings of docs/operations.md point at it. */
function makeSite() {
  const directory = temporaryDirectory();
  writeFiles(directory, {
    'chiasm.yaml': 'data: data\nsources:\n  - { name: ehr, kind: fhir-folder, path: fhir }\n',
    'fhir/Patient.ndjson': patients(1, 2, 3),
  });
  mkdirSync(join(directory, 'bin'));
  writeFileSync(
    join(directory, 'bin/chiasm'),
    `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(join(packageRoot, 'dist/cli/chiasm.js'))} "$@"\n`,
    { mode: 0o755 },
  );
  const env = {
    ...process.env,
    PATH: `${join(directory, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    CONFIG: join(directory, 'chiasm.yaml'),
    DATA: join(directory, 'data'),
    BACKUP: join(directory, 'backup'),
    SAFE: join(directory, 'safe'),
  };
  const shell = (script: string): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const child = spawn('sh', ['-c', script], { env });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk) => (out += chunk));
      child.stderr.on('data', (chunk) => (err += chunk));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, out, err }));
    });
  return {
    directory,
    data: env.DATA,
    shell,
    documented: async (name: string): Promise<Ended> => {
      const ended = await shell(documentedBlock('docs/operations.md', name));
      expect(ended, name).toMatchObject({ code: 0 });
      return ended;
    },
    refresh: async (): Promise<Record<string, unknown>> => {
      const { out } = await shell('chiasm refresh -c "$CONFIG" --json');
      return JSON.parse(out) as Record<string, unknown>;
    },
    pseudonyms: (): Promise<readonly unknown[]> =>
      withSnapshot(directory, (query) =>
        query('select patient_record_key, patient_key from staging.patient_link order by all'),
      ),
  };
}

test('back up, destroy, restore as docs/operations.md says: nothing has changed, and a delta follows', async () => {
  const site = makeSite();
  const { directory, data } = site;
  expect(await site.refresh()).toMatchObject({ event: 'published', snapshot: 1 });
  const before = await site.pseudonyms();
  expect(before).toHaveLength(3);

  await site.documented('backup');
  const [archive, ...others] = readdirSync(join(directory, 'backup')).filter((name) => name.endsWith('.tar'));
  expect(others).toEqual([]);
  const { out: listed } = await site.shell(`tar -tf "$BACKUP/${archive}"`);
  expect(listed).toContain('./vault/vault.duckdb');
  expect(listed).not.toMatch(/^\.\/vault\/key$/m);

  rmSync(data, { recursive: true });

  await site.documented('restore-data');
  expect(await site.refresh()).toMatchObject({ event: 'failed', errorCode: 'key-file-invalid' });
  expect(existsSync(join(data, 'vault/key'))).toBe(false);

  await site.documented('restore-key');
  expect((await site.documented('verify')).out).toMatch(/"event": "unchanged"[\s\S]*Fresh/);
  expect(await site.pseudonyms()).toEqual(before);
  writeFiles(directory, { 'fhir/More.ndjson': patients(4) });
  expect(await site.refresh()).toMatchObject({ event: 'published', snapshot: 2, recordsNew: 1 });
  const after = await site.pseudonyms();
  expect(after).toHaveLength(4);
  expect(after).toEqual(expect.arrayContaining([...before]));
});

test('quiesce keeps refreshes out, passes the exit code on and waits for a run that is going', async () => {
  const site = makeSite();
  const none = await site.shell('chiasm quiesce -c "$CONFIG" -- true');
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('snapshot-not-found')]);
  await site.refresh();
  const inside = await site.shell(
    'chiasm quiesce -c "$CONFIG" -- sh -c \'chiasm refresh -c "$CONFIG" --json; echo "code $?"; chiasm quiesce --wait 0s -c "$CONFIG" -- true; exit 7\'',
  );
  expect(inside.code).toBe(7);
  expect(inside.out).toMatch(/"event": "locked"[\s\S]*code 4/);
  expect(inside.err.match(/writer-locked/g)).toHaveLength(2);
  // The second waits until the first, which is told that it waits, has ended.
  const both = await site.shell(`
    mkfifo "$DATA/gate"
    chiasm quiesce -c "$CONFIG" -- sh -c 'echo first; read line < "$DATA/gate"; echo first ends' &
    while ! chiasm quiesce --wait 0s -c "$CONFIG" -- true 2>&1 | grep -q writer-locked; do :; done
    (echo go > "$DATA/gate") &
    chiasm quiesce -c "$CONFIG" -- echo second
    wait`);
  expect(both.out).toBe('first\nfirst ends\nsecond\n');
  expect((await site.shell('chiasm quiesce -c "$CONFIG" -- /no/such/tool')).err).toContain(
    'command-not-found',
  );
  expect(await site.refresh()).toMatchObject({ event: 'unchanged' });
});
