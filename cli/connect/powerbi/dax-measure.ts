import type { AuthoredMember } from '../../../cube/mart-cube.ts';
import type { MartColumn, MartDeclaration } from '../../../models/mart-declaration.ts';
import { daxColumn, daxPredicates, isNumber } from './dax-filter.ts';

/** A measure of Cube in DAX that gives the same figure, or why there is none. */
export type Translation =
  | { readonly kind: 'translated'; readonly dax: string }
  | { readonly kind: 'left-out'; readonly reason: string };

/** What a mart has of measures, by the names that Cube has for them. */
export interface MeasureScope {
  readonly mart: MartDeclaration;
  readonly measures: readonly AuthoredMember[];
  /** What Power BI calls a measure: its names are unique in the whole model. */
  nameOf(measure: AuthoredMember): string;
}

/** Keys of a measure that say nothing about its figure, or that are translated. */
const KNOWN_KEYS = new Set([
  'name',
  'title',
  'description',
  'type',
  'sql',
  'filters',
  'format',
  'meta',
  'drill_members',
]);

const NO_SIMPLE_COLUMN = 'its SQL is more than a column';

/** Aggregates over one column that Power BI computes as DuckDB does; nothing is left out of account by both. */
const AGGREGATES: Readonly<
  Record<string, { readonly dax: string; readonly takes: (column: MartColumn) => boolean }>
> = {
  // DISTINCTCOUNT counts BLANK and the row that stands for broken references, too. Text is compared without regard to case.
  count_distinct: { dax: 'DISTINCTCOUNTNOBLANK', takes: ({ type }) => type !== 'VARCHAR' },
  sum: { dax: 'SUM', takes: isNumber },
  avg: { dax: 'AVERAGE', takes: isNumber },
  min: { dax: 'MIN', takes: isOrdered },
  max: { dax: 'MAX', takes: isOrdered },
};

/** DAX of the same meaning; whatever is not certainly the same is left out, with a reason for people. */
export function translateMeasure(measure: AuthoredMember, scope: MeasureScope): Translation {
  const unknown = Object.keys(measure).filter((key) => !KNOWN_KEYS.has(key));
  if (unknown.length > 0) return leftOut(`it has ${unknown.join(', ')}`);
  const sql = typeof measure['sql'] === 'string' ? measure['sql'].replace(/\s+/g, ' ').trim() : undefined;
  if (measure.type === 'number') return translateNumber(measure, sql, scope);
  const aggregate = aggregateOf(measure, sql, scope.mart);
  if (aggregate === undefined) return leftOut(NO_SIMPLE_COLUMN);
  const filters = filtersOf(measure).map((filter) => daxPredicates(filter, scope.mart));
  if (!filters.every((each) => each !== undefined))
    return leftOut('its condition is more than simple comparisons');
  // KEEPFILTERS: a slicer on the same column still holds, as in Cube.
  const kept = filters.flat().map((predicate) => `, KEEPFILTERS(${predicate})`);
  return translated(kept.length === 0 ? aggregate : `CALCULATE(${aggregate}${kept.join('')})`);
}

function aggregateOf(
  { type = '' }: AuthoredMember,
  sql: string | undefined,
  mart: MartDeclaration,
): string | undefined {
  if (type === 'count') return sql === undefined ? `COUNTROWS('${mart.name}')` : undefined;
  const column = columnOf(sql, mart);
  const aggregate = AGGREGATES[type];
  if (column === undefined || aggregate?.takes(column) !== true) return undefined;
  return `${aggregate.dax}(${daxColumn(mart.name, column.name)})`;
}

/** Medians of a column and shares of two counts; other expressions are SQL that DAX has no word for. */
function translateNumber(measure: AuthoredMember, sql: string | undefined, scope: MeasureScope): Translation {
  if (sql === undefined || filtersOf(measure).length > 0) return leftOut('it is an expression of its own');
  const median = columnOf(/^median\((.*)\)$/.exec(sql)?.[1], scope.mart);
  if (median !== undefined && isNumber(median)) {
    return translated(`MEDIAN(${daxColumn(scope.mart.name, median.name)})`);
  }
  const [, above, below] = /^\{(\w+)\}::double \/ nullif\(\{(\w+)\}, 0\)$/.exec(sql) ?? [];
  const parts = [above, below].map((name) =>
    scope.measures.find((each) => each.name === name && each.type !== 'number'),
  );
  const [numerator, denominator] = parts;
  if (numerator === undefined || denominator === undefined)
    return leftOut('its SQL has no counterpart in DAX');
  if (parts.some((each) => each !== undefined && translateMeasure(each, scope).kind === 'left-out')) {
    return leftOut('a measure that it is made of is left out');
  }
  // A count of nothing is BLANK in DAX: without "+ 0" a share of zero would be empty.
  return translated(`DIVIDE(${reference(numerator, scope)} + 0, ${reference(denominator, scope)})`);
}

function reference(measure: AuthoredMember, scope: MeasureScope): string {
  return `[${scope.nameOf(measure).replaceAll(']', ']]')}]`;
}

function columnOf(sql: string | undefined, mart: MartDeclaration): MartColumn | undefined {
  const name = /^\{CUBE\}\.(\w+)$/.exec(sql ?? '')?.[1];
  return mart.columns.find((column) => column.name === name);
}

function filtersOf(measure: AuthoredMember): readonly string[] {
  const filters = (measure['filters'] ?? []) as readonly { readonly sql: string }[];
  return filters.map(({ sql }) => sql.replace(/\s+/g, ' '));
}

function isOrdered(column: MartColumn): boolean {
  return isNumber(column) || column.type === 'DATE' || column.type === 'TIMESTAMPTZ';
}

function translated(dax: string): Translation {
  return { kind: 'translated', dax };
}

function leftOut(reason: string): Translation {
  return { kind: 'left-out', reason };
}
