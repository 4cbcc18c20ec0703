import type { RowBuffer } from './row-buffer.ts';

export const MICROS_PER_DAY = 86_400_000_000;

/** Year, month and day of a number of days since 1970-01-01, in the proleptic Gregorian calendar. */
export function civilDate(days: number): readonly [year: number, month: number, day: number] {
  // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400 years that begin on 1 March.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}

/** DATE as a value with its length; infinite dates are DuckDB's. */
export function writeDate(out: RowBuffer, days: number): void {
  if (Math.abs(days) === 2_147_483_647) {
    out.ascii(days > 0 ? 'infinity' : '-infinity');
    return;
  }
  out.reserve(32);
  const start = out.at;
  out.at += 4;
  const isBeforeChrist = date(out, days);
  if (isBeforeChrist) suffix(out, ' BC');
  out.setInt32(start, out.at - start - 4);
}

/** TIMESTAMP, or in UTC TIMESTAMPTZ, of microseconds since 1970 as days and the rest of a day. */
export function writeTimestamp(out: RowBuffer, days: number, micros: number, hasZone: boolean): void {
  out.reserve(48);
  const start = out.at;
  out.at += 4;
  const isBeforeChrist = date(out, days);
  out.byte(32);
  time(out, micros);
  if (hasZone) suffix(out, '+00');
  if (isBeforeChrist) suffix(out, ' BC');
  out.setInt32(start, out.at - start - 4);
}

/** TIME of microseconds since midnight, as a value with its length. */
export function writeTime(out: RowBuffer, micros: number): void {
  out.reserve(32);
  const start = out.at;
  out.at += 4;
  time(out, micros);
  out.setInt32(start, out.at - start - 4);
}

/** An interval in PostgreSQL's style (`1 year 2 mons 3 days 04:05:06`). */
export function intervalText(months: number, days: number, micros: bigint): string {
  const years = Math.trunc(months / 12);
  const rest = months % 12;
  const parts: string[] = [];
  // A part after a negative one is written with its sign.
  const add = (amount: number, unit: string): void => {
    if (amount === 0) return;
    const isAfterNegative = parts.at(-1)?.startsWith('-') === true;
    parts.push(`${isAfterNegative && amount > 0 ? '+' : ''}${amount} ${unit}${amount === 1 ? '' : 's'}`);
  };
  add(years, 'year');
  add(rest, 'mon');
  add(days, 'day');
  if (micros !== 0n || parts.length === 0) {
    const isAfterNegative = parts.at(-1)?.startsWith('-') === true;
    const sign = micros < 0n ? '-' : isAfterNegative ? '+' : '';
    parts.push(sign + clockText(micros < 0n ? -micros : micros));
  }
  return parts.join(' ');
}

function clockText(micros: bigint): string {
  const pad = (value: bigint, width: number): string => String(value).padStart(width, '0');
  const seconds = micros / 1_000_000n;
  const fraction = micros % 1_000_000n;
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => pad(part, 2)).join(':');
  return fraction === 0n ? clock : `${clock}.${pad(fraction, 6).replace(/0+$/, '')}`;
}

function date(out: RowBuffer, days: number): boolean {
  const [year, month, day] = civilDate(days);
  const isBeforeChrist = year <= 0;
  out.digits(isBeforeChrist ? 1 - year : year, 4);
  out.byte(45);
  out.digits(month, 2);
  out.byte(45);
  out.digits(day, 2);
  return isBeforeChrist;
}

function time(out: RowBuffer, micros: number): void {
  const seconds = Math.floor(micros / 1e6);
  out.digits(Math.floor(seconds / 3600), 2);
  out.byte(58);
  out.digits(Math.floor(seconds / 60) % 60, 2);
  out.byte(58);
  out.digits(seconds % 60, 2);
  let fraction = micros - seconds * 1e6;
  if (fraction === 0) return;
  let width = 6;
  for (; fraction % 10 === 0; width -= 1) fraction /= 10;
  out.byte(46);
  out.digits(fraction, width);
}

function suffix(out: RowBuffer, text: string): void {
  for (let index = 0; index < text.length; index += 1) out.byte(text.charCodeAt(index));
}
