import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadMartDeclarations } from '../../models/mart-declaration.ts';
import { startServer } from '../../serve/http-server.ts';
import { signToken } from '../../serve/token.ts';
import { makeFixtureRows } from '../cube/fixture-rows.ts';
import { publishFixture } from '../cube/publish-fixture.ts';
import { uuid } from '../cube/uuid.ts';
import { SECRET, type ServerUnderTest, startTestServer } from './serve-fixture.ts';

interface CatalogTable {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly description?: string }[];
}

const rows = makeFixtureRows();
let server: ServerUnderTest;
beforeAll(async () => {
  server = await startTestServer(rows);
});
afterAll(() => server?.close());

const load = `/cubejs-api/v1/load?query=${encodeURIComponent(JSON.stringify({ measures: ['cohort.patients'] }))}`;
const guarded = ['/cubejs-api/v1/meta', load, '/cubejs-api/v1/sql', '/catalog', `/api/journey/${uuid(1, 1)}`];

describe('credentials', () => {
  test.each([...guarded, '/nowhere'])('%s answers 401 without a token', async (path) => {
    const response = await server.fetch(path);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'sign-in-required' });
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
  });

  const claims = { sub: 'x', group: 'analyst' };
  test.each([
    ['another secret', signToken({ subject: 'x', group: 'analyst', secret: `${SECRET}!`, expiresIn: 60 })],
    ['an expired token', signToken({ subject: 'x', group: 'analyst', secret: SECRET, expiresIn: -1 })],
    ['no algorithm', jwt.sign(claims, '', { algorithm: 'none' })],
    ['another algorithm', jwt.sign(claims, SECRET, { algorithm: 'HS512' })],
    ['no group', jwt.sign({ sub: 'x' }, SECRET)],
    ['nonsense', 'nonsense'],
  ])('%s is refused', async (_name, token) => {
    for (const path of guarded) {
      const response = await server.fetch(path, { headers: { Authorization: `Bearer ${token}` } });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ code: 'token-invalid' });
    }
  });

  test.each([
    ['Authorization', (token: string) => `Bearer ${token}`],
    ['Authorization', (token: string) => token],
    ['X-Cube-Authorization', (token: string) => token],
  ])('a token in %s is accepted as Cube clients send it', async (name, value) => {
    for (const path of ['/cubejs-api/v1/meta', load]) {
      const response = await server.fetch(path, { headers: { [name]: value(server.token) } });
      expect(response.status).toBe(200);
    }
  });

  test('signing in gives a cookie that pages of this server, and no others, may use', async () => {
    const signIn = await server.fetch('/signin', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: server.token }),
    });
    expect(signIn.status).toBe(200);
    const cookie = signIn.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Strict/i);
    const headers = { Cookie: cookie.split(';')[0] ?? '' };
    expect((await server.fetch('/catalog', { headers })).status).toBe(200);
    const elsewhere = await server.fetch('/catalog', {
      headers: { ...headers, Origin: 'http://127.0.0.1:1' },
    });
    expect(await elsewhere.json()).toMatchObject({ code: 'origin-refused' });
  });

  test('signing in without a token is refused outside the demo', async () => {
    const response = await server.fetch('/signin', { method: 'POST' });
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
  });
});

