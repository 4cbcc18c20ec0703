import {
  type Ast,
  type AstValue,
  bodyOf,
  call,
  isAst,
  list,
  nameParts,
  nodeOf,
  printSql,
  textOf,
  unsupported,
} from '../ast.ts';
import { type CteScope, mapAst } from '../map-ast.ts';
import { placed, type QueryText } from '../query-text.ts';
import { type NameScope, publishedTable } from '../route-query.ts';
import { columnName } from './column-name.ts';
import { refuseAmbiguousCase, refuseTwins } from './letter-case.ts';
import { rewriteFunction, rewriteValueFunction, type SessionFacts } from './rewrite-function.ts';
import { rewriteOperator } from './rewrite-operator.ts';
import { refuseRow } from './rewrite-row.ts';
import { rewriteCast, rewriteType } from './rewrite-type.ts';

export interface RewriteContext extends NameScope {
  readonly facts: SessionFacts;
  /** Where errors are placed. */
  readonly text: QueryText;
  /** What stands for parameter `number`, counted from 1. */
  readonly parameter: (number: number) => AstValue;
}

/** Nodes that mean the same in DuckDB. Whatever is not listed here or rewritten below is refused. */
const SAME = new Set([
  'A_ArrayExpr',
  'A_Const',
  'A_Indirection',
  'A_Star',
  'BoolExpr',
  'BooleanTest',
  'CaseExpr',
  'CaseWhen',
  'CoalesceExpr',
  'Float',
  'GroupingFunc',
  'GroupingSet',
  'Integer',
  'JoinExpr',
  'List',
  'MinMaxExpr',
  'RangeSubselect',
  'RowExpr',
  'String',
  'WindowDef',
  'WithClause',
]);

/** A routed query of published tables in DuckDB's SQL. */
export function rewriteQuery(select: Ast, context: RewriteContext): string {
  const named = mapAst({ SelectStmt: select }, nameOutput);
  return printSql(rewritten(named, context));
}

/** An expression in DuckDB's SQL. */
export function rewriteExpression(expression: AstValue, context: RewriteContext): string {
  const select = {
    targetList: [{ ResTarget: { val: rewritten(expression, context) } }],
    limitOption: 'LIMIT_OPTION_DEFAULT',
    op: 'SETOP_NONE',
  };
  return printSql({ SelectStmt: select }).replace(/^\s*SELECT\s+/i, '');
}

function rewritten(value: AstValue, context: RewriteContext): AstValue {
  return mapAst(value, (kind, body, scope) => {
    try {
      return rewriteNode(kind, body, scope, context);
    } catch (error) {
      throw placed(error, body, context.text);
    }
  });
}

/** Output columns are named as PostgreSQL names them, so that queries around can say those names. */
function nameOutput(kind: string, body: Ast): AstValue {
  const isNamed = kind !== 'ResTarget' || typeof body['name'] === 'string' || body['val'] === undefined;
  if (isNamed || nodeOf(body['val'])?.[0] === 'ColumnRef') return { [kind]: body };
  const name = columnName(body['val']);
  return { [kind]: name === undefined ? body : { ...body, name } };
}

function rewriteNode(kind: string, body: Ast, scope: CteScope, context: RewriteContext): AstValue {
  switch (kind) {
    case 'SelectStmt':
      return { SelectStmt: rewriteSelect(body) };
    case 'RangeVar':
      return { RangeVar: qualified(body, scope, context) };
    case 'RangeFunction':
      return { RangeFunction: rangeFunction(body) };
    case 'ColumnRef':
      return { ColumnRef: column(body, context) };
    case 'SortBy':
      return { SortBy: withNulls(body) };
    case 'CommonTableExpr':
      if (isAst(body['search_clause']) || isAst(body['cycle_clause'])) throw unsupported('SEARCH and CYCLE');
      return { CommonTableExpr: body };
    case 'TypeName':
      // What it was is still asked for by the cast around it.
      return { TypeName: { ...rewriteType(body), source: body } };
    case 'TypeCast': {
      const { source, ...typeName } = body['typeName'] as Ast;
      return rewriteCast({ ...body, typeName: source }, typeName);
    }
    case 'FuncCall':
      return isLikeEscape(body) ? { FuncCall: body } : rewriteFunction(body, context.facts);
    case 'ResTarget':
      return { ResTarget: isSeries(body['val']) ? { ...body, val: call('unnest', body['val']) } : body };
    case 'Alias':
      refuseTwins(list(body['colnames']).map((name) => textOf(name) ?? ''));
      return { Alias: body };
    case 'NullTest':
      refuseRow(body['arg']);
      return { NullTest: body };
    case 'SubLink':
      if (body['subLinkType'] === 'ROWCOMPARE_SUBLINK') throw unsupported('a row compared with a subquery');
      refuseRow(body['testexpr']);
      return { SubLink: body };
    case 'A_Indices':
      for (const place of [body['lidx'], body['uidx']]) refusePlace(place);
      return { A_Indices: body };
    case 'SQLValueFunction':
      return rewriteValueFunction(body, context.facts);
    case 'A_Expr':
      return rewriteOperator(body);
    case 'CollateClause':
      return withoutCollation(body);
    case 'ParamRef':
      return context.parameter(typeof body['number'] === 'number' ? body['number'] : 0);
    default:
      if (!SAME.has(kind)) throw unsupported(words(kind));
      return { [kind]: body };
  }
}

