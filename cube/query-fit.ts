import type { QueryCondition, QueryFilter, RestQuery } from './query-shape.ts';

export type MemberType = 'string' | 'number' | 'boolean' | 'time';

/** What a member holds, by `view.member`, for every public member. */
export type MemberTypes = ReadonlyMap<string, MemberType>;

const TEXT = /^(not)?(contains|startsWith|endsWith)$/i;
const DATE = /Date(Range)?$/;
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?\s*$/i;
const BOOLEAN = /^(true|false|t|f|yes|no|1|0)$/i;
const ABSOLUTE =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/**
 * Why the values or places of a query do not fit what its members hold, in words that name the member and never
 * the value; undefined when they do. Unknown members are left to Cube.
 */
export function misfitOf(query: RestQuery, types: MemberTypes): string | undefined {
  for (const filter of query.filters ?? []) {
    const misfit = filterMisfit(filter, types);
    if (misfit !== undefined) return misfit;
  }
  for (const time of query.timeDimensions ?? []) {
    const type = types.get(time.dimension);
    if (type !== undefined && type !== 'time') return `${time.dimension} holds no dates (${type})`;
    for (const range of [time.dateRange, ...(time.compareDateRange ?? [])]) {
      if (!isDateRange(range)) return `the date range of ${time.dimension} cannot be read: ${DATE_WORDS}`;
    }
  }
  for (const member of orderedMembers(query)) {
    if (!types.has(member.split('.').slice(0, 2).join('.'))) return `order: there is no member ${member}`;
  }
  return undefined;
}

const DATE_WORDS = 'write days as 2024-02-29, moments as 2024-02-29T12:00:00';

/** Members whose conditions or date ranges carry values. */
export function comparedMembers(query: RestQuery): readonly string[] {
  const members = (query.filters ?? []).flatMap(conditionsOf).map(memberOf);
  const times = (query.timeDimensions ?? []).map((time) => time.dimension);
  return [...new Set([...members, ...times])];
}

function conditionsOf(filter: QueryFilter): readonly QueryCondition[] {
  if ('or' in filter) return filter.or.flatMap(conditionsOf);
  if ('and' in filter) return filter.and.flatMap(conditionsOf);
  return [filter];
}

function orderedMembers({ order }: RestQuery): readonly string[] {
  if (order === undefined) return [];
  return Array.isArray(order) ? order.map(([member]) => member) : Object.keys(order);
}

function memberOf(condition: QueryCondition): string {
  return condition.member ?? condition.dimension ?? '';
}

function filterMisfit(filter: QueryFilter, types: MemberTypes): string | undefined {
  for (const condition of conditionsOf(filter)) {
    const member = memberOf(condition);
    const type = types.get(member);
    const misfit = type === undefined ? undefined : conditionMisfit(condition, type);
    if (misfit !== undefined) return `the filter on ${member}: ${misfit}`;
  }
  return undefined;
}

function conditionMisfit({ operator, values = [] }: QueryCondition, type: MemberType): string | undefined {
  if (operator === 'set' || operator === 'notSet') return undefined;
  if (TEXT.test(operator))
    return type === 'string' ? undefined : `${operator} compares text, this is ${type}`;
  const isDateOperator = DATE.test(operator);
  if (isDateOperator && type !== 'time') return `${operator} compares dates, this is ${type}`;
  const texts = values.filter((value) => value !== null).map(String);
  switch (type) {
    case 'string':
      return undefined;
    case 'number':
      return texts.every((text) => NUMBER.test(text)) ? undefined : 'its values must be numbers';
    case 'boolean':
      return texts.every((text) => BOOLEAN.test(text)) ? undefined : 'its values must be true or false';
    case 'time':
      return (isDateOperator && isDateRange(texts)) || texts.every(isAbsolute) ? undefined : DATE_WORDS;
    default:
      return type satisfies never;
  }
}

/** Two dates; or one, which may be in words that Cube reads, such as `last 2 weeks`. */
function isDateRange(range: string | readonly string[] | undefined): boolean {
  if (range === undefined) return true;
  const dates = typeof range === 'string' ? [range] : range;
  if (dates.length > 1) return dates.every(isAbsolute);
  return dates.every((date) => isAbsolute(date) || !/^\d{4}-/.test(date));
}

function isAbsolute(text: string): boolean {
  const [, year, month, day = '01'] = ABSOLUTE.exec(text) ?? [];
  if (year === undefined || month === undefined) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
}
