import type { ReferenceCase, ReferenceCondition } from './cases.ts';

/** A case as a query of Cube's REST API. */
export function restQuery({ view, measures, dimensions, time, conditions, segments }: ReferenceCase): object {
  const named = (member: string): string => `${view}.${member}`;
  const filter = (condition: ReferenceCondition): object =>
    'or' in condition ? { or: condition.or.map(filter) } : { ...condition, member: named(condition.member) };
  return {
    measures: measures.map(named),
    dimensions: dimensions.map(named),
    segments: segments.map(named),
    filters: conditions.map(filter),
    ...(time === undefined
      ? {}
      : { timeDimensions: [{ dimension: named(time.member), granularity: time.granularity }] }),
    limit: 50_000,
  };
}
