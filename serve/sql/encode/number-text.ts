import type { RowBuffer } from './row-buffer.ts';

/** A double as numeric writes it: without an exponent. */
export function plainText(value: number): string {
  const text = doubleText(value);
  const [, sign = '', first = '', rest = '', exponent] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = first + rest;
  const point = Number(exponent) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const whole = digits.slice(0, point).padEnd(point, '0');
  return sign + whole + (digits.length > point ? `.${digits.slice(point)}` : '');
}

/** A whole number that a double holds exactly, as a value with its length. */
export function writeInteger(out: RowBuffer, value: number): void {
  out.reserve(24);
  const start = out.at;
  out.at += 4;
  if (value < 0) out.byte(45);
  out.digits(Math.abs(value));
  out.setInt32(start, out.at - start - 4);
}

/** A DECIMAL of up to 15 digits, given by its unscaled value, as a value with its length. */
export function writeDecimal(out: RowBuffer, unscaled: number, scale: number): void {
  if (scale === 0) {
    writeInteger(out, unscaled);
    return;
  }
  out.reserve(48);
  const start = out.at;
  out.at += 4;
  const magnitude = Math.abs(unscaled);
  const factor = 10 ** scale;
  const whole = Math.floor(magnitude / factor);
  if (unscaled < 0) out.byte(45);
  out.digits(whole);
  out.byte(46);
  out.digits(magnitude - whole * factor, scale);
  out.setInt32(start, out.at - start - 4);
}

/**
 * The shortest decimal text that reads back as the same double, as PostgreSQL's float8out writes it: with an
 * exponent below 1e-4 and from 1e15.
 */
export function doubleText(value: number): string {
  return floatingText(value, 1e15, value);
}

/** The same for a single: float4out, with an exponent from 1e6. */
export function singleText(value: number): string {
  return floatingText(value, 1e6, Number.isFinite(value) ? shortestSingle(value) : value);
}

/** `shortest` is the number whose shortest text is meant. */
function floatingText(value: number, least: number, shortest: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < least) return String(shortest);
  if (Number.isNaN(value)) return 'NaN';
  if (magnitude === Number.POSITIVE_INFINITY) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  return shortest.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

/** The double with the fewest digits that rounds to a given single. */
function shortestSingle(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return Number(value.toPrecision(9));
}
