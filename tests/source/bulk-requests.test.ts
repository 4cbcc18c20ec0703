import { expect, test } from 'vitest';
import { fhirBulkSource } from '../../etl/source/bulk-config.ts';
import { describeNetworkError } from '../../etl/source/bulk-http.ts';
import { kickOffRequest } from '../../etl/source/bulk-request.ts';
import { parseRetryAfter } from '../../etl/source/bulk-retry.ts';
import { TestClock } from '../support/bulk-server-clock.ts';
import { answer, redirectElsewhere, revokeTokens } from '../support/bulk-server-faults.ts';
import {
  clientKey,
  fill,
  oneNight,
  openHospital,
  readLanded,
  START,
} from '../support/bulk-server-harness.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const nothing = { since: null, until: null, patients: null, elements: null, types: null };

function parse(source: Readonly<Record<string, unknown>>): ReturnType<typeof fhirBulkSource.parse> {
  return fhirBulkSource.parse({
    name: 'hospital',
    kind: 'fhir-bulk',
    url: 'https://fhir.hospital.org/r4/',
    level: { kind: 'group', group: 'g1' },
    ...source,
  });
}

test('a kick-off says all that is asked: GET with lists until STU3, POST with Parameters in the ballot', () => {
  const source = parse({
    typeFilters: ['Observation?code=a,b', 'Condition?x=1'],
    elements: ['id', 'code'],
    includeAssociatedData: ['LatestProvenanceResources'],
    organizeOutputBy: 'Patient',
    allowPartialManifests: true,
  });
  const request = { ...nothing, types: ['Patient', 'Observation'], since: '2026-01-01T00:00:00.000Z' };
  const get = kickOffRequest(source, request, 'stu3');
  expect(get.method).toBe('GET');
  expect(get.headers['prefer']).toBe('respond-async');
  expect(get.url).toBe(
    'https://fhir.hospital.org/r4/Group/g1/$export?_outputFormat=application%2Ffhir%2Bndjson' +
      '&_type=Patient,Observation&_since=2026-01-01T00%3A00%3A00.000Z' +
      '&_typeFilter=Observation%3Fcode%3Da%252Cb&_elements=id,code' +
      '&includeAssociatedData=LatestProvenanceResources&organizeOutputBy=Patient&allowPartialManifests=true',
  );
  const repeated = kickOffRequest({ ...source, lists: 'repeat' }, request, 'stu2');
  expect(repeated.url).toContain('&_type=Patient&_type=Observation&');

  const post = kickOffRequest(source, { ...request, patients: ['p1'] }, 'ballot4');
  expect(post).toMatchObject({ method: 'POST', url: 'https://fhir.hospital.org/r4/Group/g1/$export' });
  expect(JSON.parse(post.body ?? '')).toEqual({
    resourceType: 'Parameters',
    parameter: [
      { name: '_outputFormat', valueString: 'application/fhir+ndjson' },
      { name: '_type', valueString: 'Patient' },
      { name: '_type', valueString: 'Observation' },
      { name: '_since', valueInstant: '2026-01-01T00:00:00.000Z' },
      { name: '_typeFilter', valueString: 'Observation?code=a,b' },
      { name: '_elements', valueString: 'id' },
      { name: '_elements', valueString: 'code' },
      { name: 'patient', valueReference: { reference: 'Patient/p1' } },
      {
        name: 'includeAssociatedData',
        valueCoding: {
          system: 'http://hl7.org/fhir/uv/bulkdata/CodeSystem/include-associated-data',
          code: 'LatestProvenanceResources',
        },
      },
      { name: 'organizeOutputBy', valueString: 'Patient' },
      { name: 'allowPartialManifests', valueBoolean: true },
    ],
  });
});

test('Retry-After is seconds or a date; what is neither is not obeyed', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(parseRetryAfter('120', now)).toBe(120_000);
  expect(parseRetryAfter('Thu, 01 Jan 2026 00:01:30 GMT', now)).toBe(90_000);
  expect(parseRetryAfter('Wed, 31 Dec 2025 23:00:00 GMT', now)).toBe(0);
  for (const text of [undefined, '', '12 minutes', '-5', '1.5', 'soon 5']) {
    expect(parseRetryAfter(text, now)).toBeUndefined();
  }
});

