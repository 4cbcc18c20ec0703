import type { CompilerApi } from '@cubejs-backend/server-core';
import { getEnv } from '@cubejs-backend/shared';
import { type MemberType, type MemberTypes, misfitOf } from './query-fit.ts';
import { membersOf } from './query-members.ts';
import { parseQueries } from './query-shape.ts';

/** What is wrong with the query of a request, in words for its author and without its values; undefined when nothing is. */
export function problemOf(input: unknown, types: MemberTypes): string | undefined {
  const parsed = parseQueries(input);
  if (parsed.kind === 'problem') return parsed.problem;
  const views = new Set([...types.keys()].map((member) => member.split('.', 1)[0]));
  const stranger = membersOf(input).find((member) => !views.has(member.split('.', 1)[0]));
  if (stranger !== undefined) return `there is no public member '${stranger}'`;
  const most = getEnv('dbQueryLimit');
  for (const query of parsed.queries) {
    if ((query.limit ?? 0) > most)
      return `query.limit: at most ${most} rows; page with offset, or read the Parquet`;
    const misfit = misfitOf(query, types);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}

interface CompiledModel {
  readonly metaTransformer: { readonly cubes: readonly { readonly config: CompiledCube }[] };
}

interface CompiledCube {
  readonly name: string;
  readonly isVisible?: boolean;
  readonly measures: readonly CompiledMember[];
  readonly dimensions: readonly CompiledMember[];
}

interface CompiledMember {
  readonly name: string;
  readonly type: string;
}

const membersOfModel = new WeakMap<object, MemberTypes>();

/** Members of the public views of a compiled model. */
export async function publicMembers(compilerApi: CompilerApi): Promise<MemberTypes> {
  const model = (await compilerApi.getCompilers()) as unknown as CompiledModel;
  const known = membersOfModel.get(model);
  if (known !== undefined) return known;
  const views = model.metaTransformer.cubes
    .map(({ config }) => config)
    .filter((cube) => cube.isVisible === true);
  const members = views.flatMap(({ measures, dimensions }) => [...measures, ...dimensions]);
  const types = new Map(members.map(({ name, type }) => [name, type as MemberType]));
  membersOfModel.set(model, types);
  return types;
}
