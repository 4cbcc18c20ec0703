import type { Expression } from './expression.ts';

/** The variable that stands for the record. */
export const RECORD = 'r';

/** The rows one record gives, as a tree. Each column of the view has a slot; every node fills some slots. */
export type Rows =
  /** One row. */
  | { readonly kind: 'columns'; readonly columns: readonly RowColumn[] }
  /** Every combination of the rows of the parts. */
  | { readonly kind: 'cross'; readonly parts: readonly Rows[] }
  /** The rows of the body for each element; one on nothing when there are none and `orNull`. */
  | {
      readonly kind: 'iterate';
      readonly over: Expression;
      readonly variable: string;
      readonly orNull: boolean;
      readonly body: Rows;
    }
  /** The rows of the branches, one branch after the other; all fill the same slots. */
  | { readonly kind: 'union'; readonly branches: readonly Rows[] };

export interface RowColumn {
  readonly slot: number;
  readonly expression: Expression;
}

/** Slots filled by a node, ascending. */
export function slotsOf(rows: Rows): readonly number[] {
  switch (rows.kind) {
    case 'columns':
      return rows.columns.map((column) => column.slot);
    case 'cross':
      return rows.parts.flatMap(slotsOf).sort((a, b) => a - b);
    case 'iterate':
      return slotsOf(rows.body);
    case 'union': {
      const [first] = rows.branches;
      return first === undefined ? [] : slotsOf(first);
    }
    default:
      return rows satisfies never;
  }
}
