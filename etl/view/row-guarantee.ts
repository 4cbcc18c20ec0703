import type { ViewPlan } from './plan.ts';
import type { Rows } from './rows.ts';

/** Does every record of its type give a row, whatever it says? Only then does a record without rows mean a loss. */
export function givesRowPerRecord(plan: ViewPlan): boolean {
  return plan.where.length === 0 && isNeverEmpty(plan.rows);
}

/** The view that gives one empty row per record: what its scan sees. */
export function witnessOf(plan: ViewPlan): ViewPlan {
  return { ...plan, columns: [], where: [], rows: { kind: 'columns', columns: [] } };
}

function isNeverEmpty(rows: Rows): boolean {
  switch (rows.kind) {
    case 'columns':
      return true;
    case 'cross':
      return rows.parts.every(isNeverEmpty);
    case 'iterate':
      return rows.orNull && isNeverEmpty(rows.body);
    case 'union':
      return rows.branches.some(isNeverEmpty);
    default:
      return rows satisfies never;
  }
}
