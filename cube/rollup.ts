import { createHash } from 'node:crypto';

/** What Cube counts beforehand: a pre-aggregation of the model as a query over a snapshot's tables. */
export interface Rollup {
  /** `rollups.<name>`, as the planned SQL of questions names it. */
  readonly table: string;
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export const ROLLUPS_SCHEMA = 'rollups';

/** The name of a rollup without its schema. */
export function rollupName({ table }: Pick<Rollup, 'table'>): string {
  return table.slice(ROLLUPS_SCHEMA.length + 1);
}

/** Changes with every definition. */
export function rollupVersion(rollups: readonly Rollup[]): string {
  return createHash('sha256').update(JSON.stringify(rollups)).digest('hex').slice(0, 16);
}
