import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFhirRecord } from '../../etl/source/fhir-record.ts';

const codeOf = (text: string | Buffer): string => {
  const reading = readFhirRecord(typeof text === 'string' ? Buffer.from(text) : text);
  return reading.kind === 'rejected' ? `${reading.code} ${reading.element ?? ''}`.trim() : 'record';
};
const patient = (rest: string): string => `{"resourceType":"Patient","id":"1",${rest}}`;

describe('what is no record says why, and where by name', () => {
  test.each([
    ['{"resourceType":"Patient","id":"1"', 'invalid-json'],
    ['', 'invalid-json'],
    ['42', 'not-a-resource'],
    ['[{"resourceType":"Patient","id":"1"}]', 'not-a-resource'],
    ['{"id":"1"}', 'not-a-resource'],
    ['{"resourceType":"patient","id":"1"}', 'not-a-resource'],
    ['{"resourceType":"Patient"}', 'resource-without-id'],
    [patient('"birthDate":true'), 'shape-mismatch birthDate'],
    [patient('"active":"yes"'), 'shape-mismatch active'],
    [patient('"multipleBirthInteger":2.7'), 'shape-mismatch multipleBirthInteger'],
    [patient('"name":{"family":"x"}'), 'shape-mismatch name'],
    [patient('"name":[{"family":["x"]}]'), 'shape-mismatch name.family'],
    [patient('"_birthDate":"x"'), 'shape-mismatch _birthDate'],
    [patient('"contained":[{"resourceType":"Patient","gender":1}]'), 'shape-mismatch contained.gender'],
    [patient('"gender":"\\ud800"'), 'lone-surrogate gender'],
    [patient('"gender":"male","gender":"female"'), 'duplicate-key'],
    // The escaped colon makes up for the colon of the second key.
    [patient('"gender":"male","gender":"female","language":"\\u003a"'), 'duplicate-key'],
    [patient('"gender":"male","language":"\\u003A"'), 'record'],
    [patient('"extension":[{"url":"x","valueDecimal":1e999}]'), 'number-out-of-range extension.valueDecimal'],
    [patient(`"x":${'['.repeat(5000)}${']'.repeat(5000)}`), 'nesting-too-deep x'],
  ])('%.60s → %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  test('bytes that are no UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"resourceType":"Patient","id":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    expect(codeOf(bytes)).toBe('invalid-utf8');
  });
});

describe('what is one stays one', () => {
  test.each([
    patient('"name":[{"given":["a",null],"_given":[null,{"id":"x"}]}]'),
    patient('"birthDate":null'),
    patient('"unknownElement":{"a":[1,{"b":2}]}'),
    patient('"gender":"\\ud83d\\ude00"'),
    patient('"identifier":[{"system":"a:b:c","value":"x:y"}]'),
    '{"resourceType":"Questionnaire","id":"q","item":[{"linkId":"1","item":[{"linkId":"1.1"}]}]}',
    '{"resourceType":"SomethingNew","id":"1"}',
  ])('%.70s', (text) => {
    expect(codeOf(text)).toBe('record');
  });
});

test('a key given twice is found wherever it stands, and never where it does not', () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(json, fc.boolean(), (value, isDoubled) => {
      const inner = JSON.stringify(value);
      const text = patient(isDoubled ? `"x":{"k":${inner},"k":1}` : `"x":{"k":${inner},"l":1}`);
      expect(codeOf(text)).toBe(isDoubled ? 'duplicate-key' : 'record');
    }),
  );
});
