import type { Expression } from './expression.ts';
import type { Rows } from './rows.ts';
import type { PrimitiveType, ValueKind } from './type.ts';

/**
 * What has to be read of a record: its schema pruned to the paths in use. `json` is an element that is taken
 * whole or walked to any depth; `fields` is what else is read of it.
 */
export type Shape =
  | {
      readonly kind: 'scalar';
      readonly sqlType: string;
      /** How the value stands in JSON. */
      readonly json: JsonKind;
      readonly isList: boolean;
      /** A decimal whose text is asked for, so that it has to be read as written. */
      readonly isExact?: true;
      /** Read as JSON text, to be looked at before it becomes a value. */
      readonly isHeld?: true;
    }
  | { readonly kind: 'struct'; readonly fields: ShapeFields; readonly isList: boolean }
  | { readonly kind: 'json'; readonly fields: ShapeFields; readonly isList: boolean };

export type JsonKind = 'string' | 'number' | 'integer' | 'boolean';

export type ShapeFields = Readonly<Record<string, Shape>>;

/** How the JSON at an island is read: `node` for what is made of its elements, `walk` to find the next ones. */
export interface Island {
  readonly node: ShapeFields;
  readonly walk: ShapeFields;
  /** Whether a column shows an element of it whole, so that its JSON has to be kept. */
  readonly isWhole: boolean;
}

export interface Shapes {
  readonly record: ShapeFields;
  readonly islands: Readonly<Record<string, Island>>;
}

interface Draft {
  readonly fields: Map<string, { readonly draft: Draft; readonly isList: boolean }>;
  scalar: PrimitiveType | null;
  isExact: boolean;
  isWhole: boolean;
}

type Environment = ReadonlyMap<string, Draft>;

const newDraft = (): Draft => ({ fields: new Map(), scalar: null, isExact: false, isWhole: false });

/**
 * Collects every path of the plan. `record` is the name of the variable that stands for the record;
 * `decimalsAreText` where JSON holds decimals as strings.
 */
