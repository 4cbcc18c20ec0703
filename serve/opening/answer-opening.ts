import type { RequestHandler } from 'express';
import { ChiasmError } from '../../base/error.ts';
import { createAdmission } from '../../cube/admission.ts';
import { openRecords } from '../../etl/opening/open-records.ts';
import type { EventLog } from '../event-log.ts';
import { holdOf } from '../held-snapshot.ts';
import { answerError } from '../http-error.ts';
import { refuse } from '../refusal.ts';
import { callerOf } from '../sign-in.ts';
import { auditOpening } from './audit-opening.ts';
import { mayOpenRecords, type RecordAccess } from './record-access.ts';

/** Openings read whole landing files: one at a time leaves the threads to queries. */
const AT_A_TIME = 1;

/**
 * `GET /api/open/:mart/:key`: the row with this key (values of several key columns with commas), the rows that it came
 * from and the records behind them with where they were read; with `?source=1` the lines as they landed, too. Identified
 * data: only for the groups of `access`, and only after the audit log says so.
 */
export function answerOpening(
  access: RecordAccess | undefined,
  warehouse: string,
  events: EventLog,
): RequestHandler {
  const admission = createAdmission(AT_A_TIME);
  return (request, response, next) => {
    const caller = callerOf(request);
    if (access === undefined || caller === undefined || !mayOpenRecords(access, caller.group)) {
      const error = 'your group may not open rows to records: see `serve.recordGroups`';
      refuse(response, { status: 403, code: 'records-closed', error, subject: caller?.subject });
      return;
    }
    const { snapshot } = holdOf(request);
    const mart = request.params['mart'] ?? '';
    const key = (request.params['key'] ?? '').split(',');
    const records = request.query['source'] === '1' ? 'line' : 'place';
    const directories = { warehouse, ...access.directories };
    admission
      .run(() => openRecords({ snapshot, directories, mart, key, records }))
      .then((opening) => {
        const who = { ...caller, mart, key, snapshot: snapshot.number };
        if (auditOpening(events, who, opening)) {
          response
            .set('Cache-Control', 'no-store')
            .json({ snapshot: snapshot.number, mart, key, ...opening });
        } else answerError(response, 503, 'audit-failed', 'not shown: the audit log cannot be written');
      })
      .catch((error: unknown) => {
        const code = error instanceof ChiasmError ? error.code : undefined;
        if (code === 'row-not-found') answerError(response, 404, code, messageOf(error));
        else if (code === 'records-closed') answerError(response, 403, code, messageOf(error));
        else next(error);
      });
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
