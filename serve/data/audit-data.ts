import type { Request } from 'express';
import { describeCaller } from '../audit.ts';
import type { EventLog } from '../event-log.ts';
import { snapshotNumberOf } from '../held-snapshot.ts';
import { SqlError } from '../wire/sql-error.ts';

/** Runs what sends rows, stopped when the client goes; one line says which tables and how many rows, never the SQL. */
export async function auditData(
  events: EventLog,
  request: Request,
  tables: readonly string[],
  send: (signal: AbortSignal) => Promise<number>,
): Promise<void> {
  const gone = new AbortController();
  const abort = (): void => gone.abort();
  request.res?.once('close', abort);
  let status = 'ok';
  let rows: number | undefined;
  try {
    rows = await send(gone.signal);
  } catch (error) {
    status = error instanceof SqlError ? error.sqlState : gone.signal.aborted ? 'aborted' : 'failed';
    if (!gone.signal.aborted) throw error;
  } finally {
    request.res?.off('close', abort);
    events('data-sent', {
      ...describeCaller(request),
      tables,
      snapshot: snapshotNumberOf(request),
      rows,
      status,
    });
  }
}
