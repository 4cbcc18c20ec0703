import { createRequire } from 'node:module';
import { loadModule } from 'libpg-query';
import { SQLSTATE, SqlError } from '../wire/sql-error.ts';

/** A value of PostgreSQL's parse tree in JSON: nodes are objects with one capitalised key, their kind. */
export type AstValue = string | number | boolean | null | undefined | Ast | readonly AstValue[];

export interface Ast {
  readonly [key: string]: AstValue;
}

export function isAst(value: AstValue): value is Ast {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Kind and body of a node; undefined where the value is no node. */
export function nodeOf(value: AstValue): readonly [kind: string, body: Ast] | undefined {
  if (!isAst(value)) return undefined;
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0 || !/^[A-Z]/.test(entry[0])) return undefined;
  return isAst(entry[1]) ? [entry[0], entry[1]] : undefined;
}

/** The body of a node of a given kind; undefined for any other. */
export function bodyOf(value: AstValue, kind: string): Ast | undefined {
  const node = nodeOf(value);
  return node?.[0] === kind ? node[1] : undefined;
}

/** The nodes of a list; none where there is none. */
export function list(value: AstValue): readonly AstValue[] {
  return Array.isArray(value) ? value : [];
}

/** The text of a String node, or of a string constant. */
export function textOf(value: AstValue): string | undefined {
  const string = bodyOf(value, 'String');
  if (string !== undefined) return typeof string['sval'] === 'string' ? string['sval'] : '';
  const constant = bodyOf(value, 'A_Const')?.['sval'];
  return isAst(constant) ? String(constant['sval'] ?? '') : undefined;
}

/** A dotted name, such as that of a function or an operator, without `pg_catalog`. */
export function nameParts(value: AstValue): readonly string[] {
  const parts = list(value).map((part) => textOf(part) ?? '*');
  return parts.length > 1 && parts[0] === 'pg_catalog' ? parts.slice(1) : parts;
}

export function string(text: string): Ast {
  return { A_Const: { sval: { sval: text } } };
}

export function integer(value: number): Ast {
  return { A_Const: { ival: { ival: value } } };
}

export function call(name: string, ...args: readonly AstValue[]): Ast {
  return {
    FuncCall: { funcname: [{ String: { sval: name } }], args, funcformat: 'COERCE_EXPLICIT_CALL' },
  };
}

export function cast(arg: AstValue, type: string, typmods: readonly number[] = []): Ast {
  return {
    TypeCast: {
      arg,
      typeName: {
        names: [{ String: { sval: type } }],
        ...(typmods.length === 0 ? {} : { typmods: typmods.map(integer) }),
        typemod: -1,
      },
    },
  };
}

export function negated(node: AstValue): Ast {
  return { BoolExpr: { boolop: 'NOT_EXPR', args: [node] } };
}

/** Where a node stands in its statement, in bytes from 0; undefined where the parser does not say. */
export function locationOf(body: Ast): number | undefined {
  const { location } = body as { readonly location?: AstValue };
  return typeof location === 'number' && location >= 0 ? location : undefined;
}

/** An error that says that something of PostgreSQL's language is not spoken here. */
export function unsupported(what: string, hint?: string): SqlError {
  return new SqlError(
    SQLSTATE.featureNotSupported,
    `${what} is not supported here`,
    hint === undefined ? {} : { hint },
  );
}

await loadModule();

// The package is CommonJS, and so large that only the synchronous half is used.
const { deparseSync } = createRequire(import.meta.url)('pgsql-deparser') as {
  readonly deparseSync: (tree: unknown) => string;
};

/** The SQL of a statement's tree. */
export function printSql(statement: AstValue): string {
  return deparseSync({ version: 180_000, stmts: [{ stmt: statement }] });
}
