import type { ReferenceCase, ReferenceCondition } from './cases.ts';
import type { ReferenceView } from './view.ts';

/**
 * Hand-written SQL of a case: one row per measure and group, with columns `measure`, `g0`, `g1`, … (text) and `value`.
 * The last group is the time, where the case has one, as a date.
 */
export function referenceSql(
  view: ReferenceView,
  { measures, dimensions, time, ...rest }: ReferenceCase,
): string {
  const groups = [
    ...dimensions.map((dimension) => expressionOf(view, dimension)),
    ...(time === undefined
      ? []
      : [`date_trunc('${time.granularity}', ${expressionOf(view, time.member)})::date`]),
  ].map((expression, index) => ({ name: `g${index}`, expression }));
  const conditions = [
    ...rest.conditions.map((condition) => conditionSql(view, condition)),
    ...rest.segments.map((segment) => `(${view.segments?.[segment]})`),
  ];
  const names = groups.map(({ name }) => name);
  const grouped = names.length === 0 ? '' : `group by ${names.join(', ')}`;
  const branches = measures.map((name) => {
    const measure = view.measures[name];
    if (measure === undefined) throw new Error(`no reference for ${name}`);
    const columns = new Set([...names, measure.entity, ...(measure.reads ?? [])]);
    const entity = `(select distinct ${[...columns].join(', ')} from chosen)`;
    const texts = names.map((group) => `${group}::varchar as ${group}`);
    const head = [`'${name}' as measure`, ...texts, `(${measure.aggregate})::double as value`];
    if (measure.lists === undefined) return `select ${head.join(', ')} from ${entity} ${grouped}`;
    const lists = Object.entries(measure.lists).map(([list, sql]) => `${sql} as ${list}`);
    return `select ${head.join(', ')} from (select ${[...names, ...lists].join(', ')} from ${entity} ${grouped})`;
  });
  const shown = groups.map(({ name, expression }) => `, ${expression} as ${name}`).join('');
  return `
    with flat as (${view.flat}),
    chosen as materialized (select *${shown} from flat where ${['true', ...conditions].join(' and ')})
    ${branches.join('\nunion all ')}`;
}

/** A dimension, number or time of a view as an expression over its flat relation. */
export function expressionOf(view: ReferenceView, member: string): string {
  const expression = view.dimensions[member] ?? view.numbers?.[member] ?? view.times?.[member];
  if (expression === undefined) throw new Error(`no reference for ${member}`);
  return expression;
}

function conditionSql(view: ReferenceView, condition: ReferenceCondition): string {
  if ('or' in condition) return `(${condition.or.map((each) => conditionSql(view, each)).join(' or ')})`;
  const expression = `(${expressionOf(view, condition.member)})`;
  if (!('values' in condition)) return `${expression} is ${condition.operator === 'set' ? 'not ' : ''}null`;
  const values = condition.values.map((value) => `'${value.replaceAll("'", "''")}'`);
  switch (condition.operator) {
    case 'equals':
      return `coalesce(${expression}::varchar in (${values.join(', ')}), false)`;
    case 'notEquals':
      // Who is not known to be so is not so.
      return `not coalesce(${expression}::varchar in (${values.join(', ')}), false)`;
    case 'contains':
      return `contains(lower(${expression}), lower(${values[0]}))`;
    case 'gte':
      return `${expression} >= ${values[0]}::double`;
    case 'lt':
      return `${expression} < ${values[0]}::double`;
    case 'inDateRange':
      return `${expression}::date between ${values[0]} and ${values[1]}`;
    case 'afterDate':
      // Of a day Cube means its first moment.
      return `${expression} > ${values[0]}::timestamp`;
    default:
      return condition satisfies never;
  }
}
