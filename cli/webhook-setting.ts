import { z } from 'zod';
import { isLoopback } from '../serve/host-guard.ts';
import { RUN_EVENTS } from './run-report.ts';

/** What a webhook can be told: how a refresh ended, and `killed`, which only the schedule that started it can tell. */
export const WEBHOOK_EVENTS = [...RUN_EVENTS, 'killed'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** `webhook` of the configuration. */
export const webhookSetting = z.strictObject({
  url: z
    .url()
    .refine(
      (text) => isSafe(text),
      'write https:// (http:// is for this machine only), without name and password',
    ),
  secretFile: z.string().min(1).optional(),
  on: z
    .array(z.enum(WEBHOOK_EVENTS))
    .min(1)
    .default([...WEBHOOK_EVENTS]),
});

/** Who is told how refreshes end. */
export interface Webhook {
  readonly url: string;
  /** Absolute path of the file with the secret that signs. */
  readonly secretFile: string | undefined;
  readonly on: readonly WebhookEvent[];
}

function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')));
}
