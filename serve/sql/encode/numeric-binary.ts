import type { RowBuffer } from './row-buffer.ts';

const POSITIVE = 0x0000;
const NEGATIVE = 0x4000;
const NOT_A_NUMBER = 0xc000;
const INFINITE = 0xd000;
const MINUS_INFINITE = 0xf000;

/** numeric in binary (numeric_send): groups of four decimal digits, from a decimal text, with its length. */
export function writeNumeric(out: RowBuffer, text: string): void {
  const special = { NaN: NOT_A_NUMBER, Infinity: INFINITE, '-Infinity': MINUS_INFINITE }[text];
  if (special !== undefined) {
    write(out, [], 0, special, 0);
    return;
  }
  const { isNegative, whole, fraction } = partsOf(text);
  const wholeDigits = whole.replace(/^0+/, '');
  const wholeGroups = Math.ceil(wholeDigits.length / 4);
  const padded =
    wholeDigits.padStart(wholeGroups * 4, '0') + fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0');
  const groups = (padded.match(/.{4}/g) ?? []).map(Number);
  let weight = wholeGroups - 1;
  while (groups[0] === 0) {
    groups.shift();
    weight -= 1;
  }
  while (groups.at(-1) === 0) groups.pop();
  const isZero = groups.length === 0;
  write(out, groups, isZero ? 0 : weight, isNegative && !isZero ? NEGATIVE : POSITIVE, fraction.length);
}

function partsOf(text: string): { isNegative: boolean; whole: string; fraction: string } {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const isNegative = sign === '-';
  const shift = Number(exponent);
  if (shift === 0) return { isNegative, whole, fraction };
  const digits = whole + fraction;
  const point = whole.length + shift;
  if (point <= 0) return { isNegative, whole: '', fraction: '0'.repeat(-point) + digits };
  return { isNegative, whole: digits.slice(0, point).padEnd(point, '0'), fraction: digits.slice(point) };
}

function write(out: RowBuffer, groups: readonly number[], weight: number, sign: number, scale: number): void {
  out.int32(8 + groups.length * 2);
  out.int16(groups.length);
  out.int16(weight);
  out.int16(sign);
  out.int16(scale);
  for (const group of groups) out.int16(group);
}
