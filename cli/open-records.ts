import { userInfo } from 'node:os';
import { join } from 'node:path';
import { ChiasmError } from '../base/error.ts';
import { makeDirectory } from '../base/files.ts';
import { type Opening, openRecords } from '../etl/opening/open-records.ts';
import { resolveAsOf } from '../etl/warehouse/as-of.ts';
import { openSnapshot } from '../etl/warehouse/snapshot.ts';
import { appendToAuditFile } from '../serve/audit-file.ts';
import { createEventLog } from '../serve/event-log.ts';
import { auditOpening } from '../serve/opening/audit-opening.ts';
import type { Config } from './config.ts';

export interface OpenRequest {
  readonly mart: string;
  readonly key: readonly string[];
  readonly asOf: string | undefined;
  readonly withSource: boolean;
}

/**
 * Opens a row for whoever runs the command. Records and their lines are shown only after the audit log says so; rows
 * alone are in the warehouse, which its readers can read without this command.
 *
 * @throws ChiasmError `row-not-found`, `records-closed`, `audit-failed`, `snapshot-not-found`, `landing-damaged`
 */
export async function openFromCommandLine(config: Config, request: OpenRequest): Promise<Opening> {
  const { directories } = config;
  const number =
    request.asOf === undefined ? undefined : await resolveAsOf(directories.warehouse, request.asOf);
  const snapshot = await openSnapshot(directories.warehouse, number);
  try {
    const { mart, key, withSource } = request;
    const opening = await openRecords({
      snapshot,
      directories,
      mart,
      key,
      records: withSource ? 'line' : 'none',
    });
    if (withSource) await writeAudit(config, request, snapshot.number, opening);
    return opening;
  } finally {
    await snapshot.release();
  }
}

async function writeAudit(
  { directories }: Config,
  { mart, key }: OpenRequest,
  snapshot: number,
  opening: Opening,
): Promise<void> {
  await makeDirectory(directories.state, 0o700).catch(() => undefined);
  const events = createEventLog(appendToAuditFile(join(directories.state, 'audit.ndjson'), () => {}));
  const who = { subject: userInfo().username, group: 'command line' };
  if (!auditOpening(events, { ...who, mart, key, snapshot }, opening)) {
    throw new ChiasmError(
      'audit-failed',
      'the records are not shown, because the audit log in the state directory cannot be written',
    );
  }
}