test.each([
  ['stu2', 'GET'],
  ['stu3', 'GET'],
  ['ballot4', 'POST'],
] as const)('finds out that the server speaks %s', async (flavour, method) => {
  const hospital = await openHospital({ flavour }, { typeFilters: ['Observation?status=final,amended'] });
  await fill(hospital);
  hospital.server.store.put('Observation', 'draft', { status: 'preliminary' });
  const report = await oneNight(hospital);
  expect(report.version).toBe(flavour);
  expect(hospital.server.requests('kick-off').map((each) => each.method)).toEqual([method]);
  expect([...(await readLanded(hospital)).keys()]).not.toContain('Observation/draft');
  expect((await readLanded(hospital)).size).toBe(10);
});

test.each([
  ['RS384', 'pem'],
  ['RS384', 'jwks'],
  ['ES384', 'pem'],
  ['ES384', 'jwks'],
] as const)('signs in with %s from %s, and again when tokens end', async (algorithm, form) => {
  const clock = new TestClock(START);
  const { keyFile, publicKey, kid } = clientKey(temporaryDirectory(), algorithm, form);
  const hospital = await openHospital(
    { clock, auth: { clientId: 'chiasm', algorithm, publicKey, kid, seconds: 60 }, polls: 30 },
    { auth: { kind: 'backend-services', clientId: 'chiasm', keyFile, keyId: kid, algorithm } },
  );
  await fill(hospital);
  hospital.server.misbehave('token', answer(503));
  hospital.server.misbehave('output', revokeTokens(hospital.server));
  hospital.server.misbehave('status', answer(401));
  await oneNight(hospital);
  expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
  expect(hospital.server.desk?.issued).toBeGreaterThan(4);
});

test('a key that does not fit is refused before anything is sent', async () => {
  const { keyFile, publicKey } = clientKey(temporaryDirectory(), 'RS384', 'pem');
  const auth = { kind: 'backend-services', clientId: 'chiasm', keyFile, keyId: 'k', algorithm: 'ES384' };
  const issuer = { clientId: 'chiasm', algorithm: 'RS384', publicKey, kid: 'k', seconds: 60 } as const;
  const hospital = await openHospital({ auth: issuer }, { auth });
  await expect(oneNight(hospital)).rejects.toMatchObject({ code: 'bulk-key-invalid' });
  const wrong = await openHospital(
    { auth: { ...issuer, kid: 'other' } },
    { auth: { ...auth, algorithm: 'RS384' } },
  );
  await expect(oneNight(wrong)).rejects.toMatchObject({ code: 'bulk-access-refused' });
});

test('no token goes to files that need none', async () => {
  const { keyFile, publicKey, kid } = clientKey(temporaryDirectory(), 'ES384', 'jwks');
  const hospital = await openHospital(
    {
      auth: { clientId: 'chiasm', algorithm: 'ES384', publicKey, kid, seconds: 300 },
      requiresAccessToken: false,
    },
    { auth: { kind: 'backend-services', clientId: 'chiasm', keyFile, algorithm: 'ES384' } },
  );
  await fill(hospital);
  await oneNight(hospital);
  const { server } = hospital;
  expect(server.requests('output').map((each) => each.authorization)).toEqual(Array(6).fill(undefined));
  expect(server.requests('status').every((each) => each.authorization?.startsWith('Bearer '))).toBe(true);
  expect(await readLanded(hospital)).toEqual(server.store.current);
});

test('a redirect to another origin is followed without the token', async () => {
  const { keyFile, publicKey, kid } = clientKey(temporaryDirectory(), 'ES384', 'jwks');
  const hospital = await openHospital(
    { auth: { clientId: 'chiasm', algorithm: 'ES384', publicKey, kid, seconds: 300 } },
    { auth: { kind: 'backend-services', clientId: 'chiasm', keyFile, algorithm: 'ES384' } },
  );
  await fill(hospital);
  const { misbehaviour, authorizations } = await redirectElsewhere();
  hospital.server.misbehave('output', ...Array(6).fill(misbehaviour));
  await oneNight(hospital);
  expect(authorizations).toEqual(Array(6).fill(undefined));
  expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
});

test('a certificate nobody vouches for is named, and how to trust it', async () => {
  const error = Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  expect(describeNetworkError(error, 'https://fhir.hospital.org')).toMatchObject({ code: 'bulk-tls-failed' });
  expect(describeNetworkError(new TypeError('fetch failed', { cause: error }), 'x')).toMatchObject({
    code: 'bulk-tls-failed',
  });
});
