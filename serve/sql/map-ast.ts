import { type Ast, type AstValue, bodyOf, isAst, list, nodeOf } from './ast.ts';

/** Names of common table expressions that hide tables of the same name. */
export type CteScope = ReadonlySet<string>;

/** Makes what stands in the place of a node whose children have been mapped already. */
export type VisitNode = (kind: string, body: Ast, scope: CteScope) => AstValue;

/** Fields that hold the body of a node without its kind. */
const BARE: Readonly<Record<string, string>> = {
  larg: 'SelectStmt',
  rarg: 'SelectStmt',
  typeName: 'TypeName',
  over: 'WindowDef',
  withClause: 'WithClause',
  alias: 'Alias',
  join_using_alias: 'Alias',
  intoClause: 'IntoClause',
  relation: 'RangeVar',
};

/** Maps a tree from its leaves up. The scope follows the rules of WITH. */
export function mapAst(value: AstValue, visit: VisitNode, scope: CteScope = new Set()): AstValue {
  if (Array.isArray(value)) return value.map((each) => mapAst(each, visit, scope));
  const node = nodeOf(value);
  if (node !== undefined) return visit(node[0], mapBody(node[0], node[1], visit, scope), scope);
  return isAst(value) ? mapFields(value, visit, scope) : value;
}

function mapBody(kind: string, body: Ast, visit: VisitNode, scope: CteScope): Ast {
  if (kind !== 'SelectStmt' || !isAst(body['withClause'])) return mapFields(body, visit, scope);
  const { withClause, ...rest } = body as { readonly withClause: Ast } & Ast;
  const ctes = list(withClause['ctes']);
  const names = ctes.map((cte) => String(bodyOf(cte, 'CommonTableExpr')?.['ctename'] ?? ''));
  const inner = new Set([...scope, ...names]);
  const isRecursive = withClause['recursive'] === true;
  const mapped = ctes.map((cte, index) =>
    mapAst(cte, visit, isRecursive ? inner : new Set([...scope, ...names.slice(0, index)])),
  );
  return { ...mapFields(rest, visit, inner), withClause: { ...withClause, ctes: mapped } };
}

function mapFields(body: Ast, visit: VisitNode, scope: CteScope): Ast {
  return Object.fromEntries(
    Object.entries(body).map(([field, value]) => {
      const kind = BARE[field];
      if (kind === undefined || !isAst(value) || nodeOf(value) !== undefined)
        return [field, mapAst(value, visit, scope)];
      const mapped = visit(kind, mapBody(kind, value, visit, scope), scope);
      return [field, bodyOf(mapped, kind) ?? mapped];
    }),
  );
}

/** Shows every node of a tree, children first. */
export function eachNode(value: AstValue, see: (kind: string, body: Ast, scope: CteScope) => void): void {
  mapAst(value, (kind, body, scope) => {
    see(kind, body, scope);
    return { [kind]: body };
  });
}
