import type { ReferenceCase } from './cases.ts';

/** Measure → group → value. */
export type Answer = Readonly<Record<string, Readonly<Record<string, number | null>>>>;

type Row = Readonly<Record<string, unknown>>;

/** The rows of a REST answer by measure and group. */
export function restAnswer(
  { view, measures, dimensions, time }: ReferenceCase,
  rows: readonly Row[],
): Answer {
  const groups = dimensions.map((dimension) => `${view}.${dimension}`);
  const day = time === undefined ? [] : [`${view}.${time.member}.${time.granularity}`];
  return byGroup(measures, rows, groups, day, (measure) => `${view}.${measure}`);
}

/** The rows of `semanticSql` by measure and group. */
export function semanticAnswer({ measures, dimensions, time }: ReferenceCase, rows: readonly Row[]): Answer {
  const groups = dimensions.map((_, index) => `g${index}`);
  const day = time === undefined ? [] : [`g${groups.length}`];
  return byGroup(measures, rows, groups, day, (measure) => measure);
}

/** The rows of `referenceSql` by measure and group. */
export function referenceAnswer({ measures, dimensions, time }: ReferenceCase, rows: readonly Row[]): Answer {
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

function byGroup(
  measures: readonly string[],
  rows: readonly Row[],
  groups: readonly string[],
  day: readonly string[],
  columnOf: (measure: string) => string,
): Answer {
  const keys = rows.map((row) =>
    JSON.stringify([
      ...groups.map((group) => textOf(row[group])),
      ...day.map((group) => textOf(row[group])?.slice(0, 10) ?? null),
    ]),
  );
  if (new Set(keys).size < keys.length) throw new Error('a group is answered twice');
  return Object.fromEntries(
    measures.map((measure) => [
      measure,
      Object.fromEntries(rows.map((row, index) => [keys[index], numberOf(row[columnOf(measure)])])),
    ]),
  );
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** The order in which doubles are summed shows in their last digits. */
function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(Number(value).toPrecision(12));
}
