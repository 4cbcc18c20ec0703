import { renameSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ServerOptions } from '../../serve/http-server.ts';
import { publishFixture } from '../cube/publish-fixture.ts';
import { type ServerUnderTest, startTestServer } from './serve-fixture.ts';

async function withServer(
  options: Partial<ServerOptions>,
  body: (server: ServerUnderTest) => Promise<void>,
): Promise<void> {
  const server = await startTestServer(undefined, options);
  try {
    await body(server);
  } finally {
    await server.close();
  }
}

async function probe(server: ServerUnderTest, path: string): Promise<readonly [number, string]> {
  const response = await server.fetch(path);
  return [response.status, await response.text()];
}

const READY = [200, 'ok\n'];
const NOT_READY = [503, 'not ok\n'];

test('alive at once, ready when a snapshot is published, and neither leaves a line', async () => {
  await withServer({}, async (server) => {
    expect(await probe(server, '/healthz')).toEqual(READY);
    expect(await probe(server, '/readyz')).toEqual(NOT_READY);
    await publishFixture(server.warehouse, {}, { createdAt: new Date('2020-01-01') });
    await expect.poll(() => probe(server, '/readyz'), { timeout: 5000 }).toEqual(READY);
    expect(server.lines).toEqual([]);
  });
});

test('not ready when the newest snapshot is older than wanted', async () => {
  const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
  await withServer({ readyMaxAgeHours: 26 }, async (server) => {
    await publishFixture(server.warehouse, {}, { createdAt: hoursAgo(27) });
    expect(await probe(server, '/readyz')).toEqual(NOT_READY);
    expect(await probe(server, '/healthz')).toEqual(READY);
    await publishFixture(server.warehouse, {}, { createdAt: hoursAgo(25) });
    await expect.poll(() => probe(server, '/readyz'), { timeout: 5000 }).toEqual(READY);
  });
});

test('not ready when the files of the open snapshot are gone', async () => {
  await withServer({}, async (server) => {
    await publishFixture(server.warehouse, {});
    expect(await probe(server, '/readyz')).toEqual(READY);
    renameSync(join(server.warehouse, 'files'), join(server.warehouse, 'elsewhere'));
    await expect.poll(() => probe(server, '/readyz'), { timeout: 5000 }).toEqual(NOT_READY);
  });
});

test('a probe may name any host; other paths and methods are not open', async () => {
  await withServer({}, async (server) => {
    const status = await new Promise((resolve, reject) => {
      request(server.url, { path: '/healthz', headers: { Host: '10.0.0.7:4000' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    expect((await server.fetch('/readyz/x')).status).toBe(401);
    expect((await server.fetch('/healthz', { method: 'POST' })).status).toBe(401);
  });
});
