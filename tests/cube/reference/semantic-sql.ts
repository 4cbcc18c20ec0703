import type pg from 'pg';
import type { ReferenceCase, ReferenceCondition } from './cases.ts';

/** Measure of a view → the aggregate over it, as the comment of its column says. */
export type Aggregates = ReadonlyMap<string, string>;

/** Values as PostgreSQL writes them, truth values as people do. */
export const AS_TEXT: pg.ClientConfig = {
  types: {
    getTypeParser: (oid: number) =>
      oid === BOOL ? (value: string) => (value === 't' ? 'true' : 'false') : (value: string) => value,
  } as pg.CustomTypesConfig,
};
const BOOL = 16;

const AGGREGATES: Readonly<Record<string, (measure: string) => string>> = {
  count: (measure) => `count(${measure})`,
  countDistinct: (measure) => `count(distinct ${measure})`,
  sum: (measure) => `sum(${measure})`,
  avg: (measure) => `avg(${measure})`,
  min: (measure) => `min(${measure})`,
  max: (measure) => `max(${measure})`,
  number: (measure) => `max(${measure})`,
};

/** What an analyst learns of the measures of a view by looking at its columns. */
export async function aggregatesOf(client: pg.Client, view: string): Promise<Aggregates> {
  const { rows } = await client.query<{ name: string; comment: string }>(
    `select attname as name, col_description(attrelid, attnum) as comment from pg_attribute
     where attrelid = ('cube.' || $1)::regclass and attnum > 0`,
    [view],
  );
  return new Map(
    rows.flatMap(({ name, comment }) => {
      const aggregation = /Measure: MEASURE\(\w+\), (\w+)\.$/.exec(comment ?? '')?.[1];
      const write = aggregation === undefined ? undefined : AGGREGATES[aggregation];
      return write === undefined ? [] : [[name, write(name)] as const];
    }),
  );
}

/**
 * A case as SQL over its view, with the columns `g0`, `g1`, … of its groups and one for each measure. With `aggregates`
 * these are asked for instead of MEASURE.
 */
export function semanticSql(asked: ReferenceCase, aggregates?: Aggregates): string {
  const { view, measures, dimensions, time, conditions, segments } = asked;
  const groups = [
    ...dimensions,
    ...(time === undefined ? [] : [`date_trunc('${time.granularity}', ${time.member})`]),
  ];
  const columns = [
    ...groups.map((group, index) => `${group} as g${index}`),
    ...measures.map((measure) => `${writtenAs(measure, aggregates)} as ${measure}`),
  ];
  const where = [...conditions.map(conditionSql), ...segments];
  return [
    `select ${columns.join(', ')} from cube.${view}`,
    ...(where.length === 0 ? [] : [`where ${where.join(' and ')}`]),
    ...(groups.length === 0 ? [] : [`group by ${groups.map((_, index) => index + 1).join(', ')}`]),
  ].join('\n');
}

function writtenAs(measure: string, aggregates: Aggregates | undefined): string {
  if (aggregates === undefined) return `measure(${measure})`;
  const aggregate = aggregates.get(measure);
  if (aggregate === undefined) throw new Error(`the comment of ${measure} names no aggregate`);
  return aggregate;
}

function conditionSql(condition: ReferenceCondition): string {
  if ('or' in condition) return `(${condition.or.map(conditionSql).join(' or ')})`;
  const { member } = condition;
  if (!('values' in condition)) return `${member} is ${condition.operator === 'set' ? 'not ' : ''}null`;
  const values = condition.values.map((value) => `'${value.replaceAll("'", "''")}'`);
  switch (condition.operator) {
    case 'equals':
      return values.length === 1 ? `${member} = ${values[0]}` : `${member} in (${values.join(', ')})`;
    case 'notEquals':
      return `(${member} not in (${values.join(', ')}) or ${member} is null)`;
    case 'contains':
      return `${member} ilike '%${condition.values[0]}%'`;
    case 'gte':
      return `${member} >= ${condition.values[0]}`;
    case 'lt':
      return `${member} < ${condition.values[0]}`;
    case 'inDateRange':
      return `${member} >= ${values[0]} and ${member} < date ${values[1]} + 1`;
    case 'afterDate':
      return `${member} > timestamp ${values[0]}`;
    default:
      return condition satisfies never;
  }
}
