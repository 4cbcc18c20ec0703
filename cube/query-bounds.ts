/** More than any query holds that a person or a dashboard writes, and little enough to plan at once. */
const MOST = { levels: 20, conditions: 200, values: 10_000, names: 2_000 } as const;

/** Why a query is too large, in words for its author; undefined when it is not. Walks without recursion. */
export function excessOf(query: unknown): string | undefined {
  const counts = { conditions: 0, values: 0, names: 0 };
  const open: Part[] = [{ part: query, level: 0, isValue: false }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { part, level, isValue } = next;
    if (level > MOST.levels) return `the query nests more than ${MOST.levels} levels deep`;
    if (typeof part !== 'object' || part === null) {
      counts[isValue ? 'values' : 'names'] += 1;
    } else if (Array.isArray(part)) {
      for (const each of part) open.push({ part: each, level: level + 1, isValue });
    } else {
      if ('operator' in part) counts.conditions += 1;
      for (const [key, each] of Object.entries(part))
        open.push({ part: each, level: level + 1, isValue: isValue || key === 'values' });
    }
    for (const [what, count] of Object.entries(counts)) {
      const most = MOST[what as keyof typeof counts];
      if (count > most) return `the query holds more than ${most} ${what}`;
    }
  }
  return undefined;
}

interface Part {
  readonly part: unknown;
  readonly level: number;
  /** Whether the part stands among the values of a condition. */
  readonly isValue: boolean;
}
