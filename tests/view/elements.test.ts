import { afterAll, beforeAll, expect, test } from 'vitest';
import { viewOf } from './column.ts';
import { createViewRunner, type ViewRunner } from './run-view.ts';

let runner: ViewRunner;
beforeAll(async () => {
  runner = await createViewRunner();
});
afterAll(() => runner.close());

async function one(
  resource: string,
  columns: Parameters<typeof viewOf>[1],
  record: object,
): Promise<unknown> {
  const { files, relation } = await runner.run(viewOf(resource, columns), [
    { resourceType: resource, id: 'x', ...record },
  ]);
  expect(relation).toEqual(files);
  return files[0];
}

test('value[x] by type, by declared column type, and as whatever is there', async () => {
  const columns = {
    text: 'value.ofType(string)',
    whole: { path: 'value.ofType(integer)', type: 'integer' },
    declared: { path: 'value', type: 'integer' },
    any: 'value',
    unit: 'value.unit',
    is_quantity: 'value is Quantity',
    is_there: 'value.exists()',
  };
  expect(await one('Observation', columns, { valueString: 'a' })).toEqual({
    text: 'a',
    whole: null,
    declared: null,
    any: 'a',
    unit: null,
    is_quantity: false,
    is_there: true,
  });
  expect(await one('Observation', columns, { valueInteger: 4 })).toEqual({
    text: null,
    whole: 4,
    declared: 4,
    any: '4',
    unit: null,
    is_quantity: false,
    is_there: true,
  });
  expect(await one('Observation', columns, { valueQuantity: { value: 1.5, unit: 'mg' } })).toEqual({
    text: null,
    whole: null,
    declared: null,
    any: null,
    unit: 'mg',
    is_quantity: true,
    is_there: true,
  });
  expect(await one('Observation', columns, {})).toEqual({
    text: null,
    whole: null,
    declared: null,
    any: null,
    unit: null,
    is_quantity: null,
    is_there: false,
  });
});

test('mixed value[x] of a list keeps the order of its elements', async () => {
  const component = [{ valueString: 'b' }, { valueInteger: 1 }, {}, { valueString: 'a' }];
  const columns = { values: { path: 'component.value', collection: true }, first: 'component.value.first()' };
  expect(await one('Observation', columns, { component })).toEqual({ values: ['b', '1', 'a'], first: 'b' });
});

test('ofType takes derived types: a code is a string', async () => {
  const record = {
    extension: [
      { url: 'u', valueCode: 'c' },
      { url: 'u', valueUri: 'urn:x' },
    ],
  };
  expect(
    await one(
      'Patient',
      { strings: { path: "extension('u').value.ofType(string)", collection: true } },
      record,
    ),
  ).toEqual({ strings: ['c'] });
});

test('extensions of primitives stand beside them', async () => {
  const columns = {
    time: "birthDate.extension('http://t').value.ofType(dateTime)",
    given: { path: "name.given.extension('g').value.ofType(string)", collection: true },
    first: "name.given.first().extension('g').value.ofType(string).first()",
    names: { path: 'name.given', collection: true },
    is_there: 'birthDate.exists()',
    has_value: 'birthDate.hasValue()',
  };
  const record = {
    _birthDate: { extension: [{ url: 'http://t', valueDateTime: '1970-01-01T10:00:00Z' }] },
    name: [{ given: [null, 'B'], _given: [{ extension: [{ url: 'g', valueString: 'masked' }] }, null] }],
  };
  expect(await one('Patient', columns, record)).toEqual({
    time: '1970-01-01T10:00:00Z',
    given: ['masked'],
    first: 'masked',
    names: ['B'],
    is_there: true,
    has_value: false,
  });
});

test('unknown elements are empty, whatever is asked of them', async () => {
  const columns = {
    a: 'nickname',
    b: 'name.nickname.first()',
    c: "name.where(nickname = 'x').exists()",
    d: 'nickname.exists()',
    e: 'valueQuantity.value',
    f: { path: 'nickname', collection: true, type: 'integer' },
  };
  expect(await one('Patient', columns, { name: [{ family: 'F' }], nickname: 'N' })).toEqual({
    a: null,
    b: null,
    c: false,
    d: false,
    e: null,
    f: [],
  });
});

