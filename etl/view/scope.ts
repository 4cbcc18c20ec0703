import type { Names } from './build.ts';
import type { Expression } from './expression.ts';
import type { Schema } from './schema-lookup.ts';
import type { Syntax } from './syntax.ts';

/** What stays the same throughout one FHIRPath text. */
export interface CompileContext {
  readonly schema: Schema;
  readonly names: Names;
  readonly constants: ReadonlyMap<string, Expression>;
  readonly resource: string;
  /** The record the view reads. */
  readonly record: Expression;
  /** Names view and column (never data) in run-time errors. */
  readonly label: string;
  /** Raised for a fault at a place of the text. */
  fail(problem: string, column: number): never;
  /** Told what each node of the text became, operands before operators. */
  readonly observe?: (syntax: Syntax, result: Expression, scope: Scope) => void;
}

/** Where an expression is evaluated: `focus` is `$this`, `context` is `%context`. */
export interface Scope {
  readonly focus: Expression;
  readonly context: Expression;
  readonly index: Expression | null;
  readonly rowIndex: Expression;
}

export type Compile = (syntax: Syntax, scope: Scope, context: CompileContext) => Expression;
