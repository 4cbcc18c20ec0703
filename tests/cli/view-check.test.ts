import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const check = (
  cwd: string,
  ...parameters: readonly string[]
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> =>
  new Promise((resolve, reject) => {
    const program = join(packageRoot, 'dist/cli/chiasm.js');
    const child = spawn(process.execPath, [program, 'view', 'check', ...parameters], { cwd, stdio: 'pipe' });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });

const view = (path: string): string =>
  JSON.stringify({
    name: 'v',
    status: 'draft',
    resource: 'Patient',
    select: [{ column: [{ name: 'a', path }] }],
  });

const column = view('name.frist()').indexOf('frist') + 1;

function makeViews(): string {
  const directory = temporaryDirectory();
  writeFiles(directory, {
    'good.json': view('id'),
    'doubtful.json': view('birthdate'),
    'bad.json': view('name.frist()'),
    'models/v.view.json': view('id'),
    'record.json': '{"resourceType":"Patient","id":"secret-17"}',
    'records.ndjson':
      '{"resourceType":"Patient","id":"secret-17"}\n{"resourceType":"Patient","id":"secret-18"}\n',
  });
  return directory;
}

test('for people: every file, every finding, exit code 2 for an error', async () => {
  const directory = makeViews();
  const { code, out, err } = await check(directory, 'bad.json', 'good.json', 'doubtful.json', 'missing.json');
  expect(code).toBe(2);
  expect(out).toContain(
    `bad.json:1:${column} error: function frist() is not supported [unsupported-function]`,
  );
  expect(out).toContain('did you mean first?');
  expect(out).toMatch(/^good\.json: v, 1 column$/m);
  expect(out).toMatch(/^doubtful\.json: v, 1 column, 1 warning$/m);
  expect(out).toContain('missing.json:1:1 error: the file cannot be read [file-unreadable]');
  expect(err).toContain('2 errors in 4 files');
  expect(err).toContain('view-invalid');
});

test('warnings fail only when they shall', async () => {
  const directory = makeViews();
  expect((await check(directory, 'doubtful.json')).code).toBe(0);
  const { code, err } = await check(directory, '--strict', 'doubtful.json');
  expect(code).toBe(2);
  expect(err).toContain('0 errors and 1 warning in 1 file');
});

test('the rules of the warehouse hold below models, and where they are asked for', async () => {
  const directory = makeViews();
  expect((await check(directory, 'models/v.view.json')).out).toContain('[privacy-tag]');
  expect((await check(join(directory, 'models'), 'v.view.json')).out).toContain('[privacy-tag]');
  expect((await check(directory, '--no-warehouse', 'models/v.view.json')).code).toBe(0);
  expect((await check(directory, '--warehouse', 'good.json')).out).toContain('[privacy-tag]');
});

test('profiles', async () => {
  const { code, out } = await check(makeViews(), '--profile', 'shareable', 'good.json');
  expect(code).toBe(2);
  for (const rule of ['shareable-url', 'shareable-fhir-version', 'shareable-column-type']) {
    expect(out).toContain(`[${rule}]`);
  }
  expect((await check(makeViews(), '--profile', 'nonsense', 'good.json')).code).toBe(2);
});

test('for programs: JSON and SARIF on stdout, alone', async () => {
  const directory = makeViews();
  const json = JSON.parse((await check(directory, '-f', 'json', 'bad.json', 'good.json')).out);
  expect(json).toMatchObject({ errors: 1, warnings: 0, hints: 0 });
  expect(json.files[0].findings[0]).toMatchObject({
    rule: 'unsupported-function',
    path: '$.select[0].column[0].path',
    column: 6,
    region: { startLine: 1, startColumn: column, endLine: 1, endColumn: column + 5 },
    replacement: 'first',
  });
  const { out, code } = await check(directory, '--format', 'sarif', 'bad.json');
  expect(code).toBe(2);
  expect(JSON.parse(out).runs[0].results).toHaveLength(1);
});

test('what is no view may be a record: none of it is shown', async () => {
  const { code, out, err } = await check(makeViews(), 'record.json', 'records.ndjson');
  expect(code).toBe(2);
  expect(out).toContain('[not-a-view]');
  expect(out).toContain('[json-syntax]');
  expect(`${out}${err}`).not.toContain('secret');
});
