import type { Expression } from './expression.ts';
import type { ShapeFields } from './shape.ts';

/** An expression as SQL that can be followed by `.field` or `[1]`, and how its value is stored. */
export interface Printed {
  readonly sql: string;
  /** The fields that are read of it. */
  readonly fields: ShapeFields;
  /** Whether it is still JSON text, so that fields have to be read out of it. */
  readonly isJson: boolean;
}

/** What each bound variable stands for. */
export type Environment = ReadonlyMap<string, Printed>;

export type Print = (expression: Expression, environment: Environment) => Printed;

export const plain = (sql: string): Printed => ({ sql, fields: {}, isJson: false });

/** A column or a field of one: cheap to repeat. */
export function isCheap(sql: string): boolean {
  return /^(?:\w+|"\w+")(?:\."\w+")*$/.test(sql) || /^'(?:[^']|'')*'$/.test(sql);
}

/** Evaluates `value` once and uses it many times. `name` is a fresh variable. */
export function letOne(value: string, name: string, use: (value: string) => string): string {
  if (isCheap(value)) return use(value);
  return `(list_transform([${value}], lambda ${name}: ${use(name)}))[1]`;
}
