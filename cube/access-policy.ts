import type { ModelFile } from './model-repository.ts';

/** What the groups of a configuration may read; a group that is not among them reads nothing. */
export interface ReadGrants {
  readonly groups: readonly string[];
  mayRead(group: string, schema: string, table: string): boolean;
}

/** A group as policies name it: Cube gives `*` a meaning, and braces in a model. */
export function policyGroup(group: string): string {
  return `group_${Buffer.from(group).toString('hex')}`;
}

/**
 * Gives every view an `access_policy`: a group sees the members whose every table it may read, those on the way of
 * their join included. Throws a plain Error where a view does not say which members it has.
 */
export function withAccessPolicies(files: readonly ModelFile[], grants: ReadGrants): readonly ModelFile[] {
  const tablesOf = tableFinder(files.flatMap(({ cubes = [] }) => cubes as readonly Definition[]));
  return files.map((file) => {
    if (file.views === undefined) return file;
    const views = (file.views as unknown as readonly View[]).map((view) => {
      if (view.access_policy !== undefined)
        throw new Error(`view ${view.name} has an access policy of its own`);
      const members = membersOf(view, tablesOf);
      return {
        ...view,
        access_policy: [
          // Without a policy that is met a view would be open where no group is configured.
          { group: '*', member_level: { includes: [] } },
          ...grants.groups.map((group) => ({
            group: policyGroup(group),
            member_level: {
              includes: members
                .filter(({ tables }) =>
                  tables.every(([schema, table]) => grants.mayRead(group, schema, table)),
                )
                .map(({ name }) => name),
            },
          })),
        ],
      };
    });
    return { ...file, views: views as unknown as NonNullable<ModelFile['views']> };
  });
}

type Table = readonly [schema: string, table: string];

interface Definition {
  readonly name: string;
  readonly [key: string]: unknown;
}

interface View {
  readonly name: string;
  readonly cubes?: readonly {
    readonly join_path: string;
    readonly prefix?: boolean;
    readonly includes?: '*' | readonly (string | { readonly name: string; readonly alias?: string })[];
  }[];
  readonly access_policy?: unknown;
}

function membersOf(
  view: View,
  tablesOf: (cube: string, member?: string) => readonly Table[],
): readonly { readonly name: string; readonly tables: readonly Table[] }[] {
  return (view.cubes ?? []).flatMap(({ join_path, prefix, includes }) => {
    if (typeof includes !== 'object' || prefix === true)
      throw new Error(`view ${view.name} does not list the members of ${join_path}`);
    const path = join_path.split('.');
    const joined = path.flatMap((cube) => tablesOf(cube));
    return includes.map((included) => {
      const { name, alias = name } = typeof included === 'string' ? { name: included } : included;
      return { name: alias, tables: [...joined, ...tablesOf(path.at(-1) ?? '', name)] };
    });
  });
}

const TABLE = /\b(marts|staging)\.(\w+)/g;
/** Another cube, or a member of it, in SQL; what levels of hierarchies name. */
const REFERENCE = /\{(\w+)(?:\.(\w+))?\}|"(\w+)\.(\w+)"/g;
/** Words for people. */
const WORDS = new Set(['title', 'description', 'meta', 'drill_members']);

/** The tables that a cube reads, or that a member reads besides: those in its SQL and of the members it is made of. */
function tableFinder(cubes: readonly Definition[]): (cube: string, member?: string) => readonly Table[] {
  const byName = new Map(cubes.map((cube) => [cube.name, cube]));
  const find = (
    cubeName: string,
    member: string | undefined,
    seen: ReadonlySet<string>,
  ): readonly Table[] => {
    const key = `${cubeName}.${member ?? ''}`;
    const cube = byName.get(cubeName);
    if (cube === undefined) throw new Error(`there is no cube ${cubeName}`);
    if (seen.has(key)) return [];
    const text =
      member === undefined ? [cube['sql_table'], cube['sql']].join(' ') : textOf(memberOf(cube, member));
    const named = [...text.matchAll(TABLE)].map(([, schema = '', table = '']): Table => [schema, table]);
    const referred = [...text.matchAll(REFERENCE)].flatMap(
      ([, inSql, memberInSql, inLevel, memberInLevel]) => {
        const first = inSql ?? inLevel ?? '';
        const second = memberInSql ?? memberInLevel;
        const other = first === 'CUBE' ? cubeName : first;
        const next = new Set([...seen, key]);
        if (byName.has(other))
          return [
            ...find(other, undefined, next),
            ...(second === undefined ? [] : find(other, second, next)),
          ];
        return second === undefined ? find(cubeName, other, next) : [];
      },
    );
    return [...named, ...referred];
  };
  return (cube, member) => find(cube, member, new Set());
}

function memberOf(cube: Definition, name: string): Definition | undefined {
  return ['dimensions', 'measures', 'segments', 'hierarchies']
    .flatMap((kind) => (cube[kind] ?? []) as readonly Definition[])
    .find((member) => member.name === name);
}

function textOf(member: Definition | undefined): string {
  return JSON.stringify(member ?? {}, (key, value: unknown) => (WORDS.has(key) ? undefined : value));
}
