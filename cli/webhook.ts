import { createHmac, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { ChiasmError } from '../base/error.ts';
import type { Webhook } from './webhook-setting.ts';

/** How often and how long a delivery is tried, in milliseconds. */
export interface DeliveryPatience {
  readonly timeoutMs: number;
  /** Before each further try. */
  readonly pausesMs: readonly number[];
}

const PATIENCE: DeliveryPatience = { timeoutMs: 10_000, pausesMs: [1_000, 5_000] };

/**
 * Sends one event as JSON, signed as Standard Webhooks 1.0 has it
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md): `webhook-id` is the same
 * in every try, `webhook-timestamp` is in seconds, `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over
 * `<id>.<timestamp>.<body>`. A try that gets no answer, or 408, 429 or 5xx, is repeated. Throws `webhook-failed`, whose
 * message names the host but not the path, which may be a secret.
 */
export async function sendWebhook(
  webhook: Webhook,
  content: Readonly<Record<string, unknown>>,
  patience: DeliveryPatience = PATIENCE,
): Promise<void> {
  const secret = webhook.secretFile === undefined ? undefined : await readWebhookSecret(webhook.secretFile);
  const id = `msg_${randomUUID()}`;
  const body = JSON.stringify({ ...content, host: hostname(), sentAt: new Date().toISOString() });
  const tries = patience.pausesMs.length + 1;
  for (let attempt = 0; ; attempt++) {
    const problem = await post(webhook.url, headersOf(id, body, secret), body, patience.timeoutMs);
    if (problem === undefined) return;
    const pause = patience.pausesMs[attempt];
    if (problem.isFinal || pause === undefined) {
      throw new ChiasmError(
        'webhook-failed',
        `the webhook at ${new URL(webhook.url).host} was not delivered: ${problem.reason} (try ${attempt + 1} of ${tries})`,
        { params: { host: new URL(webhook.url).host, reason: problem.reason } },
      );
    }
    await wait(pause);
  }
}

interface Problem {
  readonly reason: string;
  readonly isFinal: boolean;
}

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
): Promise<Problem | undefined> {
  try {
    // What is sent is meant for this address and no other.
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    if (response.ok) return undefined;
    const { status } = response;
    return { reason: `HTTP ${status}`, isFinal: status < 500 && status !== 408 && status !== 429 };
  } catch (error) {
    return { reason: reasonOf(error), isFinal: false };
  }
}

function headersOf(id: string, body: string, secret: Buffer | undefined): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === undefined) return headers;
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

/** The secret as Standard Webhooks writes it: `whsec_` and the base64 of 24 to 64 bytes. Throws `webhook-failed`. */
async function readWebhookSecret(file: string): Promise<Buffer> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text.trim())?.[1] ?? '';
  const secret = Buffer.from(encoded, 'base64');
  if (secret.length >= 24 && secret.length <= 64) return secret;
  throw new ChiasmError(
    'webhook-failed',
    'webhook.secretFile cannot be read, or does not hold whsec_ and the base64 of 24 to 64 bytes; make one with: ' +
      'echo "whsec_$(openssl rand -base64 32)"',
  );
}

/** The code of the system's error, such as ECONNREFUSED; its words could name more than they should. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
}
