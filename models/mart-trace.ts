import { z } from 'zod';

const snakeCase = z.string().regex(/^[a-z][a-z0-9_]*$/);

/**
 * How a row opens to the rows that it came from: the values of `columns` are those of the columns `by` in one of the
 * tables of `find`, or only in the one that the column `named_by` names. Steps through other marts end at staging
 * tables, whose rows are of one record each.
 */
export const martTrace = z.strictObject({
  columns: z.array(snakeCase).min(1),
  named_by: snakeCase.optional(),
  /** Whether the columns may be empty or find nothing; otherwise a check holds that each row finds something. */
  optional: z.boolean().default(false),
  find: z
    .array(
      z.strictObject({
        table: z.string().regex(/^(staging|marts)\.[a-z][a-z0-9_]*$/),
        by: z.array(snakeCase).min(1),
      }),
    )
    .min(1),
});

export type MartTrace = Readonly<z.infer<typeof martTrace>>;

/** SQL that compares the columns of a trace, of a row `row`, with those of a table that it finds, `other`. */
export function isTraced(trace: MartTrace, by: readonly string[], row: string, other: string): string {
  return trace.columns.map((column, index) => `${row}.${column} = ${other}.${by[index]}`).join(' and ');
}
