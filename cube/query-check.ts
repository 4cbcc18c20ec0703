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
  readonly segments: readonly CompiledMember[];
}

interface CompiledMember {
  readonly name: string;
  readonly type: string;
  readonly isVisible?: boolean;
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

/** Callers for whom it is remembered what they may not see. */
const MOST_CALLERS = 500;

const hiddenOfModel = new WeakMap<object, Map<string, ReadonlySet<string>>>();

interface CallerContext {
  readonly securityContext: unknown;
  readonly requestId: string;
}

/** The first member of a query that the access policies keep from its caller. */
export async function hiddenMember(
  input: unknown,
  compilerApi: CompilerApi,
  context: CallerContext,
): Promise<string | undefined> {
  const model = (await compilerApi.getCompilers()) as unknown as CompiledModel;
  const known = hiddenOfModel.get(model) ?? new Map<string, ReadonlySet<string>>();
  hiddenOfModel.set(model, known);
  const caller = JSON.stringify(context.securityContext);
  let hidden = known.get(caller);
  if (hidden === undefined) {
    if (known.size >= MOST_CALLERS) known.clear();
    hidden = await hiddenMembers(model, compilerApi, context);
    known.set(caller, hidden);
  }
  return membersOf(input)
    .map((member) => member.split('.').slice(0, 2).join('.'))
    .find((member) => hidden.has(member));
}

async function hiddenMembers(
  model: CompiledModel,
  compilerApi: CompilerApi,
  context: CallerContext,
): Promise<ReadonlySet<string>> {
  const patched = (await compilerApi.metaConfig(context as never, {
    requestId: context.requestId,
  })) as unknown as CompiledModel['metaTransformer']['cubes'];
  const shown = new Set(shownMembers(patched));
  return new Set(shownMembers(model.metaTransformer.cubes).filter((member) => !shown.has(member)));
}

function shownMembers(cubes: CompiledModel['metaTransformer']['cubes']): readonly string[] {
  return cubes
    .flatMap(({ config }) => [...config.measures, ...config.dimensions, ...config.segments])
    .filter(({ isVisible }) => isVisible === true)
    .map(({ name }) => name);
}
