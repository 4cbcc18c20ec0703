import { type Ast, type AstValue, bodyOf, list, nodeOf, textOf, unsupported } from '../ast.ts';

/**
 * Refuses names that differ only in the case of their letters where DuckDB, which does not tell them apart, would
 * take one for the other: among the columns of one result, and in ORDER BY.
 */
export function refuseAmbiguousCase(select: Ast): void {
  const outputs = list(select['targetList']).map((target): { name: string; val: AstValue } => {
    const { name, val } = (bodyOf(target, 'ResTarget') ?? {}) as { name?: AstValue; val?: AstValue };
    return { name: typeof name === 'string' ? name : (lastName(val) ?? ''), val };
  });
  refuseTwins(outputs.map(({ name }) => name));
  for (const sort of list(select['sortClause'])) {
    const key = bodyOf(sort, 'SortBy')?.['node'];
    const name = list(bodyOf(key, 'ColumnRef')?.['fields']).length === 1 ? lastName(key) : undefined;
    if (name === undefined || outputs.some((each) => each.name === name)) continue;
    const twin = outputs.find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (twin !== undefined && lastName(twin.val) !== name) throw refused();
  }
}

/** The same for a list of names that belong together. */
export function refuseTwins(names: readonly string[]): void {
  const spelt = new Map<string, string>();
  for (const name of names) {
    const known = spelt.get(name.toLowerCase());
    if (known !== undefined && known !== name) throw refused();
    spelt.set(name.toLowerCase(), name);
  }
}

function lastName(value: AstValue): string | undefined {
  return nodeOf(value)?.[0] === 'ColumnRef' ? textOf(list(nodeOf(value)?.[1]['fields']).at(-1)) : undefined;
}

function refused(): Error {
  return unsupported('names that differ only in the case of their letters', 'Give one of them another name.');
}