export function collectShapes(
  record: string,
  where: readonly Expression[],
  rows: Rows,
  decimalsAreText: boolean,
): Shapes {
  const root = newDraft();
  const islands = new Map<string, { readonly node: Draft; readonly walk: Draft }>();

  const islandOf = (name: string) => {
    const found = islands.get(name) ?? { node: newDraft(), walk: newDraft() };
    islands.set(name, found);
    return found;
  };

  /** The places in the record that the value of an expression comes from. */
  const visit = (expression: Expression, environment: Environment): readonly Draft[] => {
    const drafts = visitNode(expression, environment);
    // Whatever is not made a number shows a decimal as it is written.
    const isShown = !environment.has(AS_NUMBER) && expression.type.kind === 'primitive';
    if (isShown && expression.type.value === 'decimal') for (const draft of drafts) draft.isExact = true;
    return drafts;
  };

  const visitNode = (expression: Expression, environment: Environment): readonly Draft[] => {
    switch (expression.kind) {
      case 'nothing':
      case 'literal':
      case 'quantity':
        return [];
      case 'variable': {
        const draft = environment.get(expression.name);
        return draft === undefined ? [] : [draft];
      }
      case 'field':
        return visit(expression.of, environment).map((parent) => {
          const known = parent.fields.get(expression.field);
          const draft = known?.draft ?? newDraft();
          parent.fields.set(expression.field, { draft, isList: expression.isList });
          if (expression.type.kind === 'primitive') draft.scalar = expression.type;
          return draft;
        });
      case 'choice':
        return expression.alternatives.flatMap((each) => visit(each, environment));
      case 'combine':
        return expression.parts.flatMap((each) => visit(each, environment));
      case 'guard':
        visit(expression.criteria, environment);
        return visit(expression.of, environment);
      case 'filter':
      case 'all': {
        const drafts = visit(expression.of, environment);
        visitEach(expression.variable, drafts, expression.body, environment);
        return expression.kind === 'filter' ? drafts : [];
      }
      case 'map':
        return visitEach(
          expression.variable,
          visit(expression.of, environment),
          expression.body,
          environment,
        );
      case 'item':
        if (expression.at !== 'last') visit(expression.at, environment);
        return visit(expression.of, environment);
      case 'slice':
      case 'single':
      case 'list':
      case 'distinct':
        return visit(expression.of, environment);
      case 'cast':
        visit(expression.of, keepsText(expression.sqlType) ? shown(environment) : asNumber(environment));
        return [];
      case 'count':
      case 'exists':
        visit(expression.of, asNumber(environment));
        return [];
      case 'boundary':
        visit(expression.of, shown(environment));
        return [];
      case 'join':
        visit(expression.of, shown(environment));
        visit(expression.separator, shown(environment));
        return [];
      case 'operation': {
        if (expression.operator !== 'if') {
          for (const operand of expression.operands) visit(operand, shown(environment));
          return [];
        }
        const [condition, ...branches] = expression.operands;
        if (condition !== undefined) visit(condition, shown(environment));
        return branches.flatMap((branch) => visit(branch, environment));
      }
      case 'function':
        for (const arg of expression.args) {
          visit(arg, expression.name === 'toNumber' ? asNumber(environment) : shown(environment));
        }
        return [];
      case 'whole':
        for (const draft of visit(expression.of, environment)) draft.isWhole = true;
        return [];
      case 'resource-key':
        visit(expression.id, environment);
        return [];
      case 'reference-key':
        visit(expression.of, environment);
        visit(expression.recordKey, environment);
        return [];
      case 'resources': {
        for (const draft of visit(expression.of, environment)) draft.isWhole = true;
        return [islandOf(expression.island).node];
      }
      case 'repeat': {
        const { node, walk } = islandOf(expression.island);
        const inner = new Map(environment).set(expression.variable, walk);
        const ends = [
          ...expression.paths.flatMap((path) => visit(path, environment)),
          ...expression.steps.flatMap((path) => visit(path, inner)),
        ];
        for (const draft of ends) draft.isWhole = true;
        return [node];
      }
      default:
        return expression satisfies never;
    }
  };

  const visitEach = (
    name: string,
    drafts: readonly Draft[],
    body: Expression,
    environment: Environment,
  ): readonly Draft[] =>
    drafts.length === 0
      ? visit(body, environment)
      : drafts.flatMap((draft) => visit(body, new Map(environment).set(name, draft)));

  const visitRows = (node: Rows, environment: Environment): void => {
    switch (node.kind) {
      case 'columns':
        for (const column of node.columns) visit(column.expression, environment);
        return;
      case 'cross':
        for (const part of node.parts) visitRows(part, environment);
        return;
      case 'union':
        for (const branch of node.branches) visitRows(branch, environment);
        return;
      case 'iterate': {
        const drafts = visit(node.over, environment);
        if (drafts.length === 0) visitRows(node.body, environment);
        for (const draft of drafts) visitRows(node.body, new Map(environment).set(node.variable, draft));
        return;
      }
      default:
        node satisfies never;
    }
  };

  const finishFields = (draft: Draft): ShapeFields =>
    Object.fromEntries(
      [...draft.fields].map(([name, field]) => [name, finish(field.draft, field.isList)] as const),
    );

  const finish = (draft: Draft, isList: boolean): Shape => {
    if (draft.scalar !== null) {
      const { sqlType, value } = draft.scalar;
      const json = value === 'decimal' && decimalsAreText ? 'string' : JSON_KINDS[value];
      const isExact = draft.isExact && value === 'decimal' && json === 'number';
      return { kind: 'scalar', sqlType, json, isList, ...(isExact ? { isExact } : {}) };
    }
    const fields = finishFields(draft);
    // An element that is only asked for its presence needs no structure either.
    const isJson = draft.isWhole || draft.fields.size === 0;
    return { kind: isJson ? 'json' : 'struct', fields, isList };
  };

  const environment: Environment = new Map([[record, root]]);
  for (const expression of where) visit(expression, environment);
  visitRows(rows, environment);
  markNamesakes([root, ...[...islands.values()].flatMap(({ node, walk }) => [node, walk])]);
  return {
    record: finishFields(root),
    islands: Object.fromEntries(
      [...islands].map(([name, { node, walk }]) => [
        name,
        { node: finishFields(node), walk: finishFields(walk), isWhole: node.isWhole },
      ]),
    ),
  };
}

/**
 * Numbers are read as text by the name of their element, so a decimal that is only computed with is read as text, too,
 * where another of its name is shown as written.
 */
function markNamesakes(roots: readonly Draft[]): void {
  const decimals = new Map<string, Draft[]>();
  const collect = (draft: Draft): void => {
    for (const [name, { draft: below }] of draft.fields) {
      if (below.scalar?.value === 'decimal') decimals.set(name, [...(decimals.get(name) ?? []), below]);
      collect(below);
    }
  };
  roots.forEach(collect);
  for (const namesakes of decimals.values()) {
    if (namesakes.some((each) => each.isExact)) for (const each of namesakes) each.isExact = true;
  }
}

/** Marks, in an environment, that a decimal is only wanted as a number. */
const AS_NUMBER = ' as number';

function asNumber(environment: Environment): Environment {
  return new Map(environment).set(AS_NUMBER, newDraft());
}

function shown(environment: Environment): Environment {
  const inner = new Map(environment);
  inner.delete(AS_NUMBER);
  return inner;
}

/** Types whose values are made from the text of a number, not from its value. */
function keepsText(sqlType: string): boolean {
  return sqlType === 'VARCHAR' || sqlType === 'JSON' || sqlType === 'BLOB';
}

const JSON_KINDS: Readonly<Record<ValueKind, JsonKind>> = {
  boolean: 'boolean',
  integer: 'integer',
  decimal: 'number',
  double: 'number',
  string: 'string',
  date: 'string',
  dateTime: 'string',
  time: 'string',
};
