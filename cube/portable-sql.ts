import type { CompilerApi } from '@cubejs-backend/server-core';
import { mark, spliceTexts } from './caller-text.ts';
import type { SecurityContext } from './security-context.ts';
import type {
  MemberExpression,
  MemberQuery,
  SemanticMember,
  SemanticView,
  SqlCompiler,
} from './sql-compiler.ts';

/** Callers whose views are kept for their next query. */
const MOST_CALLERS = 500;

const viewsOfModel = new WeakMap<object, Map<string, ReadonlyMap<string, SemanticView>>>();

function seenOf(model: object): Map<string, ReadonlyMap<string, SemanticView>> {
  const seen = viewsOfModel.get(model) ?? new Map<string, ReadonlyMap<string, SemanticView>>();
  viewsOfModel.set(model, seen);
  return seen;
}

/** Every place where SQL reaches into Cube 1.7.43 (see also `portable-core.ts`). */
export function createSqlCompiler(compilerApiOf: (context: object) => Promise<CompilerApi>): SqlCompiler {
  const apiOf = async (context: object): Promise<CompilerInternals> =>
    (await compilerApiOf(context)) as unknown as CompilerInternals;
  return {
    views: async (caller) => {
      const context = contextOf(caller);
      const api = await apiOf(context);
      const { cubeEvaluator } = await api.getCompilers(context);
      const seen = seenOf(cubeEvaluator);
      const key = JSON.stringify(caller ?? null);
      const known = seen.get(key);
      if (known !== undefined) return known;
      const cubes = await api.metaConfig(context, { ...context, skipVisibilityPatch: caller === undefined });
      const shown = cubes.map(({ config }) => config).filter((cube) => isShown(cube) && cube.type === 'view');
      const views = new Map(shown.map((cube) => [cube.name, semanticView(cube, cubeEvaluator)]));
      if (seen.size >= MOST_CALLERS) seen.clear();
      seen.set(key, views);
      return views;
    },
    compile: async (query, caller) => {
      const context = contextOf(caller);
      const api = await apiOf(context);
      const { texts, cubeQuery } = cubeQueryOf(query, context);
      const ruled =
        caller === undefined
          ? { query: cubeQuery, denied: false }
          : await api.applyRowLevelSecurity(cubeQuery, { ...cubeQuery }, context);
      if (ruled.denied) return undefined;
      const { sql } = await api.getSql(ruled.query);
      return spliceTexts(...sql, texts);
    },
  };
}

interface CompilerInternals {
  metaConfig(context: object, options: object): Promise<readonly { readonly config: MetaView }[]>;
  getCompilers(options: object): Promise<{ readonly cubeEvaluator: EvaluatorInternals }>;
  applyRowLevelSecurity(
    query: object,
    evaluated: object,
    context: object,
  ): Promise<{ readonly query: object; readonly denied: boolean }>;
  getSql(query: object): Promise<{ readonly sql: readonly [string, readonly unknown[]] }>;
}

interface EvaluatorInternals {
  isRbacEnabledForCube(cube: object): boolean;
  cubeFromPath(name: string): {
    readonly joinMap?: readonly (readonly string[])[];
    readonly includedMembers?: readonly { readonly memberPath: string }[];
  };
  measureByPath(path: string): {
    readonly type: string;
    readonly sql?: unknown;
    readonly filters?: readonly unknown[];
  };
}

interface MetaView {
  readonly name: string;
  readonly type?: string;
  readonly title: string;
  readonly description?: string;
  readonly isVisible?: boolean;
  readonly measures: readonly MetaMember[];
  readonly dimensions: readonly MetaMember[];
  readonly segments: readonly MetaMember[];
}

interface MetaMember {
  readonly name: string;
  readonly shortTitle?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly aggType?: string;
  readonly aliasMember?: string;
  readonly isVisible?: boolean;
  readonly meta?: { readonly unit?: string };
}

function contextOf(caller: SecurityContext | undefined): {
  readonly securityContext: object;
  readonly requestId: string;
} {
  return { securityContext: caller ?? {}, requestId: 'sql' };
}

