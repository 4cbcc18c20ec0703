/**
 * How a primitive behaves in comparisons and arithmetic. `decimal` is the text of a number, as FHIR wants it
 * kept; `double` is a number computed or stored as binary floating point.
 */
export type ValueKind =
  | 'boolean'
  | 'integer'
  | 'decimal'
  | 'double'
  | 'string'
  | 'date'
  | 'dateTime'
  | 'time';

export interface PrimitiveType {
  readonly kind: 'primitive';
  /** FHIR name (`code`), DICOM VR (`DA`) or FHIRPath System name (`Boolean`). */
  readonly name: string;
  readonly value: ValueKind;
  /** DuckDB type in which it is read and, unless a column says otherwise, shown. */
  readonly sqlType: string;
}

/** Several names only where `repeat` walks elements of different types; a path then means whichever has it. */
export interface ComplexType {
  readonly kind: 'complex';
  readonly names: readonly string[];
}

export type Type =
  | PrimitiveType
  | ComplexType
  /** One of several types, unknown until the data is seen: `value[x]` without `ofType`. */
  | { readonly kind: 'choice' }
  /** Always empty: an unknown element, or the literal `{}`. */
  | { readonly kind: 'nothing' };

const SQL_TYPES: Readonly<Record<ValueKind, string>> = {
  boolean: 'BOOLEAN',
  integer: 'BIGINT',
  decimal: 'VARCHAR',
  double: 'DOUBLE',
  string: 'VARCHAR',
  date: 'VARCHAR',
  dateTime: 'VARCHAR',
  time: 'VARCHAR',
};

export function primitive(name: string, value: ValueKind, sqlType: string = SQL_TYPES[value]): PrimitiveType {
  return { kind: 'primitive', name, value, sqlType };
}

export const BOOLEAN: PrimitiveType = primitive('boolean', 'boolean');
export const INTEGER: PrimitiveType = primitive('integer', 'integer', 'INTEGER');
export const DECIMAL: PrimitiveType = primitive('decimal', 'decimal');
/** The result of decimal arithmetic. */
export const NUMBER: PrimitiveType = primitive('decimal', 'double');
export const STRING: PrimitiveType = primitive('string', 'string');

export function isNumeric(value: ValueKind): boolean {
  return value === 'integer' || value === 'decimal' || value === 'double';
}

export function isTemporal(value: ValueKind): boolean {
  return value === 'date' || value === 'dateTime' || value === 'time';
}
