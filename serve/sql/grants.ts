/** What each group may read over SQL. */
export interface TableGrants {
  readonly groups: readonly string[];
  mayRead(group: string, schema: string, table: string): boolean;
  /** The columns that a group may read of a table that it does not read whole. */
  columns(group: string, schema: string, table: string): readonly string[] | undefined;
}

/** Groups with the schemas (`marts`) and tables (`staging.condition`) that they may read. */
export type GroupGrants = Readonly<Record<string, readonly string[]>>;

/** What the access rules of the semantic layer show. */
export interface CubeGrants {
  /** The members that each group sees, by view. */
  readonly visible: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  /** The views that have access rules. */
  readonly ruled: ReadonlySet<string>;
}

/**
 * Without configured groups every group of a user reads the marts and the cube views; with them, a group not named reads
 * nothing. With `cube`, a view that has access rules is read by whom they let, and one without by whoever reads `cube` or
 * all marts.
 */
export function tableGrants(
  configured: GroupGrants | undefined,
  groups: Iterable<string>,
  cube?: CubeGrants,
): TableGrants {
  const all = new Set([...Object.keys(configured ?? {}), ...groups]);
  const readable = new Map(
    [...all].map((group) => [
      group,
      new Set(configured === undefined ? ['marts', CUBE_SCHEMA] : (configured[group] ?? [])),
    ]),
  );
  const isGranted = (group: string, schema: string, table: string): boolean => {
    const granted = readable.get(group);
    return granted !== undefined && (granted.has(schema) || granted.has(`${schema}.${table}`));
  };
  const columns = (group: string, schema: string, table: string): readonly string[] | undefined =>
    schema === CUBE_SCHEMA && cube !== undefined ? (cube.visible.get(group)?.get(table) ?? []) : undefined;
  return {
    groups: [...all].sort(),
    mayRead: (group, schema, table) => {
      if (schema !== CUBE_SCHEMA || cube === undefined) return isGranted(group, schema, table);
      const isOpen =
        cube.ruled.has(table) ||
        isGranted(group, schema, table) ||
        readable.get(group)?.has('marts') === true;
      return isOpen && columns(group, schema, table)?.length !== 0;
    },
    columns,
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

/** The schema whose tables are the public views of the semantic layer. */
export const CUBE_SCHEMA = 'cube';
