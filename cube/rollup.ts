import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../base/package-root.ts';

/** What Cube counts beforehand: a pre-aggregation of the model as a query over a snapshot's tables. */
export interface Rollup {
  /** `rollups.<name>`, as the planned SQL of questions names it. */
  readonly table: string;
  readonly sql: string;
  readonly parameters: readonly (string | number | boolean | null)[];
}

export const ROLLUPS_SCHEMA = 'rollups';

/** The name of a rollup without its schema. */
export function rollupName({ table }: Pick<Rollup, 'table'>): string {
  return table.slice(ROLLUPS_SCHEMA.length + 1);
}

const rollupsFile = z.array(
  z.strictObject({
    table: z.string().regex(/^rollups\.\w+$/),
    sql: z.string(),
    parameters: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])),
  }),
);

/**
 * The rollups as Cube planned them, written by `chiasm models rollups`: a refresh makes them without Cube, whose model takes
 * seconds to compile. A test holds the file up to date.
 */
export function loadRollups(): readonly Rollup[] {
  const file = join(packageRoot, 'cube', 'model', 'rollups.json');
  return rollupsFile.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** Changes with every definition. */
export function rollupVersion(rollups: readonly Rollup[]): string {
  return createHash('sha256').update(JSON.stringify(rollups)).digest('hex').slice(0, 16);
}
