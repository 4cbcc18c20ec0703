/** What a query names: `view.member`, or `view.member.granularity`. */
const MEMBER = /^[A-Za-z_]\w*(\.\w+)+$/;

/** Filters nest no deeper in any query that a person writes. */
const DEEPEST = 20;

/**
 * The members of one or several Cube queries, wherever they stand: measures, dimensions, time dimensions,
 * segments, filters, order. Values of filters and dates are no members and are left out.
 */
export function membersOf(query: unknown): readonly string[] {
  const names = new Set<string>();
  collect(query, names, 0);
  return [...names].sort();
}

function collect(part: unknown, names: Set<string>, depth: number): void {
  if (depth > DEEPEST) throw new RangeError('the query nests too deeply');
  if (Array.isArray(part)) {
    for (const each of part) collect(each, names, depth + 1);
  } else if (typeof part === 'object' && part !== null) {
    for (const [key, value] of Object.entries(part)) {
      if (key === 'values' || key === 'dateRange' || key === 'compareDateRange') continue;
      if (MEMBER.test(key)) names.add(key);
      collect(value, names, depth + 1);
    }
  } else if (typeof part === 'string' && MEMBER.test(part)) {
    names.add(part);
  }
}
