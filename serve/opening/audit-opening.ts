import type { Opening } from '../../etl/opening/open-records.ts';
import type { EventLog } from '../event-log.ts';

/** Who opened which row, and in which snapshot. */
export interface OpeningSubject {
  readonly subject: string;
  readonly group: string;
  readonly mart: string;
  readonly key: readonly string[];
  readonly snapshot: number;
}

/**
 * One line for records that are shown; false where it could not be written, and then they must not be. The key leads
 * to the records again; what they are called may name a patient and stays out.
 */
export function auditOpening(events: EventLog, who: OpeningSubject, opening: Opening): boolean {
  return events('records-opened', {
    ...who,
    rows: opening.rows.length,
    records: opening.records.length,
    lines: opening.records.filter(({ text }) => text !== undefined).length,
  });
}
