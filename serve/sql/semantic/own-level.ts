import { type Ast, type AstValue, isAst, list, nodeOf, textOf } from '../ast.ts';

/**
 * Maps what belongs to one SELECT from the root down, without the SELECTs inside it. What `replace` returns is kept
 * as it is; undefined goes on to the parts.
 */
export function mapOwn(
  value: AstValue,
  replace: (kind: string, body: Ast) => AstValue | undefined,
): AstValue {
  if (Array.isArray(value)) return value.map((each) => mapOwn(each, replace));
  const node = nodeOf(value);
  if (node === undefined) return isAst(value) ? mapParts(value, replace) : value;
  const [kind, body] = node;
  if (kind === 'SelectStmt') return value;
  return replace(kind, body) ?? { [kind]: mapParts(body, replace) };
}

function mapParts(body: Ast, replace: (kind: string, body: Ast) => AstValue | undefined): Ast {
  return Object.fromEntries(Object.entries(body).map(([field, part]) => [field, mapOwn(part, replace)]));
}

/** Shows the nodes of one SELECT, parents first, without those of the SELECTs inside it. */
export function eachOwn(value: AstValue, see: (kind: string, body: Ast) => void): void {
  mapOwn(value, (kind, body) => {
    see(kind, body);
    return undefined;
  });
}

/** `name`, `table.name` or `table.*` of a ColumnRef; longer ones keep their parts in `table`. */
export interface ColumnName {
  readonly table: string | undefined;
  /** Undefined for `*`. */
  readonly name: string | undefined;
}

export function columnNameOf(ref: Ast): ColumnName {
  const fields = list(ref['fields']).map(textOf);
  const table = fields.slice(0, -1).join('.');
  return { table: table === '' ? undefined : table, name: fields.at(-1) };
}

export function columnRef(...names: readonly string[]): Ast {
  return { ColumnRef: { fields: names.map((name) => ({ String: { sval: name } })) } };
}

/** The same text for expressions that say the same. */
export function shapeOf(value: AstValue): string {
  return JSON.stringify(value, (key, part: unknown) => (key === 'location' ? undefined : part));
}

/** The conditions that all hold when a WHERE does. */
export function conjunctsOf(where: AstValue): readonly AstValue[] {
  if (where === undefined) return [];
  const node = nodeOf(where);
  if (node?.[0] !== 'BoolExpr' || node[1]['boolop'] !== 'AND_EXPR') return [where];
  return list(node[1]['args']).flatMap(conjunctsOf);
}

export function allOf(conditions: readonly AstValue[]): AstValue {
  return conditions.length < 2 ? conditions[0] : { BoolExpr: { boolop: 'AND_EXPR', args: conditions } };
}
