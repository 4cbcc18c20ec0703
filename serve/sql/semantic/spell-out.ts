import { type Ast, type AstValue, bodyOf, integer, isAst, list } from '../ast.ts';
import { columnNameOf, columnRef } from './own-level.ts';
import { targetName } from './prepare-ast.ts';

/**
 * A SELECT from one table with its `*` spelt out, the ordinals and output names of GROUP BY replaced by what they stand
 * for, and the output names of ORDER BY by ordinals.
 */
export function spellOut(select: Ast, alias: string, columns: readonly string[]): Ast {
  const targetList = list(select['targetList']).flatMap((target) => withoutStar(target, alias, columns));
  const known = new Set(columns);
  const names = targetList.map(targetName);
  const groupClause = list(select['groupClause']).map((item) => {
    const place = ordinalOf(item) ?? (known.has(bareName(item) ?? '') ? undefined : placeOf(names, item));
    return place === undefined ? item : targetValue(targetList[place - 1]);
  });
  const sortClause = list(select['sortClause']).map((item) => {
    const sort = bodyOf(item, 'SortBy');
    const place = sort && placeOf(names, sort['node']);
    return sort === undefined || place === undefined ? item : { SortBy: { ...sort, node: integer(place) } };
  });
  return {
    ...select,
    targetList,
    ...(groupClause.length === 0 ? {} : { groupClause }),
    ...(sortClause.length === 0 ? {} : { sortClause }),
  };
}

function withoutStar(target: AstValue, alias: string, columns: readonly string[]): readonly AstValue[] {
  const ref = bodyOf(bodyOf(target, 'ResTarget')?.['val'], 'ColumnRef');
  if (ref === undefined || columnNameOf(ref).name !== undefined) return [target];
  return columns.map((name) => ({ ResTarget: { name, val: columnRef(alias, name) } }));
}

/** The value of a target. */
export function targetValue(target: AstValue): AstValue {
  return bodyOf(target, 'ResTarget')?.['val'];
}

function ordinalOf(item: AstValue): number | undefined {
  const { ival } = (bodyOf(item, 'A_Const') ?? {}) as { readonly ival?: AstValue };
  return isAst(ival) && typeof ival['ival'] === 'number' ? ival['ival'] : undefined;
}

function bareName(item: AstValue): string | undefined {
  const ref = bodyOf(item, 'ColumnRef');
  if (ref === undefined) return undefined;
  const { table, name } = columnNameOf(ref);
  return table === undefined ? name : undefined;
}

/** The place, from 1, of the output column that a bare name means. */
function placeOf(names: readonly string[], item: AstValue): number | undefined {
  const name = bareName(item);
  const index = name === undefined ? -1 : names.indexOf(name);
  return index < 0 ? undefined : index + 1;
}
