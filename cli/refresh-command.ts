import { ChiasmError } from '../base/error.ts';
import type { RefreshOutcome } from '../etl/refresh/refresh.ts';
import { readRunLog } from '../etl/refresh/run-log.ts';
import type { RunRecord } from '../etl/refresh/run-record.ts';
import type { Config } from './config.ts';
import { print, printJson } from './output.ts';
import { describeOutcome, type RefreshFlags, runRefresh } from './run-refresh.ts';
import { reportFailure, reportOutcome } from './run-report.ts';
import { sendWebhook } from './webhook.ts';
import type { WebhookEvent } from './webhook-setting.ts';

/**
 * One refresh as a command: says how it ended (with `json` also when it failed) and tells the webhook. Throws what the
 * refresh throws.
 */
export async function refreshCommand(config: Config, flags: RefreshFlags): Promise<void> {
  const startedAt = new Date();
  let outcome: RefreshOutcome;
  try {
    outcome = await runRefresh(config, flags, startedAt);
  } catch (error) {
    const report = reportFailure(error, await findRecord(config, startedAt));
    if (flags.json) printJson(report);
    const { message: _, ...told } = report;
    await tellWebhook(config, report.event, told);
    throw error;
  }
  const report = reportOutcome(outcome);
  if (flags.json) printJson(report);
  else print(describeOutcome(outcome));
  const { message: _, ...told } = report;
  await tellWebhook(config, report.event, told);
}

/** What the run log has of the run that this process started then. */
async function findRecord(config: Config, startedAt: Date): Promise<RunRecord | undefined> {
  const log = await readRunLog(config.directories.state).catch(() => []);
  return log.findLast((record) => record.startedAt === startedAt.toISOString());
}

/** Tells the webhook what it wants to hear. That it cannot be reached is said on stderr and fails nothing. */
export async function tellWebhook(
  { webhook }: Config,
  event: WebhookEvent,
  content: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (webhook === undefined || !webhook.on.includes(event)) return;
  try {
    await sendWebhook(webhook, { ...content, event });
  } catch (error) {
    const reason = error instanceof ChiasmError ? error.message : 'the webhook was not delivered';
    process.stderr.write(`chiasm: ${reason}\n`);
  }
}

/** Sends a test event and returns the host that took it. Throws `webhook-failed`. */
export async function testWebhook({ file, webhook }: Config): Promise<string> {
  if (webhook === undefined) {
    throw new ChiasmError('config-invalid', `${file} has no webhook`, { params: { file } });
  }
  await sendWebhook(webhook, { event: 'test' });
  return new URL(webhook.url).host;
}
