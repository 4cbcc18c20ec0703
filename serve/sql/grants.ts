/** What each group may read over SQL. */
export interface TableGrants {
  readonly groups: readonly string[];
  mayRead(group: string, schema: string, table: string): boolean;
}

/** Groups with the schemas (`marts`) and tables (`staging.condition`) that they may read. */
export type GroupGrants = Readonly<Record<string, readonly string[]>>;

/** Without configured groups every group of a user reads the marts; with them, a group not named reads nothing. */
export function tableGrants(configured: GroupGrants | undefined, groups: Iterable<string>): TableGrants {
  const all = new Set([...Object.keys(configured ?? {}), ...groups]);
  const readable = new Map(
    [...all].map((group) => [
      group,
      new Set(configured === undefined ? ['marts'] : (configured[group] ?? [])),
    ]),
  );
  return {
    groups: [...all].sort(),
    mayRead: (group, schema, table) => {
      const granted = readable.get(group);
      return granted !== undefined && (granted.has(schema) || granted.has(`${schema}.${table}`));
    },
  };
}

/** Whether a group, of whatever caller, may read a table. */
export function mayGroupRead(
  configured: GroupGrants | undefined,
  group: string,
  schema: string,
  table: string,
): boolean {
  return tableGrants(configured, [group]).mayRead(group, schema, table);
}
