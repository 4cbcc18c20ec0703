import { ChiasmError } from '../../base/error.ts';
import { SCALAR_FUNCTION_NAMES } from './compile-scalar.ts';
import type { ViewDefinition } from './definition.ts';
import type { Expression } from './expression.ts';
import { nearestElement } from './lint-nearest.ts';
import type { Fault } from './lint-rule.ts';
import { type PlanObserver, planView } from './plan.ts';
import type { PlanColumn, PlannedColumn } from './plan-column.ts';
import type { Schema } from './schema-lookup.ts';
import type { Scope } from './scope.ts';
import type { Syntax } from './syntax.ts';
import type { Type } from './type.ts';

/** What the planner said while it planned a view. */
export interface Observed {
  readonly faults: readonly ChiasmError[];
  readonly columns: readonly ObservedColumn[];
  /** The columns of the output, in order; those that could not be planned are untyped. */
  readonly output: readonly PlanColumn[];
  /** What single nodes of the paths became, where that is hardly meant. */
  readonly doubts: readonly Fault[];
}

export interface ObservedColumn {
  /** JSON path of the column. */
  readonly path: string;
  /** What its path yields. */
  readonly value: Expression;
  readonly planned: PlannedColumn;
}

/** Plans a view to the end, past its faults. */
export function observePlan(view: ViewDefinition, schema: Schema): Observed {
  const faults: ChiasmError[] = [];
  const columns: ObservedColumn[] = [];
  const doubts = new Doubts(schema);
  const observer: PlanObserver = {
    fault: (error) => faults.push(error),
    node: (path, syntax, result, scope) => doubts.node(path, syntax, result, scope),
    column: (path, value, planned) => columns.push({ path, value, planned }),
  };
  let output: readonly PlanColumn[] = [];
  try {
    output = planView(view, schema, observer).columns;
  } catch (error) {
    if (!(error instanceof ChiasmError)) throw error;
    faults.push(error);
  }
  return { faults, columns, output, doubts: doubts.all() };
}

/** Functions that work on one value; `not` and the criteria of others are conditions. */
const ONE_VALUE: ReadonlySet<string> = new Set([
  ...SCALAR_FUNCTION_NAMES,
  'not',
  'is',
  'lowBoundary',
  'highBoundary',
]);

/** Operators whose sides may be lists. */
const LIST_OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '|', 'in', 'contains']);

/** Gathers doubts node by node. A path is compiled once for each alternative of value[x]: one good result clears it. */
class Doubts {
  readonly #schema: Schema;
  readonly #results = new Map<Syntax, Expression>();
  readonly #misses = new Map<Syntax, Fault | null>();
  readonly #others = new Map<Syntax, Fault>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  all(): readonly Fault[] {
    const misses = [...this.#misses.values()].filter((fault) => fault !== null);
    return [...misses, ...this.#others.values()];
  }

  node(path: string, syntax: Syntax, result: Expression, scope: Scope): void {
    this.#results.set(syntax, result);
    if (syntax.kind === 'member') this.#member(path, syntax, result, scope);
    if (syntax.kind === 'binary') this.#binary(path, syntax, result);
    if (syntax.kind === 'call') {
      const of = syntax.of === null ? scope.focus : this.#results.get(syntax.of);
      if (ONE_VALUE.has(syntax.name)) this.#one(path, of, syntax, `${syntax.name}()`);
    }
  }

  #member(path: string, syntax: Syntax & { kind: 'member' }, result: Expression, scope: Scope): void {
    const of = syntax.of === null ? scope.focus : this.#results.get(syntax.of);
    if (of === undefined || of.type.kind === 'nothing' || this.#misses.get(syntax) === null) return;
    const fault = result.kind === 'nothing' ? unknownElement(path, syntax, of.type, this.#schema) : null;
    this.#misses.set(syntax, fault);
  }

  #binary(path: string, syntax: Syntax & { kind: 'binary' }, result: Expression): void {
    const isEquality = syntax.operator === '=' || syntax.operator === '!=';
    if (isEquality && isNeverEqual(result)) {
      const sides = [syntax.left, syntax.right].map((side) => this.#results.get(side));
      this.#others.set(syntax, neverEqual(path, syntax, sides));
    }
    if (LIST_OPERATORS.has(syntax.operator)) return;
    for (const side of [syntax.left, syntax.right]) {
      this.#one(path, this.#results.get(side), side, `operator ${syntax.operator}`);
    }
  }

  #one(path: string, of: Expression | undefined, at: Syntax, what: string): void {
    if (of?.isMany !== true) return;
    this.#others.set(at, {
      rule: 'many-values',
      place: { path, column: at.column },
      message: `${what} needs one value, and there can be many: the view fails on a record that has two`,
      suggestion: 'take .first(), or ask all with .exists(…), .all(…) or .where(…)',
    });
  }
}

function unknownElement(
  path: string,
  syntax: Syntax & { kind: 'member' },
  type: Type,
  schema: Schema,
): Fault {
  const isResource = type.kind === 'complex' && type.names.some((name) => schema.isAnyResource(name));
  const near = nearestElement(type, syntax.name, schema);
  return {
    rule: 'unknown-element',
    place: { path, column: syntax.column },
    message: `${describe(type)} has no element ${syntax.name}: this is always empty`,
    ...(near !== null
      ? { suggestion: `did you mean ${near}?`, replacement: near }
      : isResource
        ? { suggestion: 'say which resources are meant with .ofType(…)' }
        : {}),
  };
}

/** The engine's answer to values of different types: false as far as both are there. */
function isNeverEqual(result: Expression): boolean {
  if (result.kind === 'operation' && result.operator === 'not') {
    const [of] = result.operands;
    return of !== undefined && isNeverEqual(of);
  }
  return result.kind === 'guard' && result.of.kind === 'literal' && result.of.value === false;
}

function neverEqual(
  path: string,
  syntax: Syntax & { kind: 'binary' },
  sides: readonly (Expression | undefined)[],
): Fault {
  const [left, right] = sides.map((side) => (side === undefined ? 'that' : describe(side.type)));
  const literal = [syntax.left, syntax.right].find(
    (side) =>
      side.kind === 'literal' && side.type === 'string' && /^\d{4}(-\d\d){0,2}(T.*)?$/.test(side.text),
  );
  const isDate = sides.some(
    (side) => side?.type.kind === 'primitive' && /date|instant/i.test(side.type.name),
  );
  const isDated = literal?.kind === 'literal' && isDate;
  const place = { path, column: isDated ? literal.column : syntax.column };
  return {
    rule: 'never-equal',
    place,
    message: `${left} and ${right} are never equal`,
    ...(isDated ? { suggestion: `a date is written @${literal.text}`, replacement: `@${literal.text}` } : {}),
  };
}

/** A type in words. */
export function describe(type: Type): string {
  switch (type.kind) {
    case 'primitive':
      return type.name === '' ? 'a value' : type.name;
    case 'complex':
      return type.names.join(' or ');
    case 'choice':
      return 'value[x]';
    case 'nothing':
      return 'nothing';
    default:
      return type satisfies never;
  }
}
