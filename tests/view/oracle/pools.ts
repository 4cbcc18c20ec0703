import { isA } from './r4-model.ts';

/** How values of a primitive type are compared and shown. */
export type Kind = 'boolean' | 'integer' | 'decimal' | 'date' | 'dateTime' | 'instant' | 'time' | 'string';

const KINDS: Readonly<Record<string, Kind>> = {
  boolean: 'boolean',
  integer: 'integer',
  positiveInt: 'integer',
  unsignedInt: 'integer',
  decimal: 'decimal',
  date: 'date',
  dateTime: 'dateTime',
  instant: 'instant',
  time: 'time',
};

export const kindOf = (type: string): Kind => KINDS[type] ?? 'string';

/** Few values, so that comparisons with literals are often true; unicode, quotes and blanks among them. */
const TEXTS = [
  'a',
  'b',
  'ab',
  'final',
  'A b',
  'Zoë ☃',
  'it\'s "q" \\ n',
  '数 é́',
  'a|b,c',
  'true',
  '12',
] as const;
const URIS = ['http://loinc.org', 'urn:oid:1.2.3', 'http://example.org/a?b=c#d', 'urn:uuid:7b5f'] as const;
const CODES = ['a', 'final', 'active', 'mg', 'official', 'b-c'] as const;

/** Decimals as they are written: trailing zeros, exponents and many digits stay in the text. */
const DECIMALS = [
  '0',
  '1',
  '1.5',
  '-2.25',
  '100',
  '0.1',
  '1.10',
  '2.50',
  '5e2',
  '0.000001',
  '12345.678',
] as const;
const INTEGERS = [0, 1, 2, 3, 7, -4, 120, 65535] as const;
const COUNTS = [1, 2, 3, 42] as const;

const DATES = ['2020', '2020-02', '2020-02-29', '1999-12-31', '1961-07-04'] as const;
const DATE_TIMES = [
  ...DATES,
  '2020-02-29T10:11:12Z',
  '2020-02-29T10:11:12.5+02:00',
  '1999-12-31T23:59:59-05:00',
] as const;
const INSTANTS = [
  '2020-02-29T10:11:12Z',
  '2020-02-29T10:11:12.125+02:00',
  '1999-12-31T23:59:59-05:00',
] as const;
const TIMES = ['10:11:12', '23:59:59', '00:00:00'] as const;

export const REFERENCES = [
  'Patient/p1',
  'Patient/p1/_history/2',
  'Observation/o1',
  'Device/d.1-A',
  'http://example.org/fhir/Patient/p1',
  'https://example.org/fhir/Device/d1/_history/7',
  'urn:uuid:0a1b2c3d-0000-4000-8000-000000000001',
  'urn:oid:1.2.840.1',
  '#c1',
  'Patient?identifier=http://a.org|x',
] as const;

export const EXTENSION_URLS = ['http://a.org/x', 'http://a.org/y', 'z'] as const;

/** A decimal by its text: `JSON.stringify` would lose the zeros. */
export class DecimalText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The values a primitive type takes in generated resources. */
export function valuesOf(type: string): readonly unknown[] {
  const kind = kindOf(type);
  switch (kind) {
    case 'boolean':
      return [true, false];
    case 'integer':
      return isA(type, 'integer') && type !== 'integer' ? COUNTS : INTEGERS;
    case 'decimal':
      return DECIMALS.map((text) => new DecimalText(text));
    case 'date':
      return DATES;
    case 'dateTime':
      return DATE_TIMES;
    case 'instant':
      return INSTANTS;
    case 'time':
      return TIMES;
    case 'string':
      if (type === 'code' || type === 'id') return CODES;
      if (type === 'string' || type === 'markdown' || type === 'xhtml') return TEXTS;
      return type === 'base64Binary' ? ['YQ==', 'YWI='] : URIS;
    default:
      return kind satisfies never;
  }
}

/** JSON text with decimals as they are written. */
export function textOf(value: unknown): string {
  const marked = JSON.stringify(value, (_, each: unknown) =>
    each instanceof DecimalText ? `\u0001${each.text}\u0001` : each,
  );
  return marked.replaceAll(/"\\u0001([^"\\]*)\\u0001"/g, '$1');
}

/** A FHIRPath literal for a value of the pools. */
export function literalOf(value: unknown): string {
  if (value instanceof DecimalText)
    return String(Number(value.text)).includes('e') ? '0.5' : String(Number(value.text));
  if (typeof value !== 'string') return String(value);
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
