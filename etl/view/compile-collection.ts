import {
  choice,
  exists,
  filter,
  guard,
  list,
  literal,
  NOTHING,
  operation,
  siblingOf,
  step,
  variable,
} from './build.ts';
import type { Expression } from './expression.ts';
import type { Schema } from './schema-lookup.ts';
import type { Compile, CompileContext, Scope } from './scope.ts';
import type { Syntax } from './syntax.ts';
import { BOOLEAN, INTEGER, type ValueKind } from './type.ts';
import { isPrimitive, resolveChoice, single, toCondition, when } from './value.ts';

/** The body of a function that looks at each element: `$this` is the element, `$index` its position. */
interface Each {
  readonly name: string;
  readonly scope: Scope;
}

function each(of: Expression, scope: Scope, context: CompileContext): Each {
  const name = context.names.next('v');
  const index = variable(`${name}_index`, INTEGER);
  return { name, scope: { ...scope, focus: variable(name, of.type), index } };
}

/** `$this` for a single value is the value itself: no list is made. */
function inline(of: Expression, scope: Scope): Scope {
  return { ...scope, focus: of, index: literal(0) };
}

export function where(
  of: Expression,
  criteria: Syntax,
  scope: Scope,
  context: CompileContext,
  compile: Compile,
): Expression {
  if (of.kind === 'nothing') {
    compile(criteria, inline(of, scope), context);
    return NOTHING;
  }
  if (!of.isMany) return guard(of, toCondition(compile(criteria, inline(of, scope), context), context.label));
  if (of.kind === 'choice') {
    return choice(
      of.alternatives.map((alternative) => where(alternative, criteria, scope, context, compile)),
    );
  }
  const { name, scope: inner } = each(of, scope, context);
  return filter(of, name, toCondition(compile(criteria, inner, context), context.label));
}

export function all(
  of: Expression,
  criteria: Syntax,
  scope: Scope,
  context: CompileContext,
  compile: Compile,
): Expression {
  if (of.kind === 'nothing') return literal(true);
  if (of.kind === 'choice') {
    return of.alternatives
      .map((alternative) => all(alternative, criteria, scope, context, compile))
      .reduce((both, each) => operation('and', [both, each]));
  }
  const target = list(of);
  const { name, scope: inner } = each(target, scope, context);
  const body = toCondition(compile(criteria, inner, context), context.label);
  return { kind: 'all', of: target, variable: name, body, type: BOOLEAN, isMany: false };
}

export function select(
  of: Expression,
  projection: Syntax,
  scope: Scope,
  context: CompileContext,
  compile: Compile,
): Expression {
  if (of.kind === 'nothing') return NOTHING;
  if (!of.isMany) return compile(projection, inline(of, scope), context);
  if (of.kind === 'choice') {
    return choice(
      of.alternatives.map((alternative) => select(alternative, projection, scope, context, compile)),
    );
  }
  const { name, scope: inner } = each(of, scope, context);
  const body = resolveChoice(compile(projection, inner, context));
  if (body.kind === 'nothing') return NOTHING;
  return { kind: 'map', of, variable: name, body, type: body.type, isMany: true };
}

/** The boolean elements of `of` that compare so with a literal. */
export function matching(
  of: Expression,
  operator: 'equal' | 'not-equal',
  value: Expression,
  context: CompileContext,
  column: number,
): Expression {
  const target = list(resolveChoice(of, (kind) => kind === 'boolean'));
  if (target.kind === 'nothing') return NOTHING;
  if (!isPrimitive(target) || target.type.value !== 'boolean')
    return context.fail('booleans are needed here', column);
  const name = context.names.next('v');
  return filter(target, name, operation(operator, [variable(name, target.type), value]));
}

/**
 * Whether the element is there: a FHIR primitive that has only an extension (kept in `_name`) is, though it has
 * no value.
 */
export function existsElement(of: Expression, schema: Schema): Expression {
  if (of.kind === 'choice') {
    return of.alternatives
      .map((alternative) => existsElement(alternative, schema))
      .reduce((either, each) => operation('or', [either, each]));
  }
  const sibling = of.kind === 'field' && !of.isMany && isPrimitive(of) ? siblingOf(of, schema) : null;
  return sibling === null ? exists(of) : operation('or', [exists(of), exists(sibling)]);
}

export function slice(of: Expression, skip: number, take: number | null): Expression {
  if (of.kind === 'nothing') return NOTHING;
  const target = list(resolveChoice(of));
  return { kind: 'slice', of: target, skip, take, type: target.type, isMany: true };
}

