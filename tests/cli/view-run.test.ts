import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { BAD, expectedRow, good, mutate, pick, view } from '../view/bad-lines.ts';
import { viewOf } from '../view/column.ts';
import { chiasm } from './run-chiasm.ts';

interface Place {
  readonly directory: string;
  readonly view: string;
  readonly input: string;
}

function place(content: string | Uint8Array, name = 'in.ndjson', definition: unknown = view): Place {
  const directory = temporaryDirectory();
  const file = { directory, view: join(directory, 'v.view.json'), input: join(directory, name) };
  writeFileSync(file.view, JSON.stringify(definition));
  writeFileSync(file.input, content);
  return file;
}

test('each bad line is told with its number, all others become rows', async () => {
  const lines = BAD.flatMap(([line], index) => [good(`g${index}`), line]);
  const files = place(`\ufeff${lines.join('\r\n')}\r\n`);
  const quarantine = join(files.directory, 'q.ndjson');
  const run = await chiasm([
    'view',
    'run',
    files.view,
    files.input,
    '-f',
    'ndjson',
    '--quarantine',
    quarantine,
  ]);
  expect(run.code).toBe(3);
  const rows = run.out
    .toString()
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(rows).toEqual(
    BAD.map((_, index) => ({
      id: `g${index}`,
      status: 'final',
      codes: ['8302-2', '271649006'],
      value: '1.10',
      number: 1.1,
      issued: '2020-01-01 08:00:00+00',
      is_there: null,
      count: null,
    })),
  );
  const refused = readFileSync(quarantine, 'utf8').trim().split('\n');
  expect(refused.map((line) => JSON.parse(line) as { line: number; code: string })).toMatchObject(
    BAD.map(([, code], index) => ({ line: 2 * index + 2, code, input: 1 })),
  );
  expect(run.err).toContain(`${BAD.length} line(s) refused`);
  expect(run.err).not.toContain('final');
});

test.each(BAD)('one bad line alone is found: case %#', async (line, code) => {
  const files = place(`${good('a')}\n${line}\n${good('b')}\n`);
  const run = await chiasm(['view', 'run', files.view, files.input]);
  expect([run.code, run.out.toString().split('\n').length]).toEqual([3, 4]);
  expect(run.err).toContain(`line 2: ${code}`);
});

test('files of mixed types, packed files, folders, patterns and stdin', async () => {
  const other = '{"resourceType":"Patient","id":"p","name":[{"family":"F"}],"code":5}';
  const files = place(gzipSync(`${good('a')}\n${other}\n${good('b')}\n`), 'x.ndjson.gz');
  for (const input of [files.input, files.directory, join(files.directory, '*.gz'), '-']) {
    const run = await chiasm(['view', 'run', files.view, input], input === '-' ? files.input : undefined);
    expect([run.code, run.err]).toEqual([0, '']);
    expect(
      run.out
        .toString()
        .split('\n')
        .slice(1)
        .map((row) => row.split(',')[0]),
    ).toEqual(['a', 'b', '']);
  }
  const missing = await chiasm(['view', 'run', files.view, join(files.directory, 'none*.ndjson')]);
  expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('source-not-found')]);
});