describe('what is open', () => {
  test('the page and its files, under a policy that allows nothing from elsewhere', async () => {
    for (const path of [
      '/',
      '/app/page.js',
      '/app/page.css',
      '/vendor/d3.min.js',
      '/vendor/plot.umd.min.js',
    ]) {
      const response = await server.fetch(path);
      expect(response.status, path).toBe(200);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test.each([
    '/app/',
    '/app/../package.json',
    '/app/%2e%2e/package.json',
    '/vendor/',
    '/vendor/../express/index.js',
    '/vendor/d3.min.js/..',
    '/package.json',
    '/node_modules/d3/package.json',
  ])('%s is not', async (path) => {
    expect(await rawStatus(path)).toBe(401);
  });

  test('a foreign host name is refused (DNS rebinding)', async () => {
    expect(await rawStatus('/', 'rebound.example:4000')).toBe(403);
    expect(await rawStatus('/', '127.0.0.1.example')).toBe(403);
    expect(await rawStatus('/', 'localhost:4000')).toBe(200);
    expect(await rawStatus('/', '[::1]:4000')).toBe(200);
  });

  test("of Cube's routes only the REST API", async () => {
    const paths = [
      '/cubejs-api/graphql',
      '/cubejs-api/v1/cubesql',
      '/cubejs-api/v1/pre-aggregations/jobs',
      '/livez',
    ];
    for (const path of paths) expect((await server.get(path)).status, path).toBe(404);
  });

  /** Sent as written: fetch would resolve the dots and set the host itself. */
  function rawStatus(path: string, host?: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      request(
        server.url,
        { path, ...(host === undefined ? {} : { headers: { Host: host } }) },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .on('error', reject)
        .end();
    });
  }
});

describe('answers', () => {
  test('the catalog describes every table of the snapshot', async () => {
    const { body } = await server.get('/catalog');
    const { snapshot, publishedAt, datasets } = body as {
      snapshot: number;
      publishedAt: string;
      datasets: { table: string; rows: number; grain: string; columns: Record<string, unknown>[] }[];
    };
    expect(snapshot).toBe(1);
    expect(Date.now() - Date.parse(publishedAt)).toBeLessThan(600_000);
    expect(datasets).toHaveLength(loadMartDeclarations().length);
    const series = datasets.find(({ table }) => table === 'imaging_series');
    expect(series?.rows).toBe(rows['imaging_series']?.length);
    expect(series?.grain).toBe('one row per series');
    expect(series?.columns).toContainEqual(
      expect.objectContaining({ name: 'slice_thickness_mm', type: 'DOUBLE', unit: 'mm' }),
    );
  });

  test('the catalog describes staging tables by their views, with the columns that dates bring along', async () => {
    const other = await startTestServer(undefined);
    try {
      const columns = [
        'patient_key',
        'source',
        'code',
        'onset_date',
        'onset_precision',
        'onset_at',
        'stranger',
      ];
      const select = `select ${columns.map((name) => `null::varchar as ${name}`).join(', ')}`;
      await publishFixture(other.warehouse, {}, { staging: { condition: select, person: 'select 1 as n' } });
      const { datasets } = (await other.get('/catalog')).body as { datasets: readonly CatalogTable[] };
      const condition = datasets.find(({ schema, table }) => schema === 'staging' && table === 'condition');
      expect(condition).toMatchObject({
        grain: 'one row per Condition record',
        description: expect.stringContaining('Problems and diagnoses'),
      });
      expect(condition?.columns.map(({ description }) => description)).toEqual([
        expect.stringContaining('person'),
        expect.stringContaining('source'),
        'Condition: code of the first coding.',
        'Onset.',
        expect.stringContaining('How exactly onset_date is written'),
        expect.stringContaining('Moment of onset_date'),
        undefined,
      ]);
      expect(datasets.find(({ table }) => table === 'person')?.columns).toHaveLength(1);
    } finally {
      await other.close();
    }
  });

  test('the journey of one patient, in order', async () => {
    const key = uuid(1, 7);
    const { body } = await server.get(`/api/journey/${key}`);
    const { events, diagnoses } = body as { events: { event_date: string }[]; diagnoses: unknown[] };
    const expected = rows['patient_events']?.filter((row) => row['patient_key'] === key) ?? [];
    expect(events.map((event) => event.event_date)).toEqual(expected.map((row) => row['event_date']).sort());
    expect(diagnoses).toHaveLength(2);
  });

  test.each([
    [`/api/journey/${uuid(1, 9999)}`, 404, 'patient-not-found'],
    ["/api/journey/' or 1=1 --", 400, 'patient-key-invalid'],
    ['/nowhere', 404, 'not-found'],
  ])('%s answers %i', async (path, status, code) => {
    const answer = await server.get(path);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code });
  });

  test('a large JSON body is refused without a stack', async () => {
    const response = await server.fetch('/cubejs-api/v1/load', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: server.token },
      body: JSON.stringify({ query: 'x'.repeat(2_000_000) }),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'request-invalid' });
  });

  test('3,000 nested filters are the caller’s mistake, in the address and in the body', async () => {
    const condition = '{"member":"cohort.site_group","operator":"set"}';
    const query = `{"measures":["cohort.patients"],"filters":[${'{"or":['.repeat(3000)}${condition}${']}'.repeat(3000)}]}`;
    const inBody = await server.fetch('/cubejs-api/v1/load', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: server.token },
      body: `{"query":${query}}`,
    });
    expect(inBody.status).toBe(400);
    expect(await inBody.json()).toMatchObject({
      code: 'query-invalid',
      error: expect.stringContaining('deep'),
    });
    const short = query.replace('{"or":['.repeat(2700), '').replace(']}'.repeat(2700), '');
    const inAddress = await server.get(`/cubejs-api/v1/load?query=${encodeURIComponent(short)}`);
    expect(inAddress).toMatchObject({ status: 400, body: { code: 'query-invalid' } });
  });

  test('POST /load', async () => {
    const response = await server.fetch('/cubejs-api/v1/load', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: server.token },
      body: JSON.stringify({ query: { measures: ['population.patients'] } }),
    });
    expect(await response.json()).toMatchObject({
      data: [{ 'population.patients': `${rows['patients']?.length}` }],
    });
  });
});

