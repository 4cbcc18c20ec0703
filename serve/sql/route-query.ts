import { SQLSTATE, SqlError } from '../wire/sql-error.ts';
import { type Ast, isAst, list, nameParts, unsupported } from './ast.ts';
import type { MirroredTables } from './catalog/catalog.ts';
import type { PublishedTable } from './catalog/published-table.ts';
import { isCatalogFunction, isDataFunction } from './function-rules.ts';
import { eachNode } from './map-ast.ts';

/** Who answers a query, and which published tables it reads. */
export interface QueryRoute {
  readonly kind: 'data' | 'catalog';
  readonly tables: readonly PublishedTable[];
  /** Why it is not answered although PostgreSQL may understand it, and the node that this is about. */
  readonly refusal: { readonly error: SqlError; readonly node: Ast } | undefined;
}

/** What decides which table a name without a schema means. */
export interface NameScope {
  readonly tables: MirroredTables;
  readonly searchPath: readonly string[];
}

/**
 * Decides who answers a query. Everything that is not plainly a query of published tables or of the catalog is
 * refused: other statements and writing of any kind at once, functions that are not listed after PostgreSQL has said
 * what it thinks of the query.
 */
export function routeQuery(select: Ast, scope: NameScope): QueryRoute {
  const tables = new Map<string, PublishedTable>();
  const functions: { readonly name: string; readonly node: Ast }[] = [];
  const ranges = new Set<string>();
  const names: Ast[] = [];
  let catalogNode: Ast | undefined;
  eachNode({ SelectStmt: select }, (kind, body, ctes) => {
    refuseWriting(kind, body);
    if (kind === 'RangeVar') {
      const table = publishedTable(body, ctes, scope);
      if (table !== undefined) tables.set(`${table.schema}.${table.name}`, table);
      else if (isCatalogRelation(body, ctes)) catalogNode = body;
      ranges.add(rangeName(body));
    } else if (kind === 'RangeSubselect') {
      ranges.add(rangeName(body));
    } else if (kind === 'ColumnRef') {
      names.push(body);
    } else if (kind === 'FuncCall') {
      functions.push({ name: functionName(body), node: body });
    } else if (kind === 'TypeName' && /^reg[a-z]+$|^oid$/.test(nameParts(body['names']).at(-1) ?? '')) {
      catalogNode = body;
    }
  });
  const isData =
    tables.size > 0 ||
    (catalogNode === undefined && functions.every(({ name }) => isPlainDataFunction(name)));
  const stranger = functions.find(({ name }) => !(isData ? isDataFunction(name) : isCatalogFunction(name)));
  const published = [...tables.values()];
  const row = isData ? names.find((name) => isWholeRow(name, ranges, published)) : undefined;
  return {
    kind: isData ? 'data' : 'catalog',
    tables: published,
    refusal:
      refusal(isData ? catalogNode : undefined, () =>
        unsupported('one query over both tables and catalog', 'Ask the catalog in a query of its own.'),
      ) ??
      refusal(stranger?.node, () => unsupported(`function ${stranger?.name}`)) ??
      refusal(row, () => unsupported('a whole row as a value', 'Name its columns.')),
  };
}

function refusal(node: Ast | undefined, error: () => SqlError): QueryRoute['refusal'] {
  return node && { error: error(), node };
}

function rangeName(range: Ast): string {
  const { alias, relname } = range as { readonly alias?: Ast; readonly relname?: string };
  return String(alias?.['aliasname'] ?? relname ?? '');
}

/** Whether a name alone stands for a whole row: it is a table's, and no column's. */
function isWholeRow(
  { fields }: Ast,
  ranges: ReadonlySet<string>,
  tables: readonly PublishedTable[],
): boolean {
  const [name, ...others] = nameParts(fields);
  if (name === undefined || others.length > 0 || !ranges.has(name)) return false;
  return !tables.some(({ columns }) => columns.some((column) => column.name === name));
}

/** Without any table, what the server tells of itself is the catalog's to answer. */
function isPlainDataFunction(name: string): boolean {
  return isDataFunction(name) && !['version', 'current_database', 'current_schema'].includes(name);
}

/** The published table that a RangeVar means; undefined for common table expressions and the catalog. */
export function publishedTable(
  range: Ast,
  ctes: ReadonlySet<string>,
  { tables, searchPath }: NameScope,
): PublishedTable | undefined {
  const name = String(range['relname']);
  const schema = range['schemaname'];
  if (typeof schema === 'string') return tables.find(schema, name);
  if (ctes.has(name) || name.startsWith('pg_')) return undefined;
  for (const each of searchPath) {
    const found = tables.find(each, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isCatalogRelation(range: Ast, ctes: ReadonlySet<string>): boolean {
  const schema = range['schemaname'];
  if (schema === 'pg_catalog' || schema === 'information_schema') return true;
  return (
    schema === undefined && String(range['relname']).startsWith('pg_') && !ctes.has(String(range['relname']))
  );
}

function functionName(body: Ast): string {
  const parts = list(body['funcname']).map((part) => nameParts([part])[0] ?? '');
  const isKnownSchema = parts.length === 1 || ['pg_catalog', 'information_schema'].includes(parts[0] ?? '');
  return isKnownSchema ? (parts.at(-1) ?? '') : parts.join('.');
}

function refuseWriting(kind: string, body: Ast): void {
  if (kind.endsWith('Stmt') && kind !== 'SelectStmt') throw readOnly(kind);
  if (kind !== 'SelectStmt') return;
  if (isAst(body['intoClause'])) throw readOnly('SELECT INTO');
  if (list(body['lockingClause']).length > 0) throw readOnly('SELECT FOR UPDATE');
}

/** PostgreSQL's words for a statement that would write. */
export function readOnly(what: string): SqlError {
  const words = what
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase();
  return new SqlError(SQLSTATE.readOnlyTransaction, `cannot execute ${words} in a read-only transaction`);
}

/** 42501 for a table that the group may not read, as PostgreSQL says it; undefined when it may read all. */
export function grantRefusal(route: QueryRoute, tables: MirroredTables, group: string): SqlError | undefined {
  const closed = route.tables.find(({ schema, name }) => !tables.grants.mayRead(group, schema, name));
  return closed && new SqlError(SQLSTATE.insufficientPrivilege, `permission denied for table ${closed.name}`);
}
