import { sqlString } from '../../base/sql-text.ts';
import type { Expression, Operator, ScalarFunction } from './expression.ts';
import { type Comparison, printTemporalComparison } from './sql-temporal.ts';
import { isTemporal, type ValueKind } from './type.ts';

const COMPARISONS: ReadonlyMap<Operator, Comparison> = new Map([
  ['equal', '='],
  ['less', '<'],
  ['less-or-equal', '<='],
  ['greater', '>'],
  ['greater-or-equal', '>='],
]);

type Let = (value: string, use: (name: string) => string) => string;

/** `operands` are printed already; NULL is FHIRPath's empty, and SQL's three-valued logic is FHIRPath's. */
export function printOperation(
  operation: Expression & { readonly kind: 'operation' },
  operands: readonly string[],
  letOne: Let,
): string {
  const [a = 'null', b = 'null', c = 'null'] = operands;
  const comparison = COMPARISONS.get(operation.operator);
  if (comparison !== undefined) return printComparison(comparison, operation, a, b, letOne);
  switch (operation.operator) {
    case 'and':
    case 'or':
      return `(${a} ${operation.operator} ${b})`;
    case 'not':
      return `(not ${a})`;
    case 'xor':
      return `(${a} <> ${b})`;
    case 'implies':
      return `(not ${a} or ${b})`;
    case 'not-equal':
      return `(${a} <> ${b})`;
    case 'equal-lists':
      return `(nullif(${a}, []) = nullif(${b}, []))`;
    case 'equivalent':
      return isText(operation.operands[0])
        ? `(${normalised(a)} is not distinct from ${normalised(b)})`
        : `(${a} is not distinct from ${b})`;
    case 'in':
      return `(case when ${a} is not null then coalesce(list_contains(${b}, ${a}), false) end)`;
    case 'add':
    case 'subtract':
    case 'multiply':
      return printArithmetic(operation, a, b);
    case 'divide':
      return `(${a} / nullif(${b}, 0))`;
    case 'div':
      return `try_cast(trunc(${a}::double / nullif(${b}, 0)) as bigint)`;
    case 'mod':
      return `(${a} % nullif(${b}, 0))`;
    case 'negate':
      return `(-${a})`;
    case 'concat':
      return `(${operands.join(' || ')})`;
    case 'concat-empty':
      return `concat(${operands.join(', ')})`;
    case 'if':
      return `(case when ${a} then ${b} else ${c} end)`;
    case 'equal':
    case 'less':
    case 'less-or-equal':
    case 'greater':
    case 'greater-or-equal':
      throw new Error(`comparison ${operation.operator} was not printed`);
    default:
      return operation.operator satisfies never;
  }
}

function printComparison(
  comparison: Comparison,
  operation: Expression & { readonly kind: 'operation' },
  a: string,
  b: string,
  letOne: Let,
): string {
  const kinds = operation.operands.map(kindOf);
  const [left, right] = kinds;
  if (left !== undefined && right !== undefined && left !== null && right !== null && isTemporal(left)) {
    return letOne(a, (x) => letOne(b, (y) => printTemporalComparison(comparison, x, y, [left, right])));
  }
  // Sums of decimals are compared to the eight places that FHIRPath guarantees, not to the last bit.
  const isComputed = operation.operands.some(isArithmetic);
  const [x, y] = isComputed ? [`round(${a}, 8)`, `round(${b}, 8)`] : [a, b];
  return `(${x} ${comparison} ${y})`;
}

/** Integers are added in 128 bits and lost to empty, not to an error, when they outgrow 64. */
function printArithmetic(
  operation: Expression & { readonly kind: 'operation' },
  a: string,
  b: string,
): string {
  const symbol = operation.operator === 'add' ? '+' : operation.operator === 'subtract' ? '-' : '*';
  const isInteger = operation.type.kind === 'primitive' && operation.type.value === 'integer';
  return isInteger ? `try_cast(${a}::hugeint ${symbol} ${b}::hugeint as bigint)` : `(${a} ${symbol} ${b})`;
}

function isArithmetic(of: Expression): boolean {
  return of.kind === 'operation' && of.type.kind === 'primitive' && of.type.value === 'double';
}

function kindOf(of: Expression): ValueKind | null {
  return of.type.kind === 'primitive' ? of.type.value : null;
}

function isText(of: Expression | undefined): boolean {
  return of !== undefined && kindOf(of) === 'string';
}

function normalised(text: string): string {
  return `lower(trim(regexp_replace(${text}, '\\s+', ' ', 'g')))`;
}

/** FHIRPath functions on one value. Text positions count from 0. */
export function printFunction(
  name: ScalarFunction,
  args: readonly string[],
  input: ValueKind | null,
  letOne: Let,
): string {
  const [x = 'null', a = 'null', b] = args;
  switch (name) {
    case 'startsWith':
      return `starts_with(${x}, ${a})`;
    case 'endsWith':
      return `ends_with(${x}, ${a})`;
    case 'contains':
      return `contains(${x}, ${a})`;
    case 'matches':
      return `regexp_matches(${x}, ${a}, 's')`;
    case 'replace':
      return `replace(${x}, ${a}, ${b ?? "''"})`;
    case 'replaceMatches':
      return `regexp_replace(${x}, ${a}, ${b ?? "''"}, 'g')`;
    case 'substring':
      return letOne(
        x,
        (text) =>
          `(case when ${a} between 0 and length(${text}) - 1 then ` +
          `substr(${text}, ${a} + 1${b === undefined ? '' : `, greatest(${b}, 0)`}) end)`,
      );
    case 'upper':
    case 'lower':
    case 'length':
    case 'trim':
      return `${name}(${x})`;
    case 'indexOf':
      return `(strpos(${x}, ${a}) - 1)`;
    case 'split':
      return `string_split(${x}, ${a})`;
    case 'abs':
      return `abs(${x})`;
    case 'ceiling':
    case 'floor':
      return `try_cast(${name}(${x}) as bigint)`;
    case 'truncate':
      return `try_cast(trunc(${x}) as bigint)`;
    case 'round':
      return `round(${x}, ${args[1] ?? 0})`;
    case 'toText':
      // Up to 15 digits every decimal survives the way through a double, and 0.1 + 0.2 shows as 0.3.
      return input === 'double' ? `printf('%.15g', ${x})` : `${x}::varchar`;
    case 'toInteger':
      return letOne(
        x,
        (text) =>
          `(case when regexp_matches(${text}, '^[+-]?[0-9]+$') then try_cast(${text} as integer) end)`,
      );
    case 'toNumber':
      return `try_cast(${x} as double)`;
    case 'toBoolean':
      return (
        `(case when lower(${x}) in ('true', 't', 'yes', 'y', '1', '1.0') then true ` +
        `when lower(${x}) in ('false', 'f', 'no', 'n', '0', '0.0') then false end)`
      );
    case 'dicomDate':
      return letOne(
        x,
        (text) => `(substr(${text}, 1, 4) || '-' || substr(${text}, 5, 2) || '-' || substr(${text}, 7, 2))`,
      );
    default:
      return name satisfies never;
  }
}

export function printLiteral(value: string | number | boolean, kind: ValueKind): string {
  // 64-bit integers are kept as digits.
  if (kind === 'integer' && /^-?\d+$/.test(String(value))) return String(value);
  if (typeof value === 'string') return sqlString(value);
  if (kind === 'double') return `${value}::double`;
  return String(value);
}
