/**
 * A FHIR instant or dateTime with an offset as UTC text with nine fractional digits, so that later ones sort
 * later; undefined where it is not one (https://hl7.org/fhir/R4/datatypes.html#instant).
 */
export function parseInstant(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  if (CERTAIN.test(text)) return `${text.slice(0, 19)}.${(match[2] ?? '').padEnd(9, '0').slice(0, 9)}Z`;
  const milliseconds = Date.parse(`${match[1]}${match[3]}`);
  return Number.isNaN(milliseconds) ? undefined : formatInstant(milliseconds, match[2]);
}

/** In UTC, to the second, on a day and at a time that exist whatever the month: nothing is left to reckon. */
const CERTAIN =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/;

/** Milliseconds since 1970 in the same form. */
export function formatInstant(milliseconds: number, fraction?: string): string {
  const [seconds, ownFraction] = new Date(milliseconds).toISOString().slice(0, -1).split('.');
  return `${seconds}.${(fraction ?? ownFraction ?? '').padEnd(9, '0').slice(0, 9)}Z`;
}