test('three-valued logic', async () => {
  const columns = {
    and_false: '({} = true) and false',
    and_true: '({} = true) and true',
    or_true: '({} = true) or true',
    implied: '({} = true) implies true',
    exclusive: '({} = true) xor true',
    negated: '({} = true).not()',
    unequal: "gender != 'male'",
    choice: 'deceased.ofType(boolean) or false',
  };
  expect(await one('Patient', columns, {})).toEqual({
    and_false: false,
    and_true: null,
    or_true: true,
    implied: true,
    exclusive: null,
    negated: null,
    unequal: null,
    choice: null,
  });
});

test('dates are compared as far as both are given', async () => {
  const columns = {
    year: 'birthDate < @1980',
    same: 'birthDate < @1970',
    month: 'birthDate = @1970-06',
    day: 'birthDate = @1970-06-01',
    other: 'birthDate = @1971-06-01',
    instant: 'meta.lastUpdated = @2020-01-01T10:00:00Z',
    later: 'meta.lastUpdated > @2020-01-01T08:30:00Z',
    no_offset: 'meta.lastUpdated > @2020-01-01T08:30:00',
  };
  expect(
    await one('Patient', columns, {
      birthDate: '1970-06',
      meta: { lastUpdated: '2020-01-01T12:00:00+02:00' },
    }),
  ).toEqual({
    year: true,
    same: null,
    month: true,
    day: null,
    other: false,
    instant: true,
    later: true,
    no_offset: null,
  });
});

test('boundaries reach as far as the precision written', async () => {
  const columns = {
    low: 'value.ofType(dateTime).lowBoundary()',
    high: 'value.ofType(dateTime).highBoundary()',
    year: "extension('y').value.ofType(date).first().highBoundary()",
    leap: "extension('m').value.ofType(date).first().highBoundary()",
    decimal: "extension('d').value.ofType(decimal).first().lowBoundary()",
    minute: "extension('t').value.ofType(time).first().highBoundary()",
  };
  const record = {
    valueDateTime: '2010-10-10T10:20:30+02:00',
    extension: [
      { url: 'y', valueDate: '2019' },
      { url: 'm', valueDate: '2020-02' },
      { url: 'd', valueDecimal: 1.587 },
      { url: 't', valueTime: '12:34' },
    ],
  };
  expect(await one('Observation', columns, record)).toEqual({
    low: '2010-10-10T10:20:30.000+02:00',
    high: '2010-10-10T10:20:30.999+02:00',
    year: '2019-12-31',
    leap: '2020-02-29',
    decimal: '1.58650000',
    minute: '12:34:59.999',
  });
});

test('quantities compare where their units agree', async () => {
  const columns = {
    more: "value.ofType(Quantity) > 5 'mg'",
    other: "value.ofType(Quantity) > 5 'g'",
    equal: "value = 6.0 'mg'",
  };
  expect(
    await one('Observation', columns, { valueQuantity: { value: 6, unit: 'milligram', code: 'mg' } }),
  ).toEqual({
    more: true,
    other: null,
    equal: true,
  });
});

test('sums of decimals are those of decimals, and nothing is divided by zero', async () => {
  const columns = {
    sum: 'value.ofType(Range).low.value + value.ofType(Range).high.value',
    is_sum: 'value.ofType(Range).low.value + value.ofType(Range).high.value = 0.3',
    by_zero: 'value.ofType(Range).low.value / 0',
    integer: '7 div 2',
    rest: '7 mod 0',
  };
  expect(
    await one('Observation', columns, { valueRange: { low: { value: 0.1 }, high: { value: 0.2 } } }),
  ).toEqual({
    sum: '0.3',
    is_sum: true,
    by_zero: null,
    integer: '3',
    rest: null,
  });
});
