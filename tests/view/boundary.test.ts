import { afterAll, beforeAll, expect, test } from 'vitest';
import { viewOf } from './column.ts';
import { createViewRunner, type ViewRunner } from './run-view.ts';

let runner: ViewRunner;
beforeAll(async () => {
  runner = await createViewRunner();
});
afterAll(() => runner.close());

/** https://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time with its examples. */
test.each([
  ['1.587', '', '1.58650000', '1.58750000'],
  ['1.587', '8', '1.58650000', '1.58750000'],
  ['1.587', '2', '1.58', '1.59'],
  ['1.587', '6', '1.586500', '1.587500'],
  ['1.587', '0', '1', '2'],
  ['-1.587', '', '-1.58750000', '-1.58650000'],
  ['-1.587', '2', '-1.59', '-1.58'],
  ['12.500', '4', '12.4995', '12.5005'],
  ['1.0', '', '0.95000000', '1.05000000'],
  ['1', '', '0.50000000', '1.50000000'],
  ['120', '2', '119.50', '120.50'],
  ['1E+2', '', '50.00000000', '150.00000000'],
  ['1.5e1', '', '14.50000000', '15.50000000'],
  ['0.1234567890123456', '', '0.12345678901234555', '0.12345678901234565'],
  ['1.587', '-1', null, null],
])('the boundaries of %s to (%s)', async (text, precision, low, high) => {
  const quantity = 'value.ofType(Quantity).value';
  const view = viewOf('Observation', {
    low: `${quantity}.lowBoundary(${precision})`,
    high: `${quantity}.highBoundary(${precision})`,
  });
  const { files } = await runner.run(view, [
    `{"resourceType":"Observation","id":"o","valueQuantity":{"value":${text}}}`,
  ]);
  expect(files).toEqual([{ low, high }]);
});

test.each([
  ['2014', '6', '2014-01', '2014-12'],
  ['2014', '', '2014-01-01T00:00:00.000+14:00', '2014-12-31T23:59:59.999-12:00'],
  ['2014-02', '8', '2014-02-01', '2014-02-28'],
  ['2014-01-01T08', '17', '2014-01-01T08:00:00.000+14:00', '2014-01-01T08:59:59.999-12:00'],
  ['2014-01-01T08:05+08:00', '17', '2014-01-01T08:05:00.000+08:00', '2014-01-01T08:05:59.999+08:00'],
  ['2014-01-01T08:05:25Z', '12', '2014-01-01T08:05Z', '2014-01-01T08:05Z'],
  ['2014', '5', null, null],
])('the boundaries of the time %s to (%s)', async (text, precision, low, high) => {
  const view = viewOf('Observation', {
    low: `effective.ofType(dateTime).lowBoundary(${precision})`,
    high: `effective.ofType(dateTime).highBoundary(${precision})`,
  });
  const { files } = await runner.run(view, [
    { resourceType: 'Observation', id: 'o', effectiveDateTime: text },
  ]);
  expect(files).toEqual([{ low, high }]);
});
