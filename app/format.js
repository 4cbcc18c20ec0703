const whole = new Intl.NumberFormat('en');
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });
const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });
const moment = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

export const formatCount = (value) => whole.format(Number(value));
export const formatShare = (value) =>
  value === null || value === undefined ? '–' : percent.format(Number(value));
export const formatMoment = (iso) => moment.format(new Date(iso));

/** A local date as written, `YYYY-MM-DD`; dates carry no zone, so UTC shows them unmoved. */
export const toDay = (date) => new Date(`${date}T00:00:00Z`);
export const formatDay = (date) => day.format(typeof date === 'string' ? toDay(date) : date);

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

export function formatAgo(iso, now = Date.now()) {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  }
  return 'just now';
}

export function daysBetween(from, to) {
  return Math.round((toDay(to) - toDay(from)) / 86_400_000);
}

/** `day 0`, `21 days before`, `14 months later`, counted from the diagnosis. */
export function formatDistance(days) {
  if (days === 0) return 'day 0';
  const size = Math.abs(days);
  const [count, unit] =
    size < 90
      ? [size, 'day']
      : size < 730
        ? [Math.round(size / 30.44), 'month']
        : [(size / 365.25).toFixed(1), 'year'];
  return `${count} ${unit}${Number(count) === 1 ? '' : 's'} ${days < 0 ? 'before' : 'later'}`;
}

/** `−28 d`, with a true minus sign. */
export function formatDays(days) {
  return `${days < 0 ? '−' : ''}${formatCount(Math.abs(days))} d`;
}

/** A term without the semantic tag that SNOMED CT puts behind it, such as ` (procedure)`. */
export function plainTerm(text) {
  return text.replace(
    / \((procedure|regime\/therapy|situation|disorder|finding|morphologic abnormality|specimen)\)$/,
    '',
  );
}

export function capitalise(text) {
  return text === '' ? text : text[0].toUpperCase() + text.slice(1);
}

/** A class of treatment as the page writes it everywhere. */
export function treatmentName(value) {
  return capitalise(value ?? 'none recorded');
}
