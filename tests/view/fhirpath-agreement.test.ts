import fhirpath from 'fhirpath';
import model from 'fhirpath/fhir-context/r4';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createViewRunner, type ViewRunner } from './run-view.ts';

/**
 * The same expressions over the same resource in SQL and in fhirpath.js, an independent implementation. Left
 * out are those where it departs from FHIRPath or has no answer: `_status`, boundaries without an offset, equality of
 * FHIR quantities with quantity literals, keys.
 */
const observation = {
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  _status: { extension: [{ url: 'a', valueString: 'beside' }] },
  code: {
    coding: [
      { system: 's1', code: 'a' },
      { system: 's2', code: 'b' },
    ],
    text: 'Text',
  },
  valueQuantity: { value: 5.5, unit: 'mg', code: 'mg' },
  effectiveDateTime: '2020-01-02',
  issued: '2020-01-02T03:04:05Z',
  contained: [
    { resourceType: 'Patient', id: 'p', name: [{ family: 'F', given: ['G', 'H'] }] },
    { resourceType: 'Device', id: 'd' },
  ],
  component: [
    { code: { text: 'c1' }, valueString: 'x' },
    { code: { text: 'c2' }, valueInteger: 3 },
    { code: { text: 'c3' }, valueQuantity: { value: 1 } },
    { code: { coding: [{ system: 's1', code: 'q' }] }, valueBoolean: true },
  ],
  note: [{ authorString: 'me', text: 'n' }],
  extension: [{ url: 'a', extension: [{ url: 'b', valueCode: 'z' }] }],
};

const expressions = `
status | Observation.status | nickname | status.exists() | status.extension('a').value.ofType(string)
value.ofType(Quantity).value | value.unit | value.exists() | value.is(Quantity) | value is string | value.count()
value.exists($this is Quantity) | value.all($this is Quantity) | value.distinct().count() | effective.ofType(dateTime)
component.value.ofType(integer) | component.value.exists() | component.value.count() | component.value.first()
component.where(value is string).code.text | component.where(value.exists()).count() | component[1].value
component.where(value.ofType(integer) = 3).code.text | component.exists(value is integer) | component.value.ofType(boolean)
component.select(code.text) | component.where(code.coding.empty()).count() | component.tail().code.text | component.code.text.join('-')
code.coding.code | code.coding[0].code | code.coding[2].code | code.coding.first().code | code.coding.last().code
code.coding.skip(1).code | code.coding.take(1).code | code.coding.select(system & code) | code.coding.where($index = 1).code
code.coding.all(system.exists()) | code.coding.exists(code = 'b') | code.coding.where(code = 'a' and system = 's1').exists()
code.coding.code.isDistinct() | code.coding.system.distinct() | code.coding.code.where($this = 'b') | code.coding.select($index)
code.coding.system.union(code.coding.code) | code.coding.code.combine(code.coding.code).count() | repeat(extension).url
contained.count() | contained.id | contained.ofType(Patient).name.given | contained.ofType(Patient).first().name.first().family
extension('a').extension('b').value | extension.extension.value.ofType(code) | note.author | note.author.ofType(string)
status = 'final' | status != 'final' | status ~ 'FINAL' | status in ('final' union 'amended') | ('final' union 'x') contains status
status.matches('^f.*l$') | status.substring(1) | status.substring(1, 2) | status.substring(9) | status.indexOf('n') | status.length()
status.startsWith('fi') | status.endsWith('al') | status.contains('na') | status.replace('f', 'g') | status.upper() | status.split('n')
status.toInteger() | '12'.toInteger() | '1.5'.toDecimal() | true.toString() | 5.toString() | status + 'x' | status & {} | status + {}
1 + 2 * 3 | (1 + 2) * 3 | 10 / 4 | 10 div 4 | 10 mod 4 | 1 / 0 | 2.5.floor() | 2.5.ceiling() | (-2.5).truncate() | (-3).abs()
1 = 1.0 | 0.1 + 0.2 = 0.3 | 2 > 1.5 | 'a' < 'b' | value.ofType(Quantity).value >= 5.5 | value.ofType(Quantity).value * 2
true and {} | false and {} | true or {} | false or {} | {} implies true | true xor false | {}.not() | (status = 'x').not()
iif(status = 'final', 1, 2) | iif({}, 1, 2) | coalesce(value.ofType(string), status) | {}.exists() | {}.empty() | {}.count()
effective.ofType(dateTime) > @2019 | effective.ofType(dateTime) = @2020 | effective.ofType(dateTime) < @2020-02-01 | issued > @2020-01-02T03:04:05.000Z
(true union false).allTrue() | (true union false).anyTrue() | status is code | status is string | status.is(FHIR.code)
`
  .trim()
  .split(/\n| \| /)
  .map((expression) => expression.trim().replaceAll(' union ', ' | '));

let runner: ViewRunner;
beforeAll(async () => {
  runner = await createViewRunner();
});
afterAll(() => runner.close());

test('expressions mean what they mean to fhirpath.js', async () => {
  const column = expressions.map((path, index) => ({ name: `c${index}`, path, collection: true }));
  const { files, relation } = await runner.run({ resource: 'Observation', select: [{ column }] }, [
    observation,
  ]);
  expect(relation).toEqual(files);
  const [row = {}] = files;
  const actual = expressions.map((path, index) => [path, (row[`c${index}`] as unknown[]).map(normal)]);
  const expected = expressions.map((path) => {
    const values: unknown = fhirpath.evaluate(observation, path, {}, model);
    return [path, (values as unknown[]).map(normal)];
  });
  expect(actual).toEqual(expected);
});

/** Numbers by value: decimals are text in SQL and numbers there. */
function normal(value: unknown): unknown {
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2} /.test(value))
    return value.replace(/ (.*)\+00/, 'T$1Z');
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}
