import { type Ast, type AstValue, list, nodeOf, textOf } from '../ast.ts';
import { CUBE_SCHEMA } from '../grants.ts';
import { mapAst } from '../map-ast.ts';
import { columnName } from '../rewrite/column-name.ts';
import { publishedTable } from '../route-query.ts';
import type { SemanticScope } from './semantic-scope.ts';

/**
 * Says what is left unsaid, so that what is moved keeps its meaning: the schema of views and the names of output columns.
 */
export function prepareAst(select: Ast, scope: SemanticScope): Ast {
  const prepared = mapAst({ SelectStmt: select }, (kind, body, ctes) => {
    switch (kind) {
      case 'RangeVar': {
        const table = publishedTable(body, ctes, scope);
        if (table?.schema !== CUBE_SCHEMA) return { RangeVar: body };
        const { catalogname: _, ...range } = body;
        return { RangeVar: { ...range, schemaname: CUBE_SCHEMA } };
      }
      case 'ColumnRef':
        return { ColumnRef: withoutSchema(body) };
      case 'ResTarget':
        return { ResTarget: named(body) };
      default:
        return { [kind]: body };
    }
  });
  return nodeOf(prepared)?.[1] ?? select;
}

function withoutSchema(ref: Ast): Ast {
  const fields = list(ref['fields']);
  return fields.length > 2 && textOf(fields.at(-3)) === CUBE_SCHEMA
    ? { ...ref, fields: fields.slice(-2) }
    : ref;
}

function named(target: Ast): Ast {
  if (typeof target['name'] === 'string' || target['val'] === undefined) return target;
  const name = columnName(target['val']);
  return name === undefined ? target : { ...target, name };
}

/** The name that a target gives to its column. */
export function targetName(target: AstValue): string {
  return String(nodeOf(target)?.[1]['name'] ?? '?column?');
}