/** A series among the output columns makes rows; DuckDB makes a list of it. */
function isSeries(value: AstValue): boolean {
  return nameParts(bodyOf(value, 'FuncCall')?.['funcname']).at(-1) === 'generate_series';
}

/** DuckDB counts negative places of a list from its end, PostgreSQL finds nothing there. */
function refusePlace(place: AstValue): void {
  if (place === undefined) return;
  const constant = bodyOf(place, 'A_Const')?.['ival'];
  if (!isAst(constant) || Number(constant['ival'] ?? 0) < 1)
    throw unsupported('a place of an array that is not a number from 1');
}

/** PostgreSQL takes nulls for larger than everything. */
function withNulls(sort: Ast): Ast {
  if (sort['sortby_nulls'] !== 'SORTBY_NULLS_DEFAULT') return sort;
  const isDescending = sort['sortby_dir'] === 'SORTBY_DESC';
  return { ...sort, sortby_nulls: isDescending ? 'SORTBY_NULLS_FIRST' : 'SORTBY_NULLS_LAST' };
}

function rewriteSelect(body: Ast): Ast {
  refuseAmbiguousCase(body);
  if (body['limitOption'] === 'LIMIT_OPTION_WITH_TIES') throw unsupported('FETCH … WITH TIES');
  if (body['groupDistinct'] === true) throw unsupported('GROUP BY DISTINCT');
  return body;
}

function qualified(body: Ast, scope: CteScope, context: RewriteContext): Ast {
  const { catalogname: _, ...range } = body;
  const table = publishedTable(body, scope, context);
  return table === undefined ? range : { ...range, schemaname: table.schema, relname: table.name };
}

/** `schema.table.column` may be said; the database in front of it is dropped. */
function column(body: Ast, { facts }: RewriteContext): Ast {
  const fields = list(body['fields']);
  return fields.length > 3 && textOf(fields[0]) === facts.database
    ? { ...body, fields: fields.slice(1) }
    : body;
}

const SET_FUNCTIONS = new Set(['generate_series', 'unnest']);

/** In PostgreSQL the alias of a function in FROM names its column, too. */
function rangeFunction(body: Ast): Ast {
  const [functions, ...others] = list(body['functions']);
  const [first] = list(bodyOf(functions, 'List')?.['items']);
  const name = nameParts(bodyOf(first, 'FuncCall')?.['funcname']).at(-1) ?? '';
  if (others.length > 0 || body['ordinality'] === true || list(body['coldeflist']).length > 0)
    throw unsupported('ROWS FROM, WITH ORDINALITY and column definitions');
  if (!SET_FUNCTIONS.has(name)) throw unsupported(`function ${name} in FROM`);
  const alias = isAst(body['alias']) ? body['alias'] : { aliasname: name };
  if (list(alias['colnames']).length > 0) return body;
  return { ...body, alias: { ...alias, colnames: [{ String: { sval: String(alias['aliasname']) } }] } };
}

function isLikeEscape(body: Ast): boolean {
  return nameParts(body['funcname']).at(-1) === 'like_escape';
}

/** Text compares by its bytes here, as under these collations. */
function withoutCollation(body: Ast): AstValue {
  const name = nameParts(body['collname']).at(-1);
  if (name !== 'C' && name !== 'POSIX' && name !== 'default' && name !== 'ucs_basic')
    throw unsupported('this collation', 'Text compares by its bytes: leave COLLATE out.');
  return body['arg'];
}

function words(kind: string): string {
  return kind
    .replace(/^A_/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}
