import type { ValueKind } from './type.ts';

export type Comparison = '=' | '<' | '<=' | '>' | '>=';

/**
 * FHIRPath comparison of dates and times kept as text: both are compared as far as both are given; where they
 * agree that far and one goes on, the result is empty (https://hl7.org/fhirpath/N1/#datetime-equality). With
 * a time of day both need an offset, or neither. `a` and `b` must be cheap to repeat.
 */
export function printTemporalComparison(
  comparison: Comparison,
  a: string,
  b: string,
  kinds: readonly [ValueKind, ValueKind],
): string {
  if (kinds[0] === 'time') {
    return (
      `(case when length(${a}) >= 8 and length(${b}) >= 8 ` +
      `then try_cast(${a} as time) ${comparison} try_cast(${b} as time) ` +
      `else ${printPrefixComparison(comparison, a, b)} end)`
    );
  }
  if (kinds[0] === 'date' && kinds[1] === 'date') return printPrefixComparison(comparison, a, b);
  return (
    `(case when length(${a}) > 10 and length(${b}) > 10 then ` +
    `case when ${hasOffset(a)} = ${hasOffset(b)} ` +
    `then try_cast(${a} as timestamptz) ${comparison} try_cast(${b} as timestamptz) end ` +
    `else ${printPrefixComparison(comparison, a, b)} end)`
  );
}

function printPrefixComparison(comparison: Comparison, a: string, b: string): string {
  const shortest = `least(length(${a}), length(${b}))`;
  const [x, y] = [`left(${a}, ${shortest})`, `left(${b}, ${shortest})`];
  return (
    `(case when length(${a}) = length(${b}) then ${a} ${comparison} ${b} ` +
    `when ${x} <> ${y} then ${comparison === '=' ? 'false' : `${x} ${comparison} ${y}`} end)`
  );
}

function hasOffset(text: string): string {
  return `(right(${text}, 1) = 'Z' or substr(${text}, -6, 1) in ('+', '-'))`;
}

/**
 * The least or the greatest instant, day, time or number that a value of limited precision can stand for (FHIRPath
 * 3.0, lowBoundary and highBoundary), to `precision` digits: of a number after the point, of the others in all; by
 * default 8 and the whole of it. `x` must be cheap to repeat.
 */
export function printBoundary(
  side: 'low' | 'high',
  x: string,
  kind: ValueKind,
  precision: number | undefined,
): string {
  const isLow = side === 'low';
  switch (kind) {
    case 'date':
      return cutTo(`(${printDay(isLow, x)})`, DATE_LENGTHS.get(precision ?? 8));
    case 'dateTime': {
      const day = `(${printDay(isLow, x)})`;
      const clock =
        `(case when length(${x}) <= 10 then '${isLow ? '00:00:00.000' : '23:59:59.999'}' ` +
        `else ${printClock(isLow, clockOf(x))} end)`;
      const offset = `coalesce(nullif(regexp_extract(${x}, '(Z|[+-][0-9]{2}:[0-9]{2})$'), ''), '${isLow ? '+14:00' : '-12:00'}')`;
      const date = `(case when length(${x}) <= 10 then ${day} else left(${x}, 10) end)`;
      if (precision !== undefined && precision <= 8) return cutTo(date, DATE_LENGTHS.get(precision));
      const time = cutTo(clock, TIME_LENGTHS.get(precision === undefined ? 9 : precision - 8));
      return `(${date} || 'T' || ${time} || ${offset})`;
    }
    case 'time':
      return cutTo(`(${printClock(isLow, x)})`, TIME_LENGTHS.get(precision ?? 9));
    case 'decimal':
    case 'integer':
    case 'double':
      return printNumberBoundary(isLow, `${x}::varchar`, precision);
    case 'string':
    case 'boolean':
      return 'null';
    default:
      return kind satisfies never;
  }
}

/** Digits → characters. */
const DATE_LENGTHS: ReadonlyMap<number, number> = new Map([
  [4, 4],
  [6, 7],
  [8, 10],
]);
const TIME_LENGTHS: ReadonlyMap<number, number> = new Map([
  [2, 2],
  [4, 5],
  [6, 8],
  [9, 12],
]);

function cutTo(text: string, length: number | undefined): string {
  return length === undefined ? 'null' : `left(${text}, ${length})`;
}

function printDay(isLow: boolean, x: string): string {
  return isLow
    ? `(case length(${x}) when 4 then ${x} || '-01-01' when 7 then ${x} || '-01' else ${x} end)`
    : `(case length(${x}) when 4 then ${x} || '-12-31' ` +
        `when 7 then strftime(last_day(try_cast(${x} || '-01' as date)), '%Y-%m-%d') else ${x} end)`;
}

/** The time of day of a dateTime, without its offset. */
function clockOf(x: string): string {
  return `regexp_replace(substr(${x}, 12), '(Z|[+-][0-9]{2}:[0-9]{2})$', '')`;
}

function printClock(isLow: boolean, x: string): string {
  const [minute, second, digit] = isLow ? [':00', '.000', '0'] : [':59', '.999', '9'];
  return (
    `(case when length(${x}) = 2 then ${x} || '${isLow ? ':00:00.000' : ':59:59.999'}' ` +
    `when length(${x}) = 5 then ${x} || '${minute}${second}' ` +
    `when length(${x}) = 8 then ${x} || '${second}' else rpad(${x}, 12, '${digit}') end)`
  );
}

/**
 * Half a unit of the last digit written below or above the number, rounded away from it to `precision` places. NULL
 * where it takes more than 17 digits before or 19 after the point.
 */
function printNumberBoundary(isLow: boolean, x: string, precision: number | undefined): string {
  const exponent = `coalesce(try_cast(nullif(regexp_extract(${x}, '[eE]([+-]?[0-9]+)$', 1), '') as integer), 0)`;
  const fraction = `length(regexp_extract(${x}, '\\.([0-9]*)', 1))`;
  const places = `(${fraction} - ${exponent})`;
  const wide = 'decimal(38, 20)';
  const half = `try_cast('5e' || (-${places} - 1) as ${wide})`;
  const edge = `(try_cast(${x} as ${wide}) ${isLow ? '-' : '+'} ${half})`;
  const isExact = `${places} between -17 and 19`;
  const round = (digits: number): string => {
    const rounded = `try_cast(${edge} as decimal(38, ${digits}))`;
    const unit = digits === 0 ? '1' : `0.${'0'.repeat(digits - 1)}1`;
    const moved = `${rounded} ${isLow ? '-' : '+'} ${unit}::decimal(38, ${digits})`;
    return `(case when ${rounded} ${isLow ? '>' : '<'} ${edge} then ${moved} else ${rounded} end)::varchar`;
  };
  if (precision !== undefined) return `(case when ${isExact} then ${round(precision)} end)`;
  // No digit of the boundary is lost where the number itself has eight or more.
  const whole = `rtrim(${edge}::varchar, '0')`;
  return `(case when ${places} between -17 and 7 then ${round(8)} when ${isExact} then ${whole} end)`;
}
