import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quoteNumbers } from '../../etl/view/sql-exact.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { viewOf } from './column.ts';
import { createViewRunner, type ViewRunner } from './run-view.ts';

let runner: ViewRunner;
beforeAll(async () => {
  runner = await createViewRunner();
});
afterAll(() => runner.close());

const observation = (quantity: string, more = ''): string =>
  `{"resourceType":"Observation","id":"o","status":"final","valueQuantity":${quantity}${more}}`;

test.each([
  '1.10',
  '7.0',
  '0.12345678901234567890',
  '12345678901234567890.5',
  '1E+2',
  '1e-7',
  '-0',
  '-0.0',
  '100',
  '0.00000010',
  '1.50E-300',
])('a decimal is shown as it is written: %s', async (text) => {
  const view = viewOf('Observation', {
    exact: 'value.ofType(Quantity).value',
    text: { path: 'value.ofType(Quantity).value', tag: [{ name: 'ansi/type', value: 'VARCHAR' }] },
    number: { path: 'value.ofType(Quantity).value', tag: [{ name: 'ansi/type', value: 'DOUBLE' }] },
    whole: 'value.ofType(Quantity)',
    joined: "component.value.ofType(Quantity).value.join(' ')",
    is_small: 'value.ofType(Quantity).value < 1000',
  });
  const component = `,"component":[{"valueQuantity":{"value" : ${text}}},{"valueQuantity":{"value":2.00}}]`;
  const { files, relation } = await runner.run(view, [
    observation(`{"value":${text},"unit":"\\"value\\":1.10"}`, component),
  ]);
  expect(relation).toEqual(files);
  expect(files[0]).toEqual({
    exact: text,
    text,
    number: Number(text),
    whole: `{"value":${text},"unit":"\\"value\\":1.10"}`,
    joined: `${text} 2.00`,
    is_small: Number(text) < 1000,
  });
});

test('a view that makes numbers of its decimals is read without their text', async () => {
  const typed = viewOf('Observation', {
    number: { path: 'value.ofType(Quantity).value', tag: [{ name: 'ansi/type', value: 'DECIMAL(18,6)' }] },
    is_high: 'value.ofType(Quantity).value > 5',
  });
  const { files } = await runner.run(typed, [observation('{"value":6.50}')]);
  expect(files).toEqual([{ number: '6.500000', is_high: true }]);
});

/** Every token of a JSON text that is a number under the key, by a lexer of its own. */
function lexQuoted(text: string, name: string): string {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|\s+|[^"\s]/gs) ?? [];
  const solid: string[] = [];
  return tokens
    .map((token) => {
      const isValue = solid.at(-1) === ':' && (solid.at(-2) ?? '').endsWith(`${name}"`);
      if (token.trim() !== '') solid.push(token);
      return isValue && /^-?\d/.test(token) ? `"${token}"` : token;
    })
    .join('');
}

test('only numbers are quoted, whatever strings contain', async () => {
  const fragment = fc.constantFrom(
    '"value":1.10',
    'value',
    '"',
    '\\',
    ':',
    ' ',
    '1.10',
    '{"value" : 2}',
    '\n',
    'ü',
    ',',
    '}',
  );
  const text = fc.array(fragment, { maxLength: 6 }).map((parts) => parts.join(''));
  const number = fc.constantFrom('1.10', '-0', '1E+2', '12345678901234567890', '0.0');
  const space = fc.constantFrom('', ' ', '\t');
  const member = fc.tuple(
    fc.oneof(fc.constant('value'), text),
    space,
    space,
    fc.oneof(
      number,
      text.map((each) => JSON.stringify(each)),
    ),
  );
  const line = fc
    .uniqueArray(member, { minLength: 1, maxLength: 8, selector: ([key]) => key })
    .map(
      (members) =>
        `{${members.map(([key, a, b, value]) => `${JSON.stringify(key)}${a}:${b}${value}`).join(',')}}`,
    );
  const samples = fc.sample(line, 2_000);
  const file = join(temporaryDirectory(), 'lines.ndjson');
  writeFileSync(file, `${samples.join('\n')}\n`);
  const rows = await runner.query(
    `select ${quoteNumbers('json::varchar', ['value'], false)} as quoted from read_json_objects('${file}', format = 'newline_delimited')`,
  );
  expect(rows.map((row) => row['quoted'])).toEqual(samples.map((sample) => lexQuoted(sample, 'value')));
});
