import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendToAuditFile } from '../../serve/audit-file.ts';
import { createEventLog } from '../../serve/event-log.ts';
import { signToken } from '../../serve/token.ts';
import { makeFixtureRows } from '../cube/fixture-rows.ts';
import { uuid } from '../cube/uuid.ts';
import { SECRET, type ServerUnderTest, startTestServer } from './serve-fixture.ts';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startTestServer(makeFixtureRows());
});
afterAll(() => server?.close());

type Line = Readonly<Record<string, unknown>>;

function linesSince(before: number): readonly Line[] {
  return server.lines.slice(before).map((line) => JSON.parse(line) as Line);
}

describe('refusals', () => {
  const foreign = signToken({ subject: 'mallory', group: 'x', secret: `${SECRET}!`, expiresIn: 60 });
  const expired = signToken({ subject: 'tester', group: 'x', secret: SECRET, expiresIn: -60 });
  const cookie = (token: string): object => ({ Cookie: `chiasm_session=${token}` });

  test.each<[string, string, () => object, object]>([
    ['no token', '/catalog', () => ({}), { code: 'sign-in-required', status: 401, what: 'GET /catalog' }],
    [
      'a forged token',
      '/catalog',
      () => ({ Authorization: foreign }),
      { code: 'token-invalid', status: 401 },
    ],
    [
      'an expired token',
      '/cubejs-api/v1/load?query=SECRET',
      () => ({ Authorization: expired }),
      { code: 'token-invalid', subject: 'tester', what: 'GET /cubejs-api/v1/load' },
    ],
    [
      'a foreign host',
      '/',
      () => ({ Host: 'SECRET.example' }),
      {
        code: 'host-refused',
        status: 403,
        what: 'GET /',
        host_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    ],
    [
      'a foreign origin',
      '/catalog',
      () => ({ ...cookie(server.token), Origin: 'https://SECRET.example' }),
      { code: 'origin-refused', subject: 'tester', origin_hash: expect.stringMatching(/^[0-9a-f]{16}$/) },
    ],
    ['a token in the address', `/SECRET/x`, () => ({}), { code: 'sign-in-required', what: 'GET elsewhere' }],
    ['a patient', `/api/journey/${uuid(1, 7)}`, () => ({}), { what: 'GET /api/journey' }],
  ])('%s leaves a line, without token and names', async (_name, path, headers, expected) => {
    const before = server.lines.length;
    await send(path, headers());
    await expect.poll(() => server.lines.length).toBe(before + 1);
    const [line] = linesSince(before);
    expect(line).toMatchObject({ event: 'refused', from: expect.stringContaining('127.0.0.1'), ...expected });
    expect(Math.abs(Date.parse(String(line?.['at'])) - Date.now())).toBeLessThan(60_000);
    const text = server.lines.slice(before).join();
    for (const secret of [foreign, expired, server.token, 'SECRET', 'mallory', uuid(1, 7)])
      expect(text).not.toContain(secret);
  });

  test('a refused sign-in leaves a line', async () => {
    const before = server.lines.length;
    const headers = { 'Content-Type': 'application/json' };
    await server.fetch('/signin', { method: 'POST', headers, body: JSON.stringify({ token: foreign }) });
    await expect.poll(() => server.lines.length).toBe(before + 1);
    expect(linesSince(before)[0]).toMatchObject({
      event: 'refused',
      code: 'token-invalid',
      what: 'POST /signin',
    });
  });

  /** `fetch` would set the host itself. */
  function send(path: string, headers: object): Promise<void> {
    return new Promise((resolve, reject) => {
      request(server.url, { path, headers: { ...headers } }, (response) => {
        response.resume().on('end', resolve);
      })
        .on('error', reject)
        .end();
    });
  }
});

test('a query that fails in the database is told of with time, caller and snapshot', async () => {
  const broken = await startTestServer(makeFixtureRows(), {
    // Too little to sort anything in.
    database: { threads: 1, memoryLimit: '1MB' },
  });
  try {
    const query = { measures: ['journey.events'], dimensions: ['journey.title', 'journey.patient_key'] };
    const { status, body } = await broken.get(
      `/cubejs-api/v1/load?query=${encodeURIComponent(JSON.stringify(query))}`,
    );
    expect([status, (body as { code: string }).code]).toEqual([500, 'query-failed']);
    const line = broken.lines
      .map((each) => JSON.parse(each) as Line)
      .find(({ event }) => event === 'query-failed');
    expect(line).toMatchObject({
      at: expect.stringMatching(/^20\d\d-/),
      subject: 'tester',
      group: 'analyst',
      what: 'GET /cubejs-api/v1/load',
      snapshot: 1,
      kind: 'Out of Memory Error',
    });
  } finally {
    await broken.close();
  }
});

test('the server goes on when its log fails', async () => {
  const log = (): never => {
    throw new Error('ENOSPC');
  };
  expect(() => createEventLog(log)('refused')).not.toThrow();
  const mute = await startTestServer(makeFixtureRows(), { log });
  try {
    expect((await mute.fetch('/catalog')).status).toBe(401);
    expect((await mute.get('/catalog')).status).toBe(200);
    expect((await mute.get('/catalog')).status).toBe(200);
  } finally {
    await mute.close();
  }
});

describe('the audit file', () => {
  test('grows line by line, readable by its owner only, and may be rotated', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chiasm-audit-'));
    try {
      const file = join(folder, 'audit.ndjson');
      const log = appendToAuditFile(file, () => expect.unreachable());
      log('{"a":1}');
      log('{"a":2}');
      expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"a":2}\n');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      rmSync(file);
      log('{"a":3}');
      expect(readFileSync(file, 'utf8')).toBe('{"a":3}\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a full disk loses lines, not the server, and the gap is told of afterwards', () => {
    let isFull = true;
    const written: string[] = [];
    const troubles: string[] = [];
    const log = appendToAuditFile(
      '/nowhere',
      (code) => troubles.push(code),
      (_file, text) => {
        if (isFull) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        written.push(text);
      },
    );
    log('{"a":1}');
    log('{"a":2}');
    isFull = false;
    log('{"a":3}');
    log('{"a":4}');
    expect(troubles).toEqual(['ENOSPC']);
    const [first, second] = written
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    expect(first).toMatchObject({ event: 'audit-gap', lost: 2, at: expect.any(String) });
    expect(second).toEqual({ a: 3 });
    expect(written[1]).toBe('{"a":4}\n');
  });
});
