import { type AstValue, isAst, list, nameParts, nodeOf, textOf } from '../ast.ts';

/** The name that PostgreSQL gives to an output column without an alias (FigureColname); undefined for `*`. */
export function columnName(value: AstValue): string | undefined {
  return nodeOf(value)?.[0] === 'ColumnRef' ? lastField(value) : (figure(value)?.name ?? '?column?');
}

interface Figured {
  readonly name: string;
  /** A name that a cast around it may replace. */
  readonly isWeak: boolean;
}

function lastField(value: AstValue): string | undefined {
  const fields = list(nodeOf(value)?.[1]['fields']);
  const last = fields.at(-1);
  return nodeOf(last)?.[0] === 'A_Star' ? undefined : textOf(last);
}

function figure(value: AstValue): Figured | undefined {
  const [kind, body] = nodeOf(value) ?? [];
  if (kind === undefined || body === undefined) return undefined;
  const strong = (name: string): Figured => ({ name, isWeak: false });
  switch (kind) {
    case 'ColumnRef': {
      const name = lastField(value);
      return name === undefined ? undefined : strong(name);
    }
    case 'FuncCall':
      return strong(nameParts(body['funcname']).at(-1) ?? '');
    case 'A_Expr':
      return body['kind'] === 'AEXPR_NULLIF' ? strong('nullif') : undefined;
    case 'A_Indirection':
      return figure(body['arg']);
    case 'TypeCast': {
      const inner = figure(body['arg']);
      if (inner !== undefined && !inner.isWeak) return inner;
      const type = isAst(body['typeName']) ? nameParts(body['typeName']['names']).at(-1) : undefined;
      return type === undefined ? inner : { name: type, isWeak: true };
    }
    case 'CollateClause':
      return figure(body['arg']);
    case 'GroupingFunc':
      return strong('grouping');
    case 'SubLink':
      return subLinkName(String(body['subLinkType']), body['subselect']);
    case 'CaseExpr': {
      const last = figure(body['defresult']);
      return last === undefined || last.isWeak ? { name: 'case', isWeak: true } : last;
    }
    case 'A_ArrayExpr':
      return strong('array');
    case 'RowExpr':
      return strong('row');
    case 'CoalesceExpr':
      return strong('coalesce');
    case 'MinMaxExpr':
      return strong(body['op'] === 'IS_LEAST' ? 'least' : 'greatest');
    case 'SQLValueFunction':
      return strong(
        String(body['op'])
          .replace(/^SVFOP_/, '')
          .replace(/_N$/, '')
          .toLowerCase(),
      );
    default:
      return undefined;
  }
}

function subLinkName(type: string, select: AstValue): Figured | undefined {
  if (type === 'EXISTS_SUBLINK') return { name: 'exists', isWeak: false };
  if (type === 'ARRAY_SUBLINK') return { name: 'array', isWeak: false };
  if (type !== 'EXPR_SUBLINK') return undefined;
  const [first] = list(nodeOf(select)?.[1]['targetList']);
  const target = nodeOf(first)?.[1];
  if (typeof target?.['name'] === 'string') return { name: target['name'], isWeak: false };
  return figure(target?.['val']);
}
