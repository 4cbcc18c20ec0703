import type { SemanticMember, SemanticView } from '../../../cube/sql-compiler.ts';
import { SQLSTATE, SqlError } from '../../wire/sql-error.ts';
import { type Ast, type AstValue, bodyOf, isAst, list } from '../ast.ts';
import { CUBE_SCHEMA } from '../grants.ts';
import type { NameScope } from '../route-query.ts';

/** What the names of a query mean, and what its author may see. */
export interface SemanticScope extends NameScope {
  readonly views: ReadonlyMap<string, SemanticView>;
  readonly visible: ReadonlyMap<string, SemanticView>;
}

/** A view in FROM, with the name that its columns go by. */
export interface CubeTable {
  readonly view: SemanticView;
  readonly alias: string;
}

/** The view that a RangeVar reads, once `prepareAst` has named its schema; undefined for other tables. */
export function cubeTable(range: Ast, { views }: SemanticScope): CubeTable | undefined {
  if (range['schemaname'] !== CUBE_SCHEMA) return undefined;
  const name = String(range['relname']);
  const view = views.get(name);
  if (view === undefined)
    throw new SqlError(SQLSTATE.undefinedTable, `relation "cube.${name}" does not exist`);
  const alias = isAst(range['alias']) ? range['alias'] : { aliasname: name };
  if (list(alias['colnames']).length > 0)
    throw refused('renaming the columns of a cube view in FROM', 'Rename them with AS in the SELECT list.');
  return { view, alias: String(alias['aliasname']) };
}

/** The columns of a view in the order of its table. */
export function columnsOf(view: SemanticView, { tables }: SemanticScope): readonly string[] {
  return tables.find(CUBE_SCHEMA, view.name)?.columns.map(({ name }) => name) ?? [];
}

/** A member that the author may see. Throws 42501 for one that the access rules hide. */
export function visibleMember(view: SemanticView, name: string, { visible }: SemanticScope): SemanticMember {
  const member = visible.get(view.name)?.members.get(name);
  if (member !== undefined) return member;
  if (view.members.has(name))
    throw new SqlError(
      SQLSTATE.insufficientPrivilege,
      `permission denied for column ${name} of view cube.${view.name}`,
    );
  throw new SqlError(SQLSTATE.undefinedColumn, `column "${name}" does not exist`);
}

/** The only table of a FROM, when that is a view. */
export function onlyCubeTable(select: Ast, scope: SemanticScope): CubeTable | undefined {
  const [item, ...others] = list(select['fromClause']);
  const range = others.length === 0 ? bodyOf(item as AstValue, 'RangeVar') : undefined;
  return range && cubeTable(range, scope);
}

/** An error for what the semantic layer cannot honour, with what to write instead. */
export function refused(what: string, hint: string): SqlError {
  return new SqlError(SQLSTATE.featureNotSupported, `${what} is not supported over cube views`, { hint });
}
