import type { ReferenceView } from './view.ts';

/** One question to a view, whoever answers it: one, some or all measures of the view, by some dimensions, under some conditions. */
export interface ReferenceCase {
  readonly view: string;
  readonly measures: readonly string[];
  readonly dimensions: readonly string[];
  readonly time?: { readonly member: string; readonly granularity: Granularity };
  readonly conditions: readonly ReferenceCondition[];
  readonly segments: readonly string[];
}

export type Granularity = 'day' | 'week' | 'month' | 'quarter' | 'year';

/** Operators in the words of Cube's REST API; `or` holds where one of them does. */
export type ReferenceCondition =
  | { readonly member: string; readonly operator: 'set' | 'notSet' }
  | {
      readonly member: string;
      readonly operator: 'equals' | 'notEquals' | 'contains' | 'gte' | 'lt' | 'inDateRange' | 'afterDate';
      readonly values: readonly string[];
    }
  | { readonly or: readonly ReferenceCondition[] };

/** Some values of a member, in order; none where it is empty throughout. */
export type ValuesOf = (member: string) => readonly string[];

const GRANULARITIES: readonly Granularity[] = ['year', 'month', 'quarter', 'week', 'day'];
/** Measures asked together where not all are. */
const SOME = 8;
/** Cases per view, at least. */
export const CASES_PER_VIEW = 100;

/** At least a hundred combinations of dimensions, conditions, segments and granularities, always the same ones. */
export function casesOf(name: string, view: ReferenceView, valuesOf: ValuesOf): readonly ReferenceCase[] {
  const dimensions = Object.keys(view.dimensions);
  const groups: readonly (readonly string[])[] = [
    [],
    ...dimensions.map((dimension) => [dimension]),
    ...dimensions.flatMap((one, index) => dimensions.slice(index + 1).map((other) => [one, other])),
  ];
  const times = [
    undefined,
    ...Object.keys(view.times ?? {}).flatMap((member) =>
      GRANULARITIES.map((granularity) => ({ member, granularity })),
    ),
  ];
  const measures = Object.keys(view.measures);
  const filters = conditionsOf(view, valuesOf);
  const segments = [[], ...Object.keys(view.segments ?? {}).map((segment) => [segment])];
  const length = Math.max(
    CASES_PER_VIEW,
    groups.length,
    filters.length,
    times.length * 2,
    segments.length * 2,
  );
  // Lists of different lengths, each gone round: every entry of each is met, with others every time.
  return Array.from({ length }, (_, index): ReferenceCase => {
    const group = groups[index % groups.length] ?? [];
    const time = times[(index * 7) % times.length];
    return {
      view: name,
      measures: measuresOf(measures, index),
      dimensions: group,
      ...(time === undefined ? {} : { time }),
      conditions: filters[(index * 3 + Math.floor(index / filters.length)) % filters.length] ?? [],
      segments: index % 2 === 0 ? [] : (segments[((index - 1) / 2) % segments.length] ?? []),
    };
  });
}

/** All of them, one alone, and some, in turn: a measure alone may be answered in another way than with others. */
function measuresOf(measures: readonly string[], index: number): readonly string[] {
  const turn = Math.floor(index / 3);
  if (index % 3 === 0) return measures;
  if (index % 3 === 1) return [measures[turn % measures.length] ?? ''];
  const from = (turn * SOME) % measures.length;
  return [...measures, ...measures].slice(from, from + Math.min(SOME, measures.length));
}

function conditionsOf(view: ReferenceView, valuesOf: ValuesOf): readonly (readonly ReferenceCondition[])[] {
  const ofDimensions = Object.keys(view.dimensions).flatMap((member): readonly ReferenceCondition[] => {
    const [first, second] = valuesOf(member);
    if (first === undefined) return [{ member, operator: 'notSet' }];
    return [
      { member, operator: 'equals', values: [first] },
      { member, operator: 'notEquals', values: [first] },
      second === undefined
        ? { member, operator: 'set' }
        : { member, operator: 'equals', values: [first, second] },
      {
        or: [
          { member, operator: 'equals', values: [second ?? first] },
          { member, operator: 'notSet' },
        ],
      },
      ...(/^[a-z]{3}/i.test(first) && !/^(true|false)$/.test(first)
        ? [{ member, operator: 'contains' as const, values: [first.slice(1, 3)] }]
        : []),
    ];
  });
  const ofNumbers = Object.keys(view.numbers ?? {}).flatMap((member): readonly ReferenceCondition[] => {
    const middle = middleOf(valuesOf(member));
    if (middle === undefined) return [];
    return [
      { member, operator: 'gte', values: [middle] },
      { member, operator: 'lt', values: [middle] },
    ];
  });
  const ofTimes = Object.keys(view.times ?? {}).flatMap((member): readonly ReferenceCondition[] => {
    const values = valuesOf(member);
    const [from, to] = [values[Math.floor(values.length / 4)], values[Math.floor((values.length * 3) / 4)]];
    if (from === undefined || to === undefined) return [];
    return [
      { member, operator: 'inDateRange', values: [from, to] },
      { member, operator: 'afterDate', values: [from] },
      {
        or: [
          { member, operator: 'notSet' },
          { member, operator: 'inDateRange', values: [to, to] },
        ],
      },
    ];
  });
  const single = [...ofDimensions, ...ofNumbers, ...ofTimes].map((condition) => [condition]);
  const [early, late] = [[...ofNumbers, ...ofTimes], ofDimensions];
  const pairs = late.slice(0, early.length * 3).map((condition, index) => {
    const other = early[index % early.length];
    return other === undefined ? [condition] : [condition, other];
  });
  return [[], ...single, ...pairs];
}

function middleOf(values: readonly string[]): string | undefined {
  return values[Math.floor(values.length / 2)];
}
