import { z } from 'zod';
import { excessOf } from './query-bounds.ts';

/**
 * The query language of the REST API. Cube's gateway takes more: `subqueryJoins` with SQL of the caller,
 * join hints and member expressions, which belong to its SQL endpoint and have no place here.
 */
const name = z.string().regex(/^[A-Za-z_]\w*\.\w+$/, 'name a member as view.member (see /meta)');
const nameInTime = z
  .string()
  .regex(
    /^[A-Za-z_]\w*\.\w+(\.\w+)?$/,
    'name a member as view.member or view.member.granularity (see /meta)',
  );

const OPERATORS = [
  'equals',
  'notEquals',
  'in',
  'notIn',
  'contains',
  'notContains',
  'startsWith',
  'notStartsWith',
  'endsWith',
  'notEndsWith',
  'gt',
  'gte',
  'lt',
  'lte',
  'set',
  'notSet',
  'inDateRange',
  'notInDateRange',
  'onTheDate',
  'beforeDate',
  'beforeOrOnDate',
  'afterDate',
  'afterOrOnDate',
] as const;

const value = z.union(
  [z.string(), z.number(), z.boolean(), z.null()],
  'a value is text, a number, true, false or null',
);
const condition = z
  .strictObject({
    member: name.optional(),
    dimension: name.optional(),
    operator: z.enum(OPERATORS),
    values: z.array(value).optional(),
  })
  .refine(
    (each) => (each.member === undefined) !== (each.dimension === undefined),
    'a filter names one member',
  )
  .refine(
    (each) => each.operator === 'set' || each.operator === 'notSet' || (each.values?.length ?? 0) > 0,
    'a filter with this operator needs values',
  );

export type QueryCondition = z.infer<typeof condition>;
export type QueryFilter =
  | QueryCondition
  | { readonly or: readonly QueryFilter[] }
  | { readonly and: readonly QueryFilter[] };

const group = z.lazy(() => z.array(filter));
const filter: z.ZodType<QueryFilter> = z.unknown().transform((each, context) => {
  const schema = isGroup(each, 'or')
    ? z.strictObject({ or: group })
    : isGroup(each, 'and')
      ? z.strictObject({ and: group })
      : condition;
  const result = schema.safeParse(each);
  if (result.success) return result.data as QueryFilter;
  for (const issue of result.error.issues) context.issues.push({ ...issue, input: each } as never);
  return z.NEVER;
}) as unknown as z.ZodType<QueryFilter>;

function isGroup(part: unknown, key: string): boolean {
  return typeof part === 'object' && part !== null && key in part;
}

const direction = z.enum(['asc', 'desc']);
const cacheMode = z.enum(['stale-if-slow', 'stale-while-revalidate', 'must-revalidate', 'no-cache']);
const dateRange = z.union([z.string(), z.array(z.string()).min(1).max(2)], 'give one date, two, or words');
const count = z.number().int().min(0);

const query = z.strictObject({
  measures: z.array(name).optional(),
  dimensions: z.array(nameInTime).optional(),
  segments: z.array(name).optional(),
  filters: z.array(filter).optional(),
  timeDimensions: z
    .array(
      z.strictObject({
        dimension: name,
        granularity: z.string().max(128).optional(),
        dateRange: dateRange.optional(),
        compareDateRange: z.array(dateRange).min(1).max(20).optional(),
      }),
    )
    .optional(),
  order: z
    .union(
      [z.record(nameInTime, direction), z.array(z.tuple([nameInTime, direction]))],
      'give { "view.member": "asc" | "desc" }, or a list of such pairs',
    )
    .optional(),
  timezone: z.string().max(64).optional(),
  limit: count.optional(),
  offset: count.optional(),
  total: z.boolean().optional(),
  ungrouped: z.boolean().optional(),
  responseFormat: z.enum(['default', 'compact', 'columnar']).optional(),
  cache: cacheMode.optional(),
  cacheMode: cacheMode.optional(),
});

export type RestQuery = z.infer<typeof query>;

export type ParsedQueries =
  | { readonly kind: 'queries'; readonly queries: readonly RestQuery[] }
  | { readonly kind: 'problem'; readonly problem: string };

/** Most queries in one request. */
const MOST_QUERIES = 10;

/** The queries of a request, or what is wrong with them: places and rules, never a value. */
export function parseQueries(input: unknown): ParsedQueries {
  // First, since the schema recurses.
  const excess = excessOf(input);
  if (excess !== undefined) return { kind: 'problem', problem: excess };
  const list: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (list.length === 0 || list.length > MOST_QUERIES)
    return { kind: 'problem', problem: `send one query, or a list of 1 to ${MOST_QUERIES}` };
  const queries: RestQuery[] = [];
  for (const each of list) {
    const result = query.safeParse(each);
    if (!result.success) return { kind: 'problem', problem: wordsOf(result.error) };
    queries.push(result.data);
  }
  return { kind: 'queries', queries };
}

function wordsOf(error: z.ZodError): string {
  const [issue] = error.issues;
  const words = issue?.code === 'unrecognized_keys' ? 'has a key that queries do not have' : issue?.message;
  const path = (issue?.path ?? []).reduce<string>(
    (place, key) => (typeof key === 'number' ? `${place}[${key}]` : `${place}.${plainKey(key)}`),
    'query',
  );
  return `${path}: ${words ?? 'not a query'}`;
}

/** Keys are the caller's own words, too: only names are repeated. */
function plainKey(key: PropertyKey): string {
  const text = String(key);
  return /^[\w.]{1,80}$/.test(text) ? text : '…';
}