function isShown({ isVisible }: { readonly isVisible?: boolean }): boolean {
  return isVisible !== false;
}

function semanticView(view: MetaView, evaluator: EvaluatorInternals): SemanticView {
  const definition = evaluator.cubeFromPath(view.name);
  const { joinMap = [], includedMembers = [] } = definition;
  const root = joinMap[0]?.[0] ?? includedMembers[0]?.memberPath.split('.')[0];
  const rowCount = view.measures.find(({ aliasMember, aggType }) => {
    if (aliasMember === undefined || aggType !== 'count' || aliasMember.split('.')[0] !== root) return false;
    const { sql, filters = [] } = evaluator.measureByPath(aliasMember);
    return sql === undefined && filters.length === 0;
  });
  const members = [
    ...view.dimensions.filter(isShown).map((each) => semanticMember(each, 'dimension')),
    ...view.measures.filter(isShown).map((each) => semanticMember(each, 'measure')),
    ...view.segments.filter(isShown).map((each) => semanticMember(each, 'segment')),
  ];
  return {
    name: view.name,
    title: view.title,
    description: view.description,
    members: new Map(members.map((member) => [member.name, member])),
    hasRules: evaluator.isRbacEnabledForCube(definition),
    rowCount: rowCount === undefined ? undefined : bareName(rowCount.name),
  };
}

function semanticMember(member: MetaMember, kind: SemanticMember['kind']): SemanticMember {
  const name = bareName(member.name);
  return {
    name,
    kind,
    isTime: kind === 'dimension' && member.type === 'time',
    ...(member.aggType === undefined ? {} : { aggregation: member.aggType }),
    title: member.shortTitle ?? member.title ?? name,
    description: member.description,
    unit: member.meta?.unit,
    cube: member.aliasMember?.split('.')[0] ?? '',
  };
}

function bareName(path: string): string {
  return path.slice(path.indexOf('.') + 1);
}

/**
 * The query in Cube's words, as its own SQL API would say it. Cube keeps what it has compiled, so that it is shown
 * only the shape of a caller's SQL: each text is a mark, which is filled in afterwards.
 */
function cubeQueryOf(
  { view, columns, measures, conditions, isUngrouped }: MemberQuery,
  context: { readonly securityContext: object },
): { readonly texts: readonly string[]; readonly cubeQuery: object } {
  const texts: string[] = [];
  const expression = (name: string, { texts: own, members }: MemberExpression): object => {
    const first = texts.length;
    texts.push(...own);
    const shape = JSON.stringify([first, ...members]);
    const sql = (cube: Readonly<Record<string, unknown>>): string =>
      own
        .map((_, index) => {
          const member = members[index];
          return `${mark(first + index)}${member === undefined ? '' : `(${String(cube[member])})`}`;
        })
        .join('');
    // Cube reads the name of the cube from the function's text, and tells functions apart by it.
    sql.toString = () => `(${view}) => ${shape}`;
    return { expression: sql, expressionName: name, name, cubeName: view, definition: shape };
  };
  const cubeQuery = {
    ...context,
    contextSymbols: { securityContext: context.securityContext },
    dimensions: columns.map((column, index) => plainMember(view, column) ?? expression(`c${index}`, column)),
    measures: measures.map((measure, index) =>
      typeof measure === 'string' ? `${view}.${measure}` : expression(`m${index}`, measure),
    ),
    // An expression keeps Cube from reading a pre-aggregation, whose table only its own way of asking builds and names.
    segments: [ALWAYS, ...conditions].map((condition, index) => expression(`w${index}`, condition)),
    timeDimensions: [],
    filters: [],
    order: [],
    timezone: 'UTC',
    rowLimit: null,
    ...(isUngrouped ? { ungrouped: true, allowUngroupedWithoutPrimaryKey: true } : {}),
  };
  return { texts, cubeQuery };
}

const ALWAYS: MemberExpression = { texts: ['true'], members: [] };

function plainMember(view: string, { texts, members }: MemberExpression): string | undefined {
  const [member, ...others] = members;
  const isPlain = member !== undefined && others.length === 0 && texts.every((text) => text === '');
  return isPlain ? `${view}.${member}` : undefined;
}