test('the audit line says who, what, when and of which snapshot, and no filter values', async () => {
  const query = {
    measures: ['labs.results'],
    filters: [{ member: 'labs.patient_key', operator: 'equals', values: [uuid(1, 5)] }],
  };
  await server.get(`/cubejs-api/v1/load?query=${encodeURIComponent(JSON.stringify(query))}`);
  const find = (): string | undefined => server.lines.find((line) => line.includes('labs.results'));
  await expect.poll(find).toBeDefined();
  expect(JSON.parse(find() ?? '')).toMatchObject({
    event: 'data-request',
    subject: 'tester',
    group: 'analyst',
    what: 'GET /cubejs-api/v1/load',
    members: ['labs.patient_key', 'labs.results'],
    snapshot: 1,
    status: 200,
  });
  expect(find()).not.toContain(uuid(1, 5));
  expect(server.lines.join('\n')).not.toContain(server.token);
});

test('a publish is served without a restart, and the old lease is given back', async () => {
  const other = await startTestServer(rows);
  try {
    const count = async (): Promise<unknown> =>
      ((await other.get(load)).body as { data: Record<string, string>[] }).data[0]?.['cohort.patients'];
    const before = await count();
    await publishFixture(other.warehouse, makeFixtureRows(3, 200));
    expect(Number(await count())).toBeGreaterThan(Number(before));
    expect(((await other.get('/catalog')).body as { snapshot: number }).snapshot).toBe(2);
    const leases = (): readonly string[] =>
      readdirSync(join(other.warehouse, 'leases')).map((name) => name.charAt(0));
    await expect.poll(leases).toEqual(['2']);
  } finally {
    await other.close();
  }
});

test('before the first publish the server runs and says what to do', async () => {
  const empty = await startTestServer(undefined);
  try {
    for (const path of ['/catalog', load]) {
      const { status, body } = await empty.get(path);
      expect(status).toBe(503);
      expect(body).toMatchObject({
        code: 'snapshot-not-found',
        error: expect.stringContaining('chiasm refresh'),
      });
    }
    expect((await empty.fetch('/')).status).toBe(200);
  } finally {
    await empty.close();
  }
});

describe('starting', () => {
  const options = {
    warehouse: '/nowhere',
    host: '127.0.0.1',
    port: 0,
    secret: SECRET,
    demo: false,
    log: () => {},
  };

  test('a taken port', async () => {
    const port = Number(new URL(server.url).port);
    await expect(startServer({ ...options, port })).rejects.toMatchObject({ code: 'port-in-use' });
  });

  test('a short secret', async () => {
    await expect(startServer({ ...options, secret: 'short' })).rejects.toMatchObject({
      code: 'secret-invalid',
    });
  });

  test('a demo that others could reach', async () => {
    await expect(startServer({ ...options, host: '0.0.0.0', demo: true })).rejects.toMatchObject({
      code: 'demo-not-loopback',
    });
  });

  test('the demo signs its visitor in and names its patient', async () => {
    const demo = await startTestServer(rows, { demo: true, demoPatientKey: uuid(1, 7) });
    try {
      expect(await (await demo.fetch('/session')).json()).toEqual({ isSignedIn: false, isDemo: true });
      const signIn = await demo.fetch('/signin', { method: 'POST' });
      expect(await signIn.json()).toMatchObject({
        isSignedIn: true,
        demoPatientKey: uuid(1, 7),
        snapshot: 1,
      });
      const headers = { Cookie: signIn.headers.get('set-cookie')?.split(';')[0] ?? '' };
      expect((await demo.fetch('/catalog', { headers })).status).toBe(200);
      expect((await demo.fetch('/catalog')).status).toBe(401);
    } finally {
      await demo.close();
    }
  });
});
