import { expect, test } from 'vitest';
import { readBundleEntries, sliceMembers } from '../../etl/source/fhir-bundle.ts';

test('every entry has its own text and the bytes before it', () => {
  const text = `{ "resourceType": "Bundle", "type": "history", "note": "größer 🙂",
    "entry": [
      { "fullUrl": "a", "resource": {"resourceType":"Patient","id":"ä", "name": [{}]} },
      { "request": { "method": "DELETE", "url": "Patient/2" }, "response": { "lastModified": "2024-02-02T01:00:00+01:00" } },
      { "resource": {
          "resourceType":"Patient","id":"3" } } ] }`;
  const bytes = Buffer.from(text);
  const entries = readBundleEntries(JSON.parse(text), text);
  expect(entries.map(({ text: own, lastModified }) => [own, lastModified])).toEqual([
    ['{"resourceType":"Patient","id":"ä", "name": [{}]}', undefined],
    [undefined, '2024-02-02T00:00:00.000000000Z'],
    ['{\n          "resourceType":"Patient","id":"3" }', undefined],
  ]);
  for (const { text: own, offset } of entries) {
    if (own === undefined) continue;
    expect(bytes.subarray(offset, offset + Buffer.byteLength(own)).toString()).toBe(own);
  }
  const list = `[ {"a":{}}, "ü", {"b":1} ]`;
  expect([...sliceMembers(list)]).toEqual([
    [0, { text: '{"a":{}}', offset: 2 }],
    [2, { text: '{"b":1}', offset: 18 }],
  ]);
});

test('a Bundle costs as much as its size, not its square', { timeout: 15_000 }, () => {
  const entry = `{"resource":{"resourceType":"Observation","id":"1","note":[{"text":"${'ö'.repeat(300)}"}]}}`;
  const text = `{"resourceType":"Bundle","type":"collection","entry":[${Array(40_000).fill(entry).join(',')}]}`;
  const entries = readBundleEntries(JSON.parse(text), text);
  expect(entries.at(-1)?.offset).toBe(Buffer.byteLength(text) - Buffer.byteLength(entry) - 2 + 12);
});
