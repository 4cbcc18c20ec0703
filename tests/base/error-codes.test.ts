import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ChiasmError, ERROR_CODES, type ErrorCode } from '../../base/error.ts';
import { packageRoot } from '../../base/package-root.ts';
import { EXIT_CODES, exitCodeOf } from '../../cli/exit-code.ts';
import { QUERY_ERROR_CODES } from '../../cube/portable-error.ts';
import { REJECTION_CODES } from '../../etl/landing/rejection-code.ts';
import { HTTP_ERROR_CODES } from '../../serve/http-error.ts';

const text = readFileSync(join(packageRoot, 'docs/errors.md'), 'utf8');
const [stopping = '', answers = '', quarantine = ''] = text.split(/^## (?:Answers|Reasons).*$/m);
const rows = (part: string): readonly (readonly string[])[] =>
  [...part.matchAll(/^\| `([a-z0-9-]+)` \| (.+) \|$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']);

test('docs/errors.md lists every code and no other, with the exit code that it has', () => {
  const documented = Object.fromEntries(
    rows(stopping).map(([code, rest]) => [code, Number(rest?.split(' | ')[0])]),
  );
  const actual = Object.fromEntries(
    Object.keys(ERROR_CODES).map((code) => [code, exitCodeOf(new ChiasmError(code as ErrorCode, ''))]),
  );
  expect(documented).toEqual(actual);
});

test('docs/errors.md says what every exit code means, in the words of the program', () => {
  const documented = [...text.matchAll(/^\| (\d) \| (.+) \|$/gm)].map((match) => [match[1], match[2]]);
  expect(Object.fromEntries(documented)).toEqual(EXIT_CODES);
});

test('docs/errors.md lists every answer of the HTTP server and no other', () => {
  const documented = rows(answers).map(([code]) => code);
  expect(documented.sort()).toEqual([...HTTP_ERROR_CODES, ...QUERY_ERROR_CODES].sort());
});

test('docs/errors.md lists every reason for quarantine and no other', () => {
  expect(
    rows(quarantine)
      .map(([code]) => code)
      .sort(),
  ).toEqual([...REJECTION_CODES].sort());
});

test('every code is thrown somewhere', () => {
  const sources = ['base', 'cli', 'cube', 'demo', 'etl', 'models', 'serve']
    .flatMap((room) =>
      readdirSync(join(packageRoot, room), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(packageRoot, room, file),
      ),
    )
    .filter(
      (file) =>
        file.endsWith('.ts') && !file.endsWith('base/error.ts') && !file.endsWith('rejection-code.ts'),
    )
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const unused = [...Object.keys(ERROR_CODES), ...REJECTION_CODES].filter(
    (code) => !sources.includes(`'${code}'`),
  );
  expect(unused).toEqual([]);
});
