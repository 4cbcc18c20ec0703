import type { AuthoredCube } from './mart-cube.ts';
import type { ModelFile } from './model-repository.ts';

/** What each group may read, in the words that the SQL endpoint has for it (`sql.groups` in `chiasm.yaml`). */
export interface ModelAccess {
  readonly groups: readonly string[];
  /** `marts.<mart>`, or `cube.<view>` for a view without the marts beneath it. */
  mayRead(group: string, schema: string, table: string): boolean;
}

interface AuthoredView {
  readonly name: string;
  readonly cubes: readonly { readonly join_path: string; readonly includes: readonly Include[] }[];
  readonly access_policy?: unknown;
  readonly [key: string]: unknown;
}

type Include = string | { readonly name: string; readonly alias?: string };

/** A group as policies name it: to Cube `*` means everybody, and braces mean references. */
export function policyGroup(group: string): string {
  return `group_${Buffer.from(group).toString('hex')}`;
}

/**
 * Gives every view an access policy: a group reads the members whose marts it may read, and all of a view that it was
 * granted as such. A group that has no grants reads nothing. A view with a policy of its own keeps it.
 */
export function withAccessPolicies(files: readonly ModelFile[], access: ModelAccess): readonly ModelFile[] {
  const cubes = new Map(
    files.flatMap((file) => file.cubes ?? []).map((cube) => [String(cube['name']), cube as AuthoredCube]),
  );
  return files.map(({ views, ...file }) => ({
    ...file,
    ...(views === undefined
      ? {}
      : { views: views.map((view) => withPolicy(view as unknown as AuthoredView, cubes, access)) }),
  }));
}

function withPolicy(
  view: AuthoredView,
  cubes: ReadonlyMap<string, AuthoredCube>,
  access: ModelAccess,
): AuthoredView {
  if (view.access_policy !== undefined) return view;
  const members = martsOfMembers(view, cubes);
  const policies = access.groups.map((group) => ({
    group: policyGroup(group),
    member_level: {
      includes: [...members]
        .filter(
          ([, marts]) =>
            access.mayRead(group, 'cube', view.name) ||
            marts.every((mart) => access.mayRead(group, 'marts', mart)),
        )
        .map(([member]) => member),
    },
  }));
  // Cube takes a view without policies for an open one.
  const closed = { group: '*', member_level: { includes: [] } };
  return { ...view, access_policy: [closed, ...policies] };
}

/** The members of a view with every mart that their figures pass through. */
function martsOfMembers(
  view: AuthoredView,
  cubes: ReadonlyMap<string, AuthoredCube>,
): ReadonlyMap<string, readonly string[]> {
  const marts = new Map<string, readonly string[]>();
  for (const { join_path, includes } of view.cubes) {
    const path = join_path.split('.');
    const cube = cubes.get(path.at(-1) ?? '');
    if (cube === undefined) throw new Error(`view ${view.name} joins a cube that does not exist`);
    for (const include of includes) {
      const name = typeof include === 'string' ? include : include.name;
      const alias = typeof include === 'string' ? include : (include.alias ?? name);
      const member = memberOf(cube, name);
      const passed = [...path, ...cubesNamedBy(member, cubes)];
      marts.set(alias, [
        ...new Set([...passed.map((each) => martOf(cubes.get(each))), ...martsNamedBy(member)]),
      ]);
    }
  }
  return marts;
}

function memberOf(cube: AuthoredCube, name: string): unknown {
  const lists = [cube.dimensions, cube.measures, cube['segments'], cube['hierarchies']];
  const members = lists.flatMap((list) => (list ?? []) as readonly { readonly name: string }[]);
  return members.find((member) => member.name === name);
}

function cubesNamedBy(member: unknown, cubes: ReadonlyMap<string, unknown>): readonly string[] {
  const names = [...JSON.stringify(member ?? null).matchAll(/\{(\w+)[.}]/g)].map((match) => match[1] ?? '');
  return names.filter((name) => cubes.has(name));
}

function martsNamedBy(member: unknown): readonly string[] {
  return [...JSON.stringify(member ?? null).matchAll(/\bmarts\.(\w+)/g)].map((match) => match[1] ?? '');
}

function martOf(cube: AuthoredCube | undefined): string {
  const mart = /^marts\.(\w+)$/.exec(String(cube?.['sql_table'] ?? ''))?.[1];
  if (mart === undefined) throw new Error(`nobody can be granted cube ${cube?.name}: it is of no mart`);
  return mart;
}
