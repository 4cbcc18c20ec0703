import type { Type } from './type.ts';

/**
 * A FHIRPath expression with its static type and cardinality. `isMany` false: NULL means empty. `isMany` true:
 * a list, where NULL and [] mean empty and no element is NULL. Plain data: the plan prints it, nothing runs it.
 */
export type Expression = Typed &
  (
    | { readonly kind: 'nothing' }
    /** The record (`r`), an element bound by an enclosing node, or the 0-based position of such an element. */
    | { readonly kind: 'variable'; readonly name: string }
    | { readonly kind: 'literal'; readonly value: string | number | boolean }
    /** One JSON field of a complex value; `isList` when that field is an array. */
    | { readonly kind: 'field'; readonly of: Expression; readonly field: string; readonly isList: boolean }
    /** A FHIRPath quantity; `unit` is a UCUM code or a calendar word. */
    | { readonly kind: 'quantity'; readonly value: string; readonly unit: string }
    /** value[x]: at most one of the alternatives is there. */
    | { readonly kind: 'choice'; readonly alternatives: readonly Expression[] }
    /** The first that is there; for lists, all of them joined. */
    | { readonly kind: 'combine'; readonly parts: readonly Expression[] }
    /** All of `of`, where the criteria (which do not look at its elements one by one) hold. */
    | { readonly kind: 'guard'; readonly of: Expression; readonly criteria: Expression }
    | Binding<'filter'>
    | Binding<'map'>
    /** Whether the body holds for every element. */
    | Binding<'all'>
    | { readonly kind: 'item'; readonly of: Expression; readonly at: Expression | 'last' }
    | { readonly kind: 'slice'; readonly of: Expression; readonly skip: number; readonly take: number | null }
    /** The only element; the query fails when there are more. */
    | { readonly kind: 'single'; readonly of: Expression; readonly label: string }
    | { readonly kind: 'list'; readonly of: Expression }
    | { readonly kind: 'exists'; readonly of: Expression }
    | { readonly kind: 'count'; readonly of: Expression }
    | { readonly kind: 'distinct'; readonly of: Expression }
    | { readonly kind: 'join'; readonly of: Expression; readonly separator: Expression }
    | { readonly kind: 'operation'; readonly operator: Operator; readonly operands: readonly Expression[] }
    | { readonly kind: 'function'; readonly name: ScalarFunction; readonly args: readonly Expression[] }
    | { readonly kind: 'cast'; readonly of: Expression; readonly sqlType: string }
    /** A complex value as its JSON. */
    | { readonly kind: 'whole'; readonly of: Expression }
    | {
        readonly kind: 'boundary';
        readonly of: Expression;
        readonly side: 'low' | 'high';
        /** Digits of the result; the greatest that its type has where absent. */
        readonly precision?: number;
      }
    /** `Type/id` text of a Reference's `reference`; `target` filters, `recordKey` resolves `#x`. */
    | {
        readonly kind: 'reference-key';
        readonly of: Expression;
        readonly target: string | null;
        readonly recordKey: Expression;
      }
    | { readonly kind: 'resource-key'; readonly resource: string; readonly id: Expression }
    /** Whole resources inside a resource (`contained`) that are of one type, read from their JSON. */
    | {
        readonly kind: 'resources';
        readonly of: Expression;
        readonly resource: string;
        readonly island: string;
      }
    /** Everything reachable from `of` by `paths`, in pre-order; `steps` are the same paths from `variable`. */
    | {
        readonly kind: 'repeat';
        readonly of: Expression;
        readonly paths: readonly Expression[];
        readonly variable: string;
        readonly steps: readonly Expression[];
        /** JSON names of the elements walked: their number of occurrences bounds the depth. */
        readonly names: readonly string[];
        readonly island: string;
      }
  );

interface Typed {
  readonly type: Type;
  readonly isMany: boolean;
}

interface Binding<Kind extends string> {
  readonly kind: Kind;
  readonly of: Expression;
  readonly variable: string;
  readonly body: Expression;
}

export type Operator =
  | 'and'
  | 'or'
  | 'xor'
  | 'implies'
  | 'not'
  | 'equal'
  | 'not-equal'
  | 'less'
  | 'less-or-equal'
  | 'greater'
  | 'greater-or-equal'
  | 'equal-lists'
  | 'equivalent'
  | 'in'
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'div'
  | 'mod'
  | 'negate'
  | 'concat'
  | 'concat-empty'
  | 'if';

export type ScalarFunction =
  | 'startsWith'
  | 'endsWith'
  | 'contains'
  | 'matches'
  | 'replace'
  | 'replaceMatches'
  | 'substring'
  | 'upper'
  | 'lower'
  | 'length'
  | 'indexOf'
  | 'trim'
  | 'split'
  | 'abs'
  | 'ceiling'
  | 'floor'
  | 'truncate'
  | 'round'
  | 'toText'
  | 'toInteger'
  | 'toNumber'
  | 'toBoolean'
  | 'dicomDate';
