import { ChiasmError } from '../../base/error.ts';

/**
 * Lines, records or rows that cannot be accounted for. `what` names the source, type, run or table, `expected` and
 * `found` are counts.
 */
export function unaccounted(
  what: string,
  expected: number,
  found: number,
  params: Readonly<Record<string, string>>,
): ChiasmError {
  return new ChiasmError(
    'unaccounted-lines',
    `nothing was published, because lines are unaccounted for: ${what}, ${expected} expected and ${found} found`,
    { params: { ...params, expected, found } },
  );
}
