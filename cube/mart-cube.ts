import type { MartColumn, MartDeclaration } from '../models/mart-declaration.ts';
import { memberTitle } from './member-title.ts';

/** A cube as a file in `cube/model/cubes` writes it: what its mart does not say already. */
export interface AuthoredCube {
  readonly name: string;
  readonly mart: string;
  /** What one row is, in the plural: the unit of its counts. */
  readonly rows: string;
  /** Dimensions that a figure opens into, unless a measure names its own. */
  readonly drill?: readonly string[];
  /** Changes to the dimension of a column, and dimensions that are no column. */
  readonly dimensions?: readonly AuthoredMember[];
  readonly measures?: readonly AuthoredMember[];
  /** What is counted beforehand: measures that add up, by dimensions and a time. */
  readonly pre_aggregations?: readonly Readonly<Record<string, unknown>>[];
  readonly [key: string]: unknown;
}

export interface AuthoredMember {
  readonly name: string;
  readonly type?: string;
  readonly meta?: MemberMeta;
  readonly [key: string]: unknown;
}

/** A cube with what its mart says. */
export interface CompletedCube {
  readonly sql_table: string;
  readonly public: boolean;
  readonly dimensions: readonly AuthoredMember[];
  readonly measures: readonly AuthoredMember[];
  readonly [key: string]: unknown;
}

/** `unit` is a UCUM unit or what is counted, `1` where there is none; `unit_in` the dimension that holds it row by row. */
export interface MemberMeta {
  readonly unit?: string;
  readonly unit_in?: string;
}

const DIMENSION_TYPES: Readonly<Record<MartColumn['type'], 'string' | 'boolean' | 'number' | 'time'>> = {
  UUID: 'string',
  VARCHAR: 'string',
  BOOLEAN: 'boolean',
  INTEGER: 'number',
  BIGINT: 'number',
  DOUBLE: 'number',
  DATE: 'time',
  TIMESTAMPTZ: 'time',
};

/** A snapshot never changes, and each has caches of its own (see `semantic-layer.ts`): nothing needs to be asked again. */
const REFRESH_KEY = { every: '1 day' };

/**
 * Kept in DuckDB. By itself Cube would answer a range of days from months, counting the first and the last whole.
 */
const ROLLUP = { type: 'rollup', external: false, allow_non_strict_date_range_match: false };

/**
 * The cube as Cube reads it: private, described by the declaration of its mart, a dimension per column, a format and a
 * unit for every number. Throws a plain Error when the file contradicts the declaration.
 */
export function cubeOfMart(cube: AuthoredCube, mart: MartDeclaration): CompletedCube {
  const { mart: _mart, rows, drill = [], dimensions = [], measures = [], pre_aggregations, ...rest } = cube;
  const columns = new Set(mart.columns.map((column) => column.name));
  const changes = new Map(dimensions.map((dimension) => [dimension.name, dimension]));
  return {
    sql_table: `marts.${mart.name}`,
    title: mart.title,
    description: `${mart.description} Grain: ${mart.grain}.`,
    public: false,
    refresh_key: REFRESH_KEY,
    ...rest,
    dimensions: [
      ...mart.columns.map((column) => dimensionOf(column, mart, changes.get(column.name))),
      ...dimensions.filter(({ name }) => !columns.has(name)).map(withFormat),
    ],
    measures: measures.map((measure) => withFormat(measureOf(measure, rows, drill))),
    ...(pre_aggregations === undefined
      ? {}
      : { pre_aggregations: pre_aggregations.map((each) => ({ ...each, ...ROLLUP })) }),
  };
}

function dimensionOf(
  column: MartColumn,
  mart: MartDeclaration,
  change: AuthoredMember | undefined,
): AuthoredMember {
  if (change?.['description'] !== undefined)
    throw new Error(`${mart.name}.${column.name} is described by its mart and nowhere else`);
  const isKey = mart.key.includes(column.name);
  const type = DIMENSION_TYPES[column.type];
  const unit = column.unit ?? (type === 'number' ? unitOf(column.name) : undefined);
  return withFormat({
    title: memberTitle(column.name, column.unit),
    description: column.description,
    // A key is joined and counted as it is; whoever shows or compares others sends text.
    sql: `{CUBE}.${column.name}${column.type === 'UUID' && !isKey ? '::varchar' : ''}`,
    type,
    ...(isKey ? { primary_key: true } : {}),
    ...(unit === undefined ? {} : { meta: { unit } }),
    ...formatOfColumn(column),
    ...change,
    name: column.name,
  });
}

function formatOfColumn({ name, type }: MartColumn): { readonly format?: string } {
  if (type === 'DATE') return { format: '%Y-%m-%d' };
  if (type === 'TIMESTAMPTZ') return { format: '%Y-%m-%d %H:%M:%S' };
  if (type === 'DOUBLE') return { format: 'number_4' };
  // A year has no thousands to be set apart.
  if (type === 'INTEGER' || type === 'BIGINT') return { format: /(^|_)year$/.test(name) ? 'id' : 'number_0' };
  return {};
}

/** `frame_count` counts frames. */
function unitOf(name: string): string {
  const counted = /^(\w+)_count$/.exec(name)?.[1]?.replaceAll('_', ' ');
  if (counted === undefined) return '1';
  return counted.replace(/(is|s|)$/, (end) => (end === 'is' ? 'es' : 's'));
}

function measureOf(measure: AuthoredMember, rows: string, drill: readonly string[]): AuthoredMember {
  const isShare = measure['format'] === 'percent';
  const unit = isShare ? '1' : measure.type === 'count' ? rows : undefined;
  return {
    ...(unit === undefined ? {} : { meta: { unit } }),
    ...(drill.length === 0 ? {} : { drill_members: drill }),
    ...measure,
  };
}

function withFormat(member: AuthoredMember): AuthoredMember {
  if (member['format'] !== undefined) return member;
  const isWhole = ['count', 'count_distinct', 'sum'].includes(member.type ?? '');
  if (isWhole) return { ...member, format: 'number_0' };
  return member.type === 'number' ? { ...member, format: 'number_4' } : member;
}
