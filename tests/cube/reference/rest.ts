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

/** Measure → group → value, as the reference has it. */
export type Answer = Readonly<Record<string, Readonly<Record<string, number | null>>>>;

/** The rows of a REST answer by measure and group. */
export function restAnswer(
  { view, measures, dimensions, time }: ReferenceCase,
  rows: readonly Readonly<Record<string, unknown>>[],
): Answer {
  const groupOf = (row: Readonly<Record<string, unknown>>): string =>
    JSON.stringify([
      ...dimensions.map((dimension) => textOf(row[`${view}.${dimension}`])),
      ...(time === undefined
        ? []
        : [textOf(row[`${view}.${time.member}.${time.granularity}`])?.slice(0, 10) ?? null]),
    ]);
  return Object.fromEntries(
    measures.map((measure) => [
      measure,
      Object.fromEntries(rows.map((row) => [groupOf(row), numberOf(row[`${view}.${measure}`])])),
    ]),
  );
}

/** The rows of `referenceSql` by measure and group. */
export function referenceAnswer(
  { measures, dimensions, time }: ReferenceCase,
  rows: readonly Readonly<Record<string, unknown>>[],
): Answer {
  const groups = dimensions.length + (time === undefined ? 0 : 1);
  const answer: Record<string, Record<string, number | null>> = Object.fromEntries(
    measures.map((measure) => [measure, {}]),
  );
  for (const row of rows) {
    const key = JSON.stringify(Array.from({ length: groups }, (_, index) => textOf(row[`g${index}`])));
    const values = answer[String(row['measure'])];
    if (values !== undefined) values[key] = numberOf(row['value']);
  }
  return answer;
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** The order in which doubles are summed shows in their last digits. */
function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(Number(value).toPrecision(12));
}
