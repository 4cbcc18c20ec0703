import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { packageRoot } from '../../base/package-root.ts';
import { parseConfig } from '../../cli/config.ts';
import { buildProgram } from '../../cli/program.ts';
import { WEBHOOK_EVENTS } from '../../cli/webhook-setting.ts';
import { documentedBlock, documentedBlocks } from '../support/documented.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const DOCUMENT = 'docs/operations.md';

/** Everything from `chiasm` to the end of a command, as words. */
function commandsIn(text: string): readonly (readonly string[])[] {
  return [...text.replaceAll('\\\n', ' ').matchAll(/(?:^|[\s/])chiasm(?:\.js,?)? ([a-z][^\n|#`]*)/gm)].map(
    (match) => (match[1] ?? '').split(/[\s,\]]+/).filter((word) => word !== ''),
  );
}

/** What of a command line the program does not know. */
function unknownIn(words: readonly string[]): readonly string[] {
  let command: Command = buildProgram();
  const rest = [...words];
  for (;;) {
    const next = command.commands.find((each) => each.name() === rest[0]);
    if (next === undefined) break;
    command = next;
    rest.shift();
  }
  const end = rest.indexOf('--');
  const options = (end < 0 ? rest : rest.slice(0, end)).filter((word) => word.startsWith('-'));
  const isCommand = command.parent !== null;
  return [
    ...(isCommand ? [] : [words.join(' ')]),
    ...options.filter((option) => !command.options.some(({ short, long }) => [short, long].includes(option))),
  ];
}

test('every command of the page is one, with options that it has', () => {
  const commands = documentedBlocks(DOCUMENT)
    .filter(({ language }) => ['sh', 'crontab', 'ini', 'yaml'].includes(language))
    .flatMap(({ text }) => commandsIn(text.replace(/^(apiVersion|kind|metadata).*$/gm, '')))
    .filter(([word]) => word !== undefined && !word.includes(':'));
  expect(commands.length).toBeGreaterThan(10);
  expect(commands.flatMap(unknownIn)).toEqual([]);
  expect(unknownIn(['refresh', '--nonsense'])).toEqual(['--nonsense']);
  expect(unknownIn(['refersh'])).toEqual(['refersh']);
});

test('the configuration is one; the page names every event of the webhook', () => {
  const config = parseConfig(documentedBlock(DOCUMENT, 'config'), '/etc/chiasm/chiasm.yaml');
  expect(config).toMatchObject({
    schedule: { timeZone: 'Europe/Berlin' },
    directories: { state: '/srv/chiasm/state' },
  });
  const text = readFileSync(join(packageRoot, DOCUMENT), 'utf8');
  for (const event of WEBHOOK_EVENTS) expect(text).toContain(`\`${event}\``);
});

test('the manifests are YAML of the named kinds, with a configuration that is one', () => {
  const documents = parseAllDocuments(documentedBlock(DOCUMENT, 'kubernetes'));
  expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
  const objects = documents.map(
    (document) => document.toJS() as { kind: string; data?: Record<string, string> },
  );
  expect(objects.map(({ kind }) => kind)).toEqual([
    'ConfigMap',
    'PersistentVolumeClaim',
    'Service',
    'Deployment',
    'CronJob',
  ]);
  expect(parseConfig(objects[0]?.data?.['chiasm.yaml'] ?? '', '/etc/chiasm/chiasm.yaml').serve.host).toBe(
    '0.0.0.0',
  );
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe.skipIf(!hasSystemd)('systemd (skipped where there is no systemd-analyze)', () => {
  test('finds nothing wrong with the units', () => {
    const directory = temporaryDirectory();
    const names = documentedBlocks(DOCUMENT).flatMap(({ language, name }) =>
      language === 'ini' && name ? [name] : [],
    );
    expect(names).toEqual(['chiasm.service', 'chiasm-refresh.service', 'chiasm-refresh.timer']);
    const verify = (change: (text: string) => string) => {
      for (const name of names) writeFileSync(join(directory, name), change(documentedBlock(DOCUMENT, name)));
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...names], {
        cwd: directory,
        env: { ...process.env, SYSTEMD_UNIT_PATH: `${directory}:` },
        encoding: 'utf8',
      });
      return {
        status,
        said: stderr.split('\n').filter((line) => line.includes(directory) || line.includes('chiasm')),
      };
    };
    // The program is not installed where the tests run.
    const here = (text: string) => text.replaceAll('/usr/local/bin/chiasm', process.execPath);
    expect(verify(here)).toEqual({ status: 0, said: [] });
    expect(verify((text) => here(text).replace('OnCalendar=', 'OnCalendar=99-')).said).not.toEqual([]);
  });
});
