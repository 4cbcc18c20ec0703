import type { MartDeclaration } from '../../../models/mart-declaration.ts';
import { type GroupGrants, tableGrants } from '../../../serve/sql/grants.ts';
import type { Relationship } from './relationships.ts';
import { type TmdlObject, tmdlName } from './tmdl.ts';

/** What members of a group see of the semantic model. */
export interface Role {
  readonly group: string;
  /** Marts that the group may not read: no row of them. */
  readonly closed: readonly string[];
  /** Marts that it may read, but whose rows are filtered by a closed one: Power BI shows none of them, either. */
  readonly filtered: readonly string[];
}

/** A role per group of `sql.groups`; none where groups are not configured. */
export function rolesOf(
  groups: GroupGrants | undefined,
  marts: readonly MartDeclaration[],
  relationships: readonly Relationship[],
): readonly Role[] {
  const grants = tableGrants(groups, []);
  return grants.groups.map((group) => {
    const closed = marts.map(({ name }) => name).filter((name) => !grants.mayRead(group, 'marts', name));
    const empty = new Set(closed);
    for (const mart of empty) {
      const below = relationships.filter(({ isActive, to }) => isActive && to.mart === mart);
      for (const { from } of below) empty.add(from.mart);
    }
    return { group, closed, filtered: [...empty].filter((mart) => !closed.includes(mart)) };
  });
}

export function roleObject({ group, closed }: Role): TmdlObject {
  return {
    declaration: `role ${tmdlName(group)}`,
    properties: ['modelPermission: read'],
    children: closed.map((mart) => ({ declaration: `tablePermission ${tmdlName(mart)} = FALSE()` })),
  };
}

/** A file name that every system takes and that is another one for every group. */
export function roleFile({ group }: Role): string {
  const safe = group.replace(/[^a-z0-9-]/gu, (character) => `_${Buffer.from(character).toString('hex')}`);
  return `${safe}.tmdl`;
}
