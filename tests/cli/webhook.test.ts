import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sendWebhook } from '../../cli/webhook.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers with one status after the other, the last for ever; `null` never answers. */
async function receiver(...answers: readonly (number | null)[]) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const status = answers[Math.min(received.length, answers.length - 1)];
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    if (status) response.writeHead(status, { Location: `http://127.0.0.1:${portOf()}/elsewhere` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const portOf = () => (server.address() as AddressInfo).port;
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  onTestFinished(async () => void (await close()));
  return { url: `http://127.0.0.1:${portOf()}/secret-path`, received, close };
}

const QUICK = { timeoutMs: 5_000, pausesMs: [1, 1] };
const hook = (url: string, secretFile?: string) => ({ url, secretFile, on: [] });

/** The signature of Standard Webhooks, written from its specification. */
function sign(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

test('is signed as Standard Webhooks has it, and one id goes through all tries', async () => {
  const secret = `whsec_${Buffer.from('a secret of the tests, long enough').toString('base64')}`;
  const file = join(temporaryDirectory(), 'secret');
  writeFileSync(file, `${secret}\n`);
  const { url, received } = await receiver(500, 429, 204);
  await sendWebhook(hook(url, file), { event: 'published', snapshot: 3 }, QUICK);
  expect(received).toHaveLength(3);
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  for (const { headers, body } of received) {
    const [id, timestamp] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
    expect(headers['webhook-signature']).toBe(sign(secret, id, timestamp, body));
    expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(300);
  }
  const { host, sentAt, ...rest } = JSON.parse(received[0]?.body ?? '') as Record<string, unknown>;
  expect(rest).toEqual({ event: 'published', snapshot: 3 });
  expect([typeof host, Number.isNaN(Date.parse(String(sentAt)))]).toEqual(['string', false]);
});

test('a secret that is none is said before anything is sent; without one there is no signature', async () => {
  const file = join(temporaryDirectory(), 'secret');
  const { url, received } = await receiver(200);
  await expect(sendWebhook(hook(url, file), {}, QUICK)).rejects.toThrow('webhook.secretFile');
  writeFileSync(file, 'whsec_c2hvcnQ=');
  await expect(sendWebhook(hook(url, file), {}, QUICK)).rejects.toThrow('webhook.secretFile');
  expect(received).toEqual([]);
  await sendWebhook(hook(url), {}, QUICK);
  expect(received.map(({ headers }) => headers['webhook-signature'])).toEqual([undefined]);
});

test('what is refused or sent elsewhere is not tried again; the message names the host only', async () => {
  for (const status of [400, 307]) {
    const { url, received } = await receiver(status);
    const failure = sendWebhook(hook(url), {}, QUICK);
    await expect(failure).rejects.toMatchObject({
      code: 'webhook-failed',
      params: { reason: `HTTP ${status}` },
    });
    await expect(failure).rejects.not.toThrow('secret-path');
    expect(received).toHaveLength(1);
  }
});

test('one that is dead or never answers is given up after three tries', async () => {
  const dead = await receiver(200);
  await dead.close();
  await expect(sendWebhook(hook(dead.url), {}, QUICK)).rejects.toThrow('ECONNREFUSED (try 3 of 3)');
  const slow = await receiver(null);
  await expect(sendWebhook(hook(slow.url), {}, { timeoutMs: 50, pausesMs: [1, 1] })).rejects.toThrow(
    'no answer in time (try 3 of 3)',
  );
});
