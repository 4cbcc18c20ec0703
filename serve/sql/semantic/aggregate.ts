import { type Ast, isAst, list, nameParts, nodeOf } from '../ast.ts';

const AGGREGATES = new Set(
  `measure count sum avg min max stddev stddev_samp stddev_pop variance var_samp var_pop corr covar_pop covar_samp
  regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy bool_and bool_or every
  string_agg array_agg percentile_cont percentile_disc mode any_value bit_and bit_or json_agg jsonb_agg`.split(
    /\s+/,
  ),
);

/** Those that give the same when a row comes twice. */
const IDEMPOTENT = new Set(['min', 'max', 'bool_and', 'bool_or', 'every', 'any_value', 'bit_and', 'bit_or']);

/** The name of an aggregate that a call makes; undefined for other functions and for windows. */
export function aggregateOf(kind: string, body: Ast): string | undefined {
  if (kind !== 'FuncCall' || isAst(body['over'])) return undefined;
  const name = nameParts(body['funcname']).at(-1) ?? '';
  return AGGREGATES.has(name) ? name : undefined;
}

/** Whether rows that a join doubles do not change what an aggregate gives. */
export function ignoresDuplicates(name: string, body: Ast): boolean {
  return IDEMPOTENT.has(name) || (body['agg_distinct'] === true && name !== 'measure');
}

/** `count(*)`, or `count` of a constant. */
export function countsRows(name: string, body: Ast): boolean {
  if (name !== 'count' || body['agg_distinct'] === true || isAst(body['agg_filter'])) return false;
  const [argument] = list(body['args']);
  return body['agg_star'] === true || nodeOf(argument)?.[0] === 'A_Const';
}

/** What Cube calls the aggregation that a call asks for. */
export function aggregationOf(name: string, body: Ast): string {
  return name === 'count' && body['agg_distinct'] === true ? 'countDistinct' : name;
}

/** How the measures of each of Cube's aggregations may be asked for besides MEASURE(m). */
const FITTING: Readonly<Record<string, readonly string[]>> = {
  count: ['count'],
  countDistinct: ['countDistinct'],
  countDistinctApprox: ['countDistinct'],
  sum: ['sum'],
  avg: ['avg'],
  min: ['min'],
  max: ['max'],
  // In each group there is one value, which is its least and its greatest, too.
  number: ['min', 'max'],
};

/** Whether an aggregate over a measure's column asks for what the measure is. */
export function fitsMeasure(aggregation: string, measureAggregation: string | undefined): boolean {
  return (
    aggregation === 'measure' ||
    (FITTING[measureAggregation ?? 'number'] ?? ['min', 'max']).includes(aggregation)
  );
}

/** The ways to ask for a measure, in SQL. */
export function waysToAsk(measure: string, measureAggregation: string | undefined): string {
  const others = (FITTING[measureAggregation ?? 'number'] ?? []).map((aggregation) =>
    aggregation === 'countDistinct'
      ? `COUNT(DISTINCT ${measure})`
      : `${aggregation.toUpperCase()}(${measure})`,
  );
  return [`MEASURE(${measure})`, ...others].join(' or ');
}
