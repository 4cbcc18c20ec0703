import type { Request } from 'express';

/** What a query names: `view.member`, or `view.member.granularity`. */
const MEMBER = /^[A-Za-z_]\w*(\.\w+)+$/;

/** Deeper than any query that is answered (see `query-bounds.ts`): what lies below is not looked at. */
const DEEPEST = 32;

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
  if (depth > DEEPEST) return;
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

/** The query of a Cube request, decoded from address or body; undefined when there is none to read. */
export function queryOf(request: Request): unknown {
  const query = request.query['query'] ?? (request.body as { query?: unknown } | undefined)?.query;
  if (typeof query !== 'string') return query;
  try {
    return JSON.parse(query);
  } catch {
    return undefined;
  }
}
