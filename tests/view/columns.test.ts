import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseViewDefinition } from '../../etl/view/parse.ts';
import { planView } from '../../etl/view/plan.ts';
import { printView } from '../../etl/view/sql.ts';
import { viewOf } from './column.ts';
import { createViewRunner, type ViewRunner } from './run-view.ts';

let runner: ViewRunner;
beforeAll(async () => {
  runner = await createViewRunner();
});
afterAll(() => runner.close());

const tag = (value: string) => [{ name: 'ansi/type', value }];

test('ansi/type casts, and what cannot be cast is NULL', async () => {
  const view = viewOf('Observation', {
    number: { path: 'value.ofType(Quantity).value', tag: tag('DECIMAL(10, 2)') },
    day: { path: 'effective.ofType(dateTime)', tag: tag('DATE') },
    text: { path: 'value.ofType(Quantity).value', tag: tag('CHARACTER VARYING') },
    wrong: { path: 'status', tag: tag('INTEGER') },
    instant: 'issued',
    kept: { path: 'issued', tag: [{ name: 'chiasm/privacy', value: 'date' }] },
    whole: 'code',
  });
  const { files } = await runner.run(view, [
    '{"resourceType":"Observation","id":"o","status":"final","code":{"text":"c"},"issued":"2020-01-01T10:00:00+02:00","effectiveDateTime":"2020-05","valueQuantity":{"value":1.256}}',
  ]);
  expect(files).toEqual([
    {
      number: '1.26',
      day: null,
      text: '1.256',
      wrong: null,
      instant: '2020-01-01 08:00:00+00',
      kept: '2020-01-01T10:00:00+02:00',
      whole: '{"text":"c"}',
    },
  ]);
});

test('the plan tells names, types, collections and tags', () => {
  const plan = planView(
    parseViewDefinition(
      viewOf('Patient', {
        key: 'getResourceKey()',
        birth: { path: 'birthDate', tag: [{ name: 'chiasm/privacy', value: 'birth-date' }] },
        given: { path: 'name.given', collection: true },
        multiple: 'multipleBirth.ofType(integer)',
        unknown: 'nothing',
      }),
    ),
  );
  expect(plan.columns).toEqual([
    { name: 'key', fhirType: 'string', sqlType: 'VARCHAR', isCollection: false, tags: {} },
    {
      name: 'birth',
      fhirType: 'date',
      sqlType: 'VARCHAR',
      isCollection: false,
      tags: { 'chiasm/privacy': 'birth-date' },
    },
    { name: 'given', fhirType: 'string', sqlType: 'VARCHAR', isCollection: true, tags: {} },
    { name: 'multiple', fhirType: 'integer', sqlType: 'INTEGER', isCollection: false, tags: {} },
    { name: 'unknown', fhirType: null, sqlType: 'VARCHAR', isCollection: false, tags: {} },
  ]);
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  expect(Object.keys(plan.shape).sort()).toEqual(['birthDate', 'id', 'multipleBirthInteger', 'name']);
});

test('more than one value where one is expected stops the query and tells view and column, no data', async () => {
  const view = viewOf('Patient', { family: 'name.family' });
  const record = { resourceType: 'Patient', id: 'p', name: [{ family: 'Secret' }, { family: 'Hidden' }] };
  const failure = await runner.run(view, [record]).then(() => '', String);
  expect(failure).toContain('view tested, column family');
  expect(failure).not.toMatch(/Secret|Hidden/);
});

test('carried columns lead, names are quoted, and compressed files are read', async () => {
  const file = join(tmpdir(), `chiasm-view-${process.pid}.ndjson.gz`);
  writeFileSync(
    file,
    gzipSync('{"resourceType":"Patient","id":"p","name":[{"family":"A"},{"family":"B"}]}\n'),
  );
  const plan = planView(
    parseViewDefinition({
      name: 'tested',
      resource: 'Patient',
      select: [
        { column: [{ name: 'Order', path: 'id' }] },
        { forEach: 'name', column: [{ name: 'select', path: 'family' }] },
      ],
    }),
  );
  const rows = await runner.query(
    printView(plan, { kind: 'files', files: [file], carry: ['filename', 'id'] }),
  );
  expect(rows.map((row) => Object.entries(row))).toEqual(
    ['A', 'B'].map((name) => [
      ['__filename', file],
      ['__id', 'p'],
      ['Order', 'p'],
      ['select', name],
    ]),
  );
  const relation = `select '{"resourceType":"Patient","id":"p","name":[{"family":"A"}]}'::json as json, 7 as person`;
  const carried = await runner.query(
    printView(plan, { kind: 'json-relation', sql: relation, carry: ['person'] }),
  );
  expect(carried).toEqual([{ __person: 7, Order: 'p', select: 'A' }]);
  const none = await runner.query(printView(plan, { kind: 'files', files: [], carry: ['filename', 'id'] }));
  expect(none).toEqual([]);
});

test('quotes in texts stay text', async () => {
  const view = viewOf('Patient', {
    text: "'it\\'s \"x\" \\u0041'",
    is_it: "name.where(family = 'O\\'Neil').exists()",
  });
  const { files } = await runner.run(view, [
    { resourceType: 'Patient', id: 'p', name: [{ family: "O'Neil" }] },
  ]);
  expect(files).toEqual([{ text: `it's "x" A`, is_it: true }]);
});
