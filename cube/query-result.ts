/**
 * Turns the rows that a driver returned into the body that Cube clients expect. Cube does this in its native
 * binary (`cubeorchestrator`, query_result_transform.rs); this is the same rule set for installations without
 * it: aliases become member names, times become ISO text with milliseconds and without zone, every number
 * stays the text that the driver made of it.
 */

export type CellValue = string | number | boolean | null | object;

export interface TransformRequest {
  readonly aliasToMemberNameMap: Readonly<Record<string, string>>;
  readonly annotation: Readonly<Record<string, { readonly type?: string }>>;
  readonly query: ResultQuery;
  readonly queryType?: string;
  readonly resType?: string;
}

export interface ResultQuery {
  readonly measures?: readonly unknown[];
  readonly dimensions?: readonly unknown[];
  readonly timeDimensions?: readonly ResultTimeDimension[];
  readonly responseFormat?: string;
  readonly [key: string]: unknown;
}

export interface ResultTimeDimension {
  readonly dimension: string;
  readonly granularity?: string | null;
  readonly dateRange?: readonly string[];
}

export type DriverRow = Readonly<Record<string, CellValue>>;

export type ResultData =
  | readonly Readonly<Record<string, CellValue>>[]
  | { readonly members: readonly string[]; readonly dataset: readonly (readonly CellValue[])[] }
  | { readonly members: readonly string[]; readonly columns: readonly (readonly CellValue[])[] };

/** A member was asked for that the caller may not see. */
export class HiddenMemberError extends Error {
  constructor(member: string) {
    super(`You requested hidden member: '${member}'.`);
    this.name = 'HiddenMemberError';
  }
}

interface ResultColumn {
  readonly member: string;
  /** Undefined for a column that every row shares. */
  readonly alias?: string;
  readonly isTime: boolean;
  readonly constant?: CellValue;
}

/** The `data` of a `/load` response in a format: `compact`, `columnar`, otherwise one object per row. */
export function toResultData(
  request: TransformRequest,
  rows: readonly DriverRow[],
  format: string | undefined,
): ResultData {
  const columns = planColumns(request, Object.keys(rows[0] ?? {}));
  const members = columns.map((column) => column.member);
  switch (format) {
    case 'compact':
      return { members, dataset: rows.map((row) => columns.map((column) => cell(column, row))) };
    case 'columnar':
      return { members, columns: columns.map((column) => rows.map((row) => cell(column, row))) };
    default:
      return rows.map((row) =>
        Object.fromEntries(columns.map((column) => [column.member, cell(column, row)])),
      );
  }
}

function planColumns(request: TransformRequest, aliases: readonly string[]): readonly ResultColumn[] {
  if (aliases.length === 0) {
    for (const member of requestedMembers(request.query)) assertVisible(request, member);
    return [];
  }
  const columns: ResultColumn[] = aliases.map((alias) => {
    const member = request.aliasToMemberNameMap[alias];
    if (member === undefined) throw new Error(`no member is known for the result column ${alias}`);
    assertVisible(request, member);
    return { member, alias, isTime: request.annotation[member]?.type === 'time' };
  });
  columns.push(...bareTimeColumns(request.query, columns));
  const tail = queryTypeColumn(request, columns);
  return tail === undefined ? columns : [...columns, tail];
}

/** `view.time.month` also appears as `view.time`, with the finest granularity asked for. */
function bareTimeColumns(query: ResultQuery, columns: readonly ResultColumn[]): readonly ResultColumn[] {
  const finest = new Map<string, { readonly level: number; readonly column: ResultColumn }>();
  for (const column of columns) {
    const [cube, dimension, granularity, ...rest] = column.member.split('.');
    if (granularity === undefined || rest.length > 0) continue;
    const member = `${cube}.${dimension}`;
    if (query.dimensions?.includes(member) === true) continue;
    const level = GRANULARITY_LEVELS[granularity] ?? COARSEST;
    const known = finest.get(member);
    if (known === undefined || level <= known.level) finest.set(member, { level, column });
  }
  return [...finest].map(([member, { column }]) => ({ ...column, member }));
}

const GRANULARITY_LEVELS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 2,
  hour: 3,
  day: 4,
  week: 5,
  month: 6,
  quarter: 7,
  year: 8,
};
const COARSEST = 10;

function queryTypeColumn(
  request: TransformRequest,
  columns: readonly ResultColumn[],
): ResultColumn | undefined {
  const time = request.query.timeDimensions?.[0];
  if (request.queryType === 'compareDateRangeQuery') {
    if (time?.dateRange?.length !== 2) throw new Error('a date range comparison needs two dates per range');
    return { member: 'compareDateRange', isTime: false, constant: time.dateRange.join(' - ') };
  }
  if (request.queryType === 'blendingQuery') {
    const source = columns.find((column) => column.member === `${time?.dimension}.${time?.granularity}`);
    return source === undefined ? undefined : { ...source, member: `time.${time?.granularity}` };
  }
  return undefined;
}

function requestedMembers(query: ResultQuery): readonly string[] {
  const named = [...(query.measures ?? []), ...(query.dimensions ?? [])].filter(
    (member): member is string => typeof member === 'string',
  );
  const times = (query.timeDimensions ?? [])
    .filter((time) => time.granularity !== undefined && time.granularity !== null)
    .map((time) => time.dimension);
  return [...named, ...times];
}

function assertVisible(request: TransformRequest, member: string): void {
  if (request.annotation[member] === undefined) throw new HiddenMemberError(member);
}

function cell(column: ResultColumn, row: DriverRow): CellValue {
  if (column.alias === undefined) return column.constant ?? null;
  const value = row[column.alias] ?? null;
  return column.isTime && typeof value === 'string' ? toCubeTime(value) : value;
}

/** `2024-01-02T03:04:05.678Z`, or DuckDB's own spelling, as `2024-01-02T03:04:05.678`; other text unchanged. */
export function toCubeTime(text: string): string {
  const parts =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?$/.exec(text);
  if (parts === null) return text;
  const [, date, time, fraction] = parts;
  return `${date}T${time}.${(fraction ?? '').slice(0, 3).padEnd(3, '0')}`;
}

/** The query that a client pivots by when one request held several queries. */
export function toPivotQuery(queryType: string, queries: readonly ResultQuery[]): ResultQuery {
  const first = queries[0];
  if (first === undefined) throw new Error('a multi query holds no query');
  switch (queryType) {
    case 'compareDateRangeQuery':
      return { ...first, dimensions: ['compareDateRange', ...(first.dimensions ?? [])], queryType };
    case 'blendingQuery':
      return {
        ...first,
        measures: distinct(queries.flatMap((query) => query.measures ?? [])),
        dimensions: distinct(queries.flatMap((query) => query.dimensions ?? [])),
        timeDimensions: blendedTime(queries),
        queryType,
      };
    default:
      return { ...first, queryType };
  }
}

function blendedTime(queries: readonly ResultQuery[]): readonly ResultTimeDimension[] {
  const granularities = queries.map((query) => query.timeDimensions?.[0]?.granularity);
  const granularity = granularities.find((each) => each !== undefined && each !== null);
  return granularity === undefined ? [] : [{ dimension: 'time', granularity }];
}

function distinct(values: readonly unknown[]): readonly unknown[] {
  return [...new Set(values)];
}