test('parquet and arrow hold the same rows, with their types', async () => {
  const typed = viewOf('Observation', {
    id: { path: 'id', tag: [{ name: 'ansi/type', value: 'UUID' }] },
    codes: { path: 'code.coding.code', collection: true },
    number: { path: 'value.ofType(Quantity).value', tag: [{ name: 'ansi/type', value: 'DECIMAL(10,2)' }] },
    issued: 'issued',
    day: { path: 'issued', tag: [{ name: 'ansi/type', value: 'DATE' }] },
    wide: {
      path: "'-170141183460469231731687303715884105727'",
      tag: [{ name: 'ansi/type', value: 'HUGEINT' }],
    },
    is_there: 'value.exists()',
    rank: '%rowIndex',
    double: { path: 'value.ofType(Quantity).value', tag: [{ name: 'ansi/type', value: 'DOUBLE' }] },
  });
  const uuid = '53fefa32-fcbb-4ff8-8a92-55ee120877b7';
  const lines = Array.from({ length: 3000 }, (_, index) =>
    index === 1
      ? good('no uuid', '"status":null')
          .replace('"status":"final",', '')
          .replace(/"issued":"[^"]*",/, '')
      : good(uuid),
  );
  const files = place(`${lines.join('\n')}\n`, 'in.ndjson', typed);
  const parquet = join(files.directory, 'o.parquet');
  const written = await chiasm(['view', 'run', files.view, files.input, '-f', 'parquet', '-o', parquet]);
  expect([written.code, written.err]).toEqual([0, '']);
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run("set timezone = 'UTC'");
  const [row] = (
    await connection.runAndReadAll(
      `select count(*) as n, count(id) as ids, any_value(codes) as codes, min(number) as number, min(issued) as issued, min(day) as day, min(wide) as wide from '${parquet}'`,
    )
  ).getRowObjectsJson();
  expect(row).toEqual({
    n: '3000',
    ids: '2999',
    codes: ['8302-2', '271649006'],
    number: '1.10',
    issued: '2020-01-01 08:00:00+00',
    day: '2020-01-01',
    wide: '-170141183460469231731687303715884105727',
  });
  const { code, out } = await chiasm(['view', 'run', files.view, files.input, '-f', 'arrow']);
  const table = tableFromIPC(out);
  expect(code).toBe(0);
  expect(table.numRows).toBe(3000);
  expect(table.schema.fields.map(({ name, type }) => [name, String(type)])).toEqual([
    ['id', 'FixedSizeBinary[16]'],
    ['codes', 'List<Utf8>'],
    ['number', 'Decimal[10e+2]'],
    ['issued', 'Timestamp<MICROSECOND, UTC>'],
    ['day', 'Date32<DAY>'],
    ['wide', 'Utf8'],
    ['is_there', 'Bool'],
    ['rank', 'Int32'],
    ['double', 'Float64'],
  ]);
  expect(table.schema.fields[0]?.metadata.get('ARROW:extension:name')).toBe('arrow.uuid');
  const first = table.get(0)?.toJSON();
  expect(Buffer.from(first?.['id'] as Uint8Array).toString('hex')).toBe(uuid.replaceAll('-', ''));
  expect(String(first?.['number'])).toBe('110');
  expect(Number(first?.['issued'])).toBe(Date.UTC(2020, 0, 1, 8));
  expect(first?.['double']).toBe(1.1);
  expect(Array.from((first?.['codes'] ?? []) as Iterable<string>)).toEqual(['8302-2', '271649006']);
  expect(table.getChild('id')?.nullCount).toBe(1);
});

test('--explain prints the plan and SQL that DuckDB takes', async () => {
  const files = place(`${good('a')}\n`);
  const { code, out } = await chiasm(['view', 'run', files.view, files.input, '--explain']);
  const [plan, ...sql] = out.toString().split('\n\n');
  expect(code).toBe(0);
  expect(plan).toContain('view tested over Observation');
  expect(plan).toContain('value text of the number');
  const connection = await (await DuckDBInstance.create()).connect();
  expect((await connection.runAndReadAll(sql.join('\n\n'))).currentRowCount).toBe(1);
});

test('a view that objects to the data fails as itself and writes nothing', async () => {
  const files = place(`${good('a')}\n`, 'in.ndjson', viewOf('Observation', { code: 'code.coding.code' }));
  const output = join(files.directory, 'o.csv');
  const { code, err } = await chiasm(['view', 'run', files.view, files.input, '-o', output]);
  expect([code, err]).toEqual([3, expect.stringContaining('column code: more than one value')]);
  expect(() => readFileSync(output)).toThrow();
});

describeWithSharedData('mutated records', () => {
  test('nothing good is lost and nothing bad becomes a value', async () => {
    const lines = readFileSync(sharedData('fhir', 'pathling-ndjson', 'Observation.ndjson'), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const kinds = fc.integer({ min: 0, max: 4 });
    const mutation = fc.tuple(
      fc.constantFrom(...lines),
      kinds,
      fc.integer({ min: 0, max: 999 }),
      fc.nat(255),
    );
    const mutated = fc.sample(fc.noBias(mutation), { numRuns: 600, seed: 20260101 });
    const all = mutated.map(([line, kind, at, byte]) => mutate(line, kind, at, byte));
    const files = place(Buffer.concat(all.flatMap((line) => [line, Buffer.from('\n')])));
    const quarantine = join(files.directory, 'q.ndjson');
    const run = await chiasm([
      'view',
      'run',
      files.view,
      files.input,
      '-f',
      'ndjson',
      '--quarantine',
      quarantine,
    ]);
    const expected = all.flatMap((line) => expectedRow(line));
    expect([run.code, run.err]).toEqual([3, expect.stringContaining('refused')]);
    const rows = run.out
      .toString()
      .split('\n')
      .filter((line) => line !== '');
    expect(rows.map((row) => pick(JSON.parse(row) as Record<string, unknown>))).toEqual(expected);
  });
});
