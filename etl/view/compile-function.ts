import { exists, item, list, literal, NOTHING, not, operation } from './build.ts';
import {
  all,
  boundary,
  coalesce,
  countOf,
  distinct,
  existsElement,
  extension,
  iif,
  matching,
  select,
  slice,
  where,
} from './compile-collection.ts';
import { compileKeyFunction } from './compile-key.ts';
import { combine } from './compile-operator.ts';
import { compileRepeat } from './compile-repeat.ts';
import { compileScalarFunction, SCALAR_FUNCTION_NAMES } from './compile-scalar.ts';
import { isOfType, ofType, typeArgument } from './compile-type.ts';
import type { Expression } from './expression.ts';
import type { Compile, CompileContext, Scope } from './scope.ts';
import type { Syntax } from './syntax.ts';
import { STRING } from './type.ts';
import { isPrimitive, resolveChoice, single, toCondition, toText } from './value.ts';

type Call = Syntax & { readonly kind: 'call' };

/** Fewest and most arguments of the functions handled here; scalar functions check their own. */
const ARGUMENTS: Readonly<Record<string, readonly [number, number]>> = {
  where: [1, 1],
  exists: [0, 1],
  empty: [0, 0],
  hasValue: [0, 0],
  not: [0, 0],
  all: [1, 1],
  allTrue: [0, 0],
  allFalse: [0, 0],
  anyTrue: [0, 0],
  anyFalse: [0, 0],
  count: [0, 0],
  first: [0, 0],
  last: [0, 0],
  single: [0, 0],
  tail: [0, 0],
  skip: [1, 1],
  take: [1, 1],
  select: [1, 1],
  repeat: [1, 1],
  distinct: [0, 0],
  isDistinct: [0, 0],
  union: [1, 1],
  combine: [1, 1],
  ofType: [1, 1],
  as: [1, 1],
  is: [1, 1],
  extension: [1, 1],
  iif: [2, 3],
  coalesce: [1, 99],
  trace: [1, 2],
  join: [0, 1],
  getResourceKey: [0, 0],
  getReferenceKey: [0, 1],
  lowBoundary: [0, 1],
  highBoundary: [0, 1],
};

/** Every function that a view can call. */
export const FUNCTION_NAMES: readonly string[] = [...Object.keys(ARGUMENTS), ...SCALAR_FUNCTION_NAMES];

/** The functions of FHIRPath and of SQL on FHIR, applied to `of`. Unknown ones are faults of the view. */
export function compileFunction(
  of: Expression,
  call: Call,
  scope: Scope,
  context: CompileContext,
  compile: Compile,
): Expression {
  const { column } = call;
  const [fewest, most] = (Object.hasOwn(ARGUMENTS, call.name) ? ARGUMENTS[call.name] : undefined) ?? [0, 99];
  if (call.args.length < fewest || call.args.length > most) {
    return context.fail(
      `function ${call.name}() takes ${fewest === most ? fewest : `${fewest} to ${most}`} argument(s)`,
      column,
    );
  }
  const lambda = call.args[0];
  if (lambda !== undefined) {
    switch (call.name) {
      case 'where':
        return where(of, lambda, scope, context, compile);
      case 'exists':
        return exists(where(of, lambda, scope, context, compile));
      case 'all':
        return all(of, lambda, scope, context, compile);
      case 'select':
        return select(of, lambda, scope, context, compile);
      case 'repeat':
        return compileRepeat(of, [{ syntax: lambda, context }], scope, context, compile);
      case 'iif':
        return iif(call.args, scope, context, compile, column);
      case 'is':
        return isOfType(single(of, context.label), typeArgument(lambda, context, column), context, column);
      case 'ofType':
      case 'as':
        return ofType(of, typeArgument(lambda, context, column), context, column);
      case 'getReferenceKey':
        return compileKeyFunction(of, call, context);
      case 'trace':
        return of;
    }
  }
  const args = call.args.map((argument) => compile(argument, scope, context));
  return compileEager(of, call, args, context);
}

/** Functions whose arguments are values. */
function compileEager(
  of: Expression,
  call: Call,
  args: readonly Expression[],
  context: CompileContext,
): Expression {
  const { column } = call;
  const { label, names } = context;
  const argument = args[0] ?? NOTHING;
  switch (call.name) {
    case 'exists':
      return existsElement(of, context.schema);
    case 'empty':
      return not(existsElement(of, context.schema));
    case 'hasValue':
      return hasValue(of);
    case 'not':
      return not(toCondition(of, label));
    case 'allTrue':
      return not(exists(matching(of, 'not-equal', literal(true), context, column)));
    case 'allFalse':
      return not(exists(matching(of, 'not-equal', literal(false), context, column)));
    case 'anyTrue':
      return exists(matching(of, 'equal', literal(true), context, column));
    case 'anyFalse':
      return exists(matching(of, 'equal', literal(false), context, column));
    case 'count':
      return countOf(of);
    case 'first':
      return item(of, literal(0), names);
    case 'last':
      return item(of, 'last', names);
    case 'single':
      return single(of, label);
    case 'tail':
      return slice(of, 1, null);
    case 'skip':
      return slice(of, literalCount(argument, context, column), null);
    case 'take':
      return slice(of, 0, literalCount(argument, context, column));
    case 'distinct':
      return distinct(of);
    case 'isDistinct':
      return operation('equal', [countOf(of), countOf(distinct(of))]);
    case 'union':
      return distinct(combine(of, argument, context, column));
    case 'combine':
      return combine(of, argument, context, column);
    case 'extension':
      return extension(of, single(argument, label), context);
    case 'coalesce':
      return coalesce(args, context, column);
    case 'join':
      return join(of, args[0] === undefined ? literal('') : single(args[0], label), context, column);
    case 'getResourceKey':
    case 'getReferenceKey':
      return compileKeyFunction(of, call, context);
    case 'lowBoundary':
      return boundary(of, 'low', args[0], context, column);
    case 'highBoundary':
      return boundary(of, 'high', args[0], context, column);
    default:
      return compileScalarFunction(of, call.name, args, context, column);
  }
}

/** Only primitives have values. */
function hasValue(of: Expression): Expression {
  const value = resolveChoice(of);
  return isPrimitive(value) ? exists(value) : literal(false);
}

/** Joining nothing gives nothing, not an empty text. */
function join(of: Expression, separator: Expression, context: CompileContext, column: number): Expression {
  const values = resolveChoice(of);
  if (values.kind === 'nothing') return NOTHING;
  if (!isPrimitive(values)) return context.fail('only primitive values can be joined', column);
  const texts = list(toText(values));
  return { kind: 'join', of: texts, separator, type: STRING, isMany: false };
}

function literalCount(of: Expression, context: CompileContext, column: number): number {
  if (of.kind === 'literal' && typeof of.value === 'number' && Number.isInteger(of.value)) {
    return Math.max(0, of.value);
  }
  return context.fail('the number of elements must be written as an integer', column);
}