export function countOf(of: Expression): Expression {
  if (of.kind === 'nothing') return literal(0);
  if (of.kind === 'choice') {
    const [first = literal(0), ...rest] = of.alternatives.map(countOf);
    return rest.reduce((sum, each) => operation('add', [sum, each], INTEGER), first);
  }
  return { kind: 'count', of: list(of), type: INTEGER, isMany: false };
}

export function distinct(of: Expression): Expression {
  if (!of.isMany) return of;
  const target = resolveChoice(of);
  if (target.kind === 'nothing') return NOTHING;
  return { kind: 'distinct', of: target, type: target.type, isMany: true };
}

/** https://hl7.org/fhir/R4/fhirpath.html#functions : the extensions of each element that have this url. */
export function extension(of: Expression, url: Expression, context: CompileContext): Expression {
  const extensions = step(of, 'extension', context.schema);
  return withUrl(extensions, url, context);
}

function withUrl(extensions: Expression, url: Expression, context: CompileContext): Expression {
  if (extensions.kind === 'nothing') return NOTHING;
  if (extensions.kind === 'choice') {
    return choice(extensions.alternatives.map((alternative) => withUrl(alternative, url, context)));
  }
  const name = context.names.next('v');
  const itsUrl = step(variable(name, extensions.type), 'url', context.schema);
  return filter(list(extensions), name, operation('equal', [itsUrl, url]));
}

export function iif(
  args: readonly Syntax[],
  scope: Scope,
  context: CompileContext,
  compile: Compile,
  column: number,
): Expression {
  const [criteria, then, otherwise] = args;
  if (criteria === undefined || then === undefined) return NOTHING;
  const condition = toCondition(compile(criteria, scope, context), context.label);
  const a = resolveChoice(compile(then, scope, context));
  const b = otherwise === undefined ? NOTHING : resolveChoice(compile(otherwise, scope, context));
  requireSameKind([a, b], context, column);
  return choose(condition, a, b);
}

function choose(condition: Expression, a: Expression, b: Expression): Expression {
  if (a.isMany || b.isMany) {
    const [x, y] = [list(a), list(b)];
    return { ...when(condition, x, y), isMany: true };
  }
  return when(condition, a, b);
}

export function coalesce(args: readonly Expression[], context: CompileContext, column: number): Expression {
  const parts = args.map((arg) => resolveChoice(arg)).filter((arg) => arg.kind !== 'nothing');
  requireSameKind(parts, context, column);
  const [last, ...before] = [...parts].reverse();
  if (last === undefined) return NOTHING;
  return before.reduce<Expression>((rest, part) => choose(exists(part), part, rest), last);
}

/** A fault when the results are of types that no one column could hold. */
function requireSameKind(parts: readonly Expression[], context: CompileContext, column: number): void {
  const kinds = parts
    .filter((part) => part.type.kind !== 'nothing')
    .map((part) => (isPrimitive(part) ? part.type.value : part.type.kind));
  const isSame = kinds.every((kind) => kind === kinds[0]);
  if (!isSame) context.fail('the results differ in type', column);
}

export function boundary(
  of: Expression,
  side: 'low' | 'high',
  precision: Expression | undefined,
  context: CompileContext,
  column: number,
): Expression {
  if (of.kind === 'nothing' || precision?.kind === 'nothing') return NOTHING;
  const value = resolveChoice(single(of, context.label));
  if (!isPrimitive(value)) return context.fail('a boundary needs a decimal, date, dateTime or time', column);
  if (value.type.value === 'string' || value.type.value === 'boolean') {
    return context.fail('a boundary needs a decimal, date, dateTime or time', column);
  }
  if (precision === undefined) return { kind: 'boundary', of: value, side, type: value.type, isMany: false };
  if (precision.kind !== 'literal' || typeof precision.value !== 'number') {
    return context.fail('the precision of a boundary must be written as an integer', column);
  }
  const digits = precision.value;
  if (!isPrecision(digits, value.type.value)) return NOTHING;
  return { kind: 'boundary', of: value, side, precision: digits, type: value.type, isMany: false };
}

/** The digits up to which values of a kind can be given: of a date 4 to the year, 6 to the month, 8 to the day. */
function isPrecision(digits: number, kind: ValueKind): boolean {
  if (kind === 'date') return [4, 6, 8].includes(digits);
  if (kind === 'dateTime') return [4, 6, 8, 10, 12, 14, 17].includes(digits);
  if (kind === 'time') return [2, 4, 6, 9].includes(digits);
  return Number.isInteger(digits) && digits >= 0 && digits <= 18;
}
