import { type MemberTypes, misfitOf } from './query-fit.ts';
import { membersOf } from './query-members.ts';
import { parseQueries } from './query-shape.ts';

/**
 * What is wrong with the query of a request, in words for its author and without its values; undefined when nothing is.
 * `most` rows are answered at a time.
 */
export function problemOf(input: unknown, types: MemberTypes, most: number): string | undefined {
  const parsed = parseQueries(input);
  if (parsed.kind === 'problem') return parsed.problem;
  const views = new Set([...types.keys()].map((member) => member.split('.', 1)[0]));
  const stranger = membersOf(input).find((member) => !views.has(member.split('.', 1)[0]));
  if (stranger !== undefined) return `there is no public member '${stranger}'`;
  for (const query of parsed.queries) {
    if ((query.limit ?? 0) > most)
      return `query.limit: at most ${most} rows; page with offset, or read the Parquet`;
    const misfit = misfitOf(query, types);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}
