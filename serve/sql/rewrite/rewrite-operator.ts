import {
  type Ast,
  type AstValue,
  bodyOf,
  call,
  cast,
  list,
  nameParts,
  negated,
  nodeOf,
  string,
  textOf,
  unsupported,
} from '../ast.ts';
import { matches } from './regular-expression.ts';
import { rewriteRowComparison } from './rewrite-row.ts';

/** Operators that mean the same in DuckDB. */
const SAME = new Set(['=', '<>', '<', '>', '<=', '>=', '+', '-', '*', '/', '%', '||', '&', '|', '<<', '>>']);

const REGULAR_EXPRESSION: Readonly<
  Record<string, { readonly flags: '' | 'i'; readonly isNegated: boolean }>
> = {
  '~': { flags: '', isNegated: false },
  '!~': { flags: '', isNegated: true },
  '~*': { flags: 'i', isNegated: false },
  '!~*': { flags: 'i', isNegated: true },
};

/** An operator of PostgreSQL in the words of DuckDB. */
export function rewriteOperator(body: Ast): AstValue {
  const rows = rewriteRowComparison(body, operatorOf(body));
  if (rows !== undefined) return rows;
  switch (body['kind']) {
    case 'AEXPR_OP':
      return plainOperator(body);
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
      return like(body);
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
    case 'AEXPR_IN':
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT':
    case 'AEXPR_NULLIF':
      return { A_Expr: { ...body, name: bareName(body) } };
    default:
      throw unsupported('this operator', 'Write LIKE, ~ or plain comparisons instead.');
  }
}

function plainOperator(body: Ast): AstValue {
  const operator = operatorOf(body);
  const { lexpr, rexpr } = body as { readonly lexpr?: AstValue; readonly rexpr?: AstValue };
  // Without a left side ~ turns bits around.
  const match = lexpr === undefined ? undefined : REGULAR_EXPRESSION[operator];
  if (match !== undefined) {
    const found = matches(lexpr, rexpr, match.flags);
    return match.isNegated ? negated(found) : found;
  }
  switch (operator) {
    case '/':
      return { A_Expr: { ...body, name: bareName(body), lexpr: asDivided(lexpr), rexpr: asDivided(rexpr) } };
    case '^':
      return call('pow', lexpr, rexpr);
    case '#':
      return call('xor', lexpr, rexpr);
    case '||':
      return { A_Expr: { ...body, name: bareName(body), ...concatenated(lexpr, rexpr) } };
    case '->':
      return call('json_extract', lexpr, jsonKey(rexpr));
    case '->>':
      return call('json_extract_string', lexpr, jsonKey(rexpr));
    case '#>':
      return call('json_extract', lexpr, jsonPath(rexpr));
    case '#>>':
      return call('json_extract_string', lexpr, jsonPath(rexpr));
    default:
      if (!SAME.has(operator) && operator !== '~') throw unsupported(`operator ${operator}`);
      return { A_Expr: { ...body, name: bareName(body) } };
  }
}

/** A sum of counts is numeric in PostgreSQL, which divides it with a remainder; in DuckDB it is a whole number. */
function asDivided(operand: AstValue): AstValue {
  const sum = bodyOf(operand, 'FuncCall');
  const summed = nameParts(sum?.['funcname']).at(-1) === 'sum' ? nodeOf(list(sum?.['args'])[0]) : undefined;
  const isCount = summed?.[0] === 'FuncCall' && nameParts(summed[1]['funcname']).at(-1) === 'count';
  return isCount ? cast(operand, 'numeric', [38, 0]) : operand;
}

/** Beside a text the other operand is written as text; two arrays stay what they are. */
function concatenated(lexpr: AstValue, rexpr: AstValue): Ast {
  const other = (value: AstValue): AstValue => (isText(value) ? value : call('chiasm_text', value));
  return isText(lexpr) || isText(rexpr) ? { lexpr: other(lexpr), rexpr: other(rexpr) } : { lexpr, rexpr };
}

function isText(value: AstValue): boolean {
  if (textOf(value) !== undefined) return true;
  const [kind, body] = nodeOf(value) ?? [];
  if (kind === 'FuncCall') return nameParts(body?.['funcname']).at(-1) === 'chiasm_text';
  return (
    kind === 'A_Expr' &&
    body !== undefined &&
    operatorOf(body) === '||' &&
    [body['lexpr'], body['rexpr']].some(isText)
  );
}

/** PostgreSQL's LIKE knows the backslash as escape, DuckDB's only what is told. */
function like(body: Ast): AstValue {
  const operator = operatorOf(body);
  const { lexpr, rexpr } = body as { readonly lexpr?: AstValue; readonly rexpr?: AstValue };
  const escaped = bodyOf(rexpr, 'FuncCall');
  const isEscaped = escaped !== undefined && nameParts(escaped['funcname']).at(-1) === 'like_escape';
  const [pattern, mark] = isEscaped ? list(escaped['args']) : [rexpr, string('\\')];
  const text = textOf(pattern);
  if (!isEscaped && text !== undefined && !text.includes('\\'))
    return { A_Expr: { ...body, name: bareName(body) } };
  const isInsensitive = operator.endsWith('*');
  const matches = call(isInsensitive ? 'ilike_escape' : 'like_escape', lexpr, pattern, mark);
  return operator.startsWith('!') ? negated(matches) : matches;
}

function operatorOf(body: Ast): string {
  return nameParts(body['name']).at(-1) ?? '';
}

function bareName(body: Ast): readonly AstValue[] {
  return [{ String: { sval: operatorOf(body) } }];
}

/** A key is taken as it is, also where DuckDB would read it as a path. */
function jsonKey(value: AstValue): AstValue {
  const text = textOf(value);
  if (text !== undefined) return string(memberPath([text]));
  if (nodeOf(value)?.[0] !== 'A_Const') throw unsupported('a JSON key that is computed');
  const { ival } = bodyOf(value, 'A_Const') as { readonly ival?: { readonly ival?: number } };
  return string(`$[${ival?.ival ?? 0}]`);
}

/** The path `{a,0,b}` of #> in DuckDB's words. */
function jsonPath(value: AstValue): AstValue {
  const text = textOf(value) ?? textOf(nodeOf(value)?.[1]['arg']);
  const inner = /^\{([^{}"\\]*)\}$/.exec(text ?? '')?.[1];
  if (inner === undefined) throw unsupported('a JSON path that is computed or quoted');
  return string(memberPath(inner.split(',')));
}

function memberPath(keys: readonly string[]): string {
  const steps = keys.map((key) =>
    /^\d+$/.test(key) && keys.length > 1 ? `[${key}]` : `."${key.replaceAll('"', '\\"')}"`,
  );
  return `$${steps.join('')}`;
}
