import { type Ast, type AstValue, bodyOf, list, negated, unsupported } from '../ast.ts';

/**
 * Comparisons of rows, `(a, b) < (c, d)`, as comparisons of their columns: DuckDB compares structures, to which NULL
 * is a value like any other. Undefined where no row is compared.
 */
export function rewriteRowComparison(body: Ast, operator: string): AstValue {
  const { lexpr, rexpr, kind } = body as {
    readonly lexpr?: AstValue;
    readonly rexpr?: AstValue;
    readonly kind?: AstValue;
  };
  const left = columnsOf(lexpr);
  const right = columnsOf(rexpr);
  if (left === undefined && right === undefined) return undefined;
  if (kind === 'AEXPR_DISTINCT' || kind === 'AEXPR_NOT_DISTINCT') return undefined;
  if (kind === 'AEXPR_OP' && left !== undefined && right !== undefined)
    return compared(left, right, operator);
  if (kind === 'AEXPR_IN' && left !== undefined) {
    const rows = list(bodyOf(rexpr, 'List')?.['items']).map(columnsOf);
    const equal = rows.map((row) => {
      if (row === undefined) throw refused();
      return compared(left, row, '=');
    });
    const any = joined('OR_EXPR', equal);
    return operator === '<>' ? negated(any) : any;
  }
  throw refused();
}

/** Tests and subqueries over rows have no counterpart. */
export function refuseRow(value: AstValue): void {
  if (columnsOf(value) !== undefined) throw refused();
}

function columnsOf(value: AstValue): readonly AstValue[] | undefined {
  const row = bodyOf(value, 'RowExpr');
  return row && list(row['args']);
}

function compared(left: readonly AstValue[], right: readonly AstValue[], operator: string): AstValue {
  const pairs = left.map((value, index) => [value, right[index]] as const);
  const equal = pairs.map(([a, b]) => comparison(a, '=', b));
  if (operator === '=') return joined('AND_EXPR', equal);
  if (operator === '<>') return negated(joined('AND_EXPR', equal));
  if (!/^[<>]=?$/.test(operator)) throw refused();
  const strict = operator.charAt(0);
  // The first pair that differs decides; the last one, alone, may be equal.
  const cases = pairs.map(([a, b], index) => {
    const last = index === pairs.length - 1;
    return joined('AND_EXPR', [...equal.slice(0, index), comparison(a, last ? operator : strict, b)]);
  });
  return joined('OR_EXPR', cases);
}

function comparison(left: AstValue, operator: string, right: AstValue): AstValue {
  return {
    A_Expr: { kind: 'AEXPR_OP', name: [{ String: { sval: operator } }], lexpr: left, rexpr: right },
  };
}

function joined(boolop: 'AND_EXPR' | 'OR_EXPR', args: readonly AstValue[]): AstValue {
  return args.length === 1 ? args[0] : { BoolExpr: { boolop, args } };
}

function refused(): Error {
  return unsupported('this use of a row', 'Compare its columns, or write EXISTS.');
}
