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
 * The least or the greatest instant, day, time or number that a value of limited precision can stand for
 * (FHIRPath 3.0, lowBoundary and highBoundary at their default precision). `x` must be cheap to repeat.
 */
export function printBoundary(side: 'low' | 'high', x: string, kind: ValueKind): string {
  const isLow = side === 'low';
  switch (kind) {
    case 'date':
      return `(${printDay(isLow, x)})`;
    case 'dateTime':
      return (
        `(case when length(${x}) <= 10 then ${printDay(isLow, x)} || ` +
        `'${isLow ? 'T00:00:00.000+14:00' : 'T23:59:59.999-12:00'}' ` +
        `else left(${x}, 10) || 'T' || ${printClock(isLow, clockOf(x))} || ` +
        `coalesce(nullif(regexp_extract(${x}, '(Z|[+-][0-9]{2}:[0-9]{2})$'), ''), ` +
        `'${isLow ? '+14:00' : '-12:00'}') end)`
      );
    case 'time':
      return `(${printClock(isLow, x)})`;
    case 'decimal':
    case 'integer':
    case 'double':
      return printNumberBoundary(isLow, `${x}::varchar`);
    case 'string':
    case 'boolean':
      return 'null';
    default:
      return kind satisfies never;
  }
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

/** Half a unit of the last digit written; a number written with an exponent has no boundary here. */
function printNumberBoundary(isLow: boolean, x: string): string {
  const digits = `(case when contains(${x}, '.') then length(${x}) - strpos(${x}, '.') else 0 end)`;
  const half = `try_cast('0.' || repeat('0', ${digits}) || '5' as decimal(38, 12))`;
  const value = `try_cast(${x} as decimal(38, 12)) ${isLow ? '-' : '+'} ${half}`;
  return `(case when regexp_matches(${x}, '[eE]') then null else rtrim(rtrim((${value})::varchar, '0'), '.') end)`;
}
