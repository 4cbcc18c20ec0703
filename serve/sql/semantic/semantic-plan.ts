import { randomBytes } from 'node:crypto';
import type { SemanticView } from '../../../cube/sql-compiler.ts';
import type { Ast, AstValue } from '../ast.ts';

/** SQL around members: ColumnRefs named by `memberMark` stand for them, in order. */
export interface MarkedExpression {
  readonly sql: AstValue;
  readonly members: readonly string[];
}

/** A part of a query that is computed first, under a name. */
export type SemanticStep =
  | {
      readonly kind: 'members';
      readonly name: string;
      readonly view: SemanticView;
      /** The names of its columns, those of the measures at the end. */
      readonly columnNames: readonly string[];
      readonly columns: readonly MarkedExpression[];
      readonly measures: readonly (string | MarkedExpression)[];
      readonly conditions: readonly MarkedExpression[];
      readonly isUngrouped: boolean;
    }
  | { readonly kind: 'rows'; readonly name: string; readonly select: Ast };

/** What Cube computes of a query, and what is left for DuckDB: a SELECT from the steps and from published tables. */
export interface SemanticPlan {
  readonly steps: readonly SemanticStep[];
  readonly select: Ast;
}

/** Unknown to clients, so that no text of theirs is taken for a mark. */
const NONCE = randomBytes(8).toString('hex');

/** Splits text at its marks; what stands between the texts are the indices of members. */
export const MARKS = new RegExp(`chiasm_member_${NONCE}_(\\d+)`);

export function memberMark(index: number): string {
  return `chiasm_member_${NONCE}_${index}`;
}
