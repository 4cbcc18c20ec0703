import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TOOLS } from '../../cli/connect/tools.ts';
import { writeFiles } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { chiasm } from './run-chiasm.ts';

const target = {
  host: 'chiasm.hospital.example',
  port: 5433,
  database: 'chiasm',
  user: `o'brien & co`,
  httpUrl: 'https://chiasm.hospital.example:4000',
};

test.each(Object.entries(TOOLS))(
  '%s: every step says where, a certificate is asked for where there is TLS',
  async (_, connect) => {
    const [open, encrypted] = [
      await connect({ ...target, hasTls: false }),
      await connect({ ...target, hasTls: true }),
    ];
    for (const { steps, tried, files } of [open, encrypted]) {
      expect(steps.length).toBeGreaterThan(1);
      expect(tried).toMatch(/\.$/);
      const all = [...steps, ...Object.values(files)].join('\n');
      expect(all).toContain(target.host);
      expect(all).toContain('5433');
    }
    expect(encrypted).not.toEqual(open);
  },
);

test('the files are what their readers read', async () => {
  const encrypted = { ...target, hasTls: true };
  const pbids = JSON.parse((await TOOLS.powerbi(encrypted)).files['chiasm.pbids'] ?? '');
  expect(pbids.connections[0].details.address).toEqual({
    server: 'chiasm.hospital.example:5433',
    database: 'chiasm',
  });
  const superset = JSON.parse(TOOLS.superset(encrypted).files['chiasm-superset.json'] ?? '');
  const url = new URL(superset.databases[0].sqlalchemy_uri);
  expect([decodeURIComponent(url.username), url.port, url.searchParams.get('sslmode')]).toEqual([
    target.user,
    '5433',
    'verify-full',
  ]);
  expect(TOOLS.tableau(encrypted).files['chiasm.tds']).toContain("username='o&#39;brien &#38; co'");
});

test('the command writes the file once, and says what is missing', async () => {
  const directory = temporaryDirectory();
  const sources = 'sources:\n  - { name: ehr, kind: fhir-folder, path: fhir }\n';
  writeFiles(directory, { 'off.yaml': sources, 'on.yaml': `${sources}sql: { port: 6543 }\n` });
  const connect = (config: string, ...more: readonly string[]) =>
    chiasm([
      'connect',
      'powerbi',
      '-c',
      join(directory, config),
      '--output',
      join(directory, 'out'),
      ...more,
    ]);
  expect(await connect('off.yaml')).toMatchObject({ code: 2, err: expect.stringContaining('sql: {}') });
  const first = await connect('on.yaml', '--json', '--host', 'db.example');
  expect(JSON.parse(first.out.toString())).toMatchObject({
    target: { host: 'db.example', port: 6543, user: 'ana' },
  });
  expect(readdirSync(join(directory, 'out'))).toEqual(['Chiasm', 'chiasm.pbids']);
  const page = join(directory, 'out', 'Chiasm', 'Chiasm.Report', 'definition', 'pages', 'pages.json');
  writeFileSync(page, '{}');
  expect(await connect('on.yaml')).toMatchObject({ code: 2, err: expect.stringContaining('--force') });
  const again = await connect('on.yaml', '--force');
  expect(again.out.toString()).toContain('1. ');
  expect(again.out.toString().match(/^Written: /gm)).toHaveLength(2);
  // A report that somebody has worked on stays.
  expect(readFileSync(page, 'utf8')).toBe('{}');
  expect(readFileSync(join(directory, 'out', 'chiasm.pbids'), 'utf8')).toContain('127.0.0.1:6543');
});
