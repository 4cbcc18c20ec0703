import type { EventLog } from '../event-log.ts';
import { ConnectionClosed } from '../wire/outbox.ts';
import { SqlError } from '../wire/sql-error.ts';
import type { QueryRoute } from './route-query.ts';
import type { RowStream } from './row-stream.ts';

/** Who asks. */
export interface SqlSubject {
  readonly subject: string;
  readonly group: string;
  readonly from: string | undefined;
}

/** Tables that a query read. The SQL itself stays out: its literals may name a patient. */
function describe(route: QueryRoute): Readonly<Record<string, unknown>> {
  return { tables: route.tables.map(({ schema, name }) => `${schema}.${name}`).sort() };
}

/** One line for a query that may not be asked. */
export function auditRefusedQuery(
  events: EventLog,
  who: SqlSubject,
  route: QueryRoute,
  error: SqlError,
): void {
  events('sql-query', { ...who, ...describe(route), status: error.sqlState });
}

/** Opens a stream; one line, when it is closed or has failed, says what was read and how it ended. */
export async function auditStream(
  events: EventLog,
  who: SqlSubject,
  route: QueryRoute,
  snapshot: number,
  open: () => Promise<RowStream>,
  now: () => number = Date.now,
): Promise<RowStream> {
  const started = now();
  let rows = 0;
  let status: string = 'unfinished';
  let isTold = false;
  const tell = (): void => {
    if (isTold) return;
    isTold = true;
    events('sql-query', {
      at: new Date(started).toISOString(),
      ...who,
      ...describe(route),
      snapshot,
      rows,
      status,
      duration_ms: now() - started,
    });
  };
  const stream = await open().catch((error: unknown) => {
    status = statusOf(error);
    tell();
    throw error;
  });
  return {
    send: async (sink, maxRows) => {
      try {
        const sent = await stream.send(sink, maxRows);
        rows += sent.rows;
        if (sent.isDone) status = 'ok';
        return sent;
      } catch (error) {
        status = statusOf(error);
        throw error;
      }
    },
    close: () => {
      stream.close();
      tell();
    },
  };
}

function statusOf(error: unknown): string {
  if (error instanceof SqlError) return error.sqlState;
  return error instanceof ConnectionClosed ? 'aborted' : 'failed';
}
