/** Days are counted from 1970-01-01; a moment is a day and a minute of the local day. */
export interface Moment {
  readonly day: number;
  readonly minute: number;
}

const DAY_MS = 86_400_000;

export function dayOf(isoDate: string): number {
  return Math.round(Date.parse(`${isoDate}T00:00:00Z`) / DAY_MS);
}

/** The last day the demo centre knows: follow-up is censored here. */
export const REFERENCE_DAY: number = dayOf('2026-06-30');

export function at(day: number, hour: number, minute = 0): Moment {
  return { day, minute: hour * 60 + minute };
}

export function later(moment: Moment, minutes: number): Moment {
  const total = moment.day * 1440 + moment.minute + minutes;
  const day = Math.floor(total / 1440);
  return { day, minute: total - day * 1440 };
}

/** `YYYY-MM-DD` */
export function isoDate(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** FHIR dateTime in US Eastern time: offset -04:00 from April to October, -05:00 otherwise. */
export function localDateTime(moment: Moment): string {
  return `${isoDate(moment.day)}T${clock(moment.minute)}:00${isSummer(moment.day) ? '-04:00' : '-05:00'}`;
}

/** The same instant in UTC, `…Z`. */
export function utcDateTime(moment: Moment): string {
  const utc = later(moment, isSummer(moment.day) ? 240 : 300);
  return `${isoDate(utc.day)}T${clock(utc.minute)}:00Z`;
}

/** FHIR instant with milliseconds. */
export function instant(moment: Moment, milliseconds: number): string {
  return utcDateTime(moment).replace('Z', `.${String(milliseconds).padStart(3, '0')}Z`);
}

/** DICOM DA */
export function dicomDate(day: number): string {
  return isoDate(day).replaceAll('-', '');
}

/** DICOM TM */
export function dicomTime(minute: number, second = 0): string {
  return `${clock(minute).replace(':', '')}${String(second).padStart(2, '0')}`;
}

/** DICOM (0008,0201) TimezoneOffsetFromUTC */
export function dicomOffset(day: number): string {
  return isSummer(day) ? '-0400' : '-0500';
}

export function yearsBetween(from: number, to: number): number {
  const [fromYear = 0, ...fromRest] = isoDate(from).split('-');
  const [toYear = 0, ...toRest] = isoDate(to).split('-');
  return Number(toYear) - Number(fromYear) - (toRest.join() < fromRest.join() ? 1 : 0);
}

function isSummer(day: number): boolean {
  const month = Number(isoDate(day).slice(5, 7));
  return month >= 4 && month <= 10;
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
