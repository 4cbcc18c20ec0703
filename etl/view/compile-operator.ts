import { exists, guard, list, literal, NOTHING, not, operation, step } from './build.ts';
import type { Expression, Operator } from './expression.ts';
import type { CompileContext } from './scope.ts';
import { isNumeric, isTemporal, NUMBER, primitive, STRING } from './type.ts';
import { isPrimitive, resolveChoice, single, toCondition, toNumber, toText, unify } from './value.ts';

const COMPARISONS: Readonly<Record<string, Operator>> = {
  '<': 'less',
  '<=': 'less-or-equal',
  '>': 'greater',
  '>=': 'greater-or-equal',
};

const ARITHMETIC: Readonly<Record<string, Operator>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  div: 'div',
  mod: 'mod',
};

const LONG = primitive('integer', 'integer', 'BIGINT');

/** FHIRPath operators (https://hl7.org/fhirpath/N1/#operations) over compiled operands. */
export function compileBinary(
  operator: string,
  left: Expression,
  right: Expression,
  context: CompileContext,
  column: number,
): Expression {
  const { label } = context;
  switch (operator) {
    case 'and':
    case 'or':
    case 'xor':
    case 'implies':
      return operation(operator, [toCondition(left, label), toCondition(right, label)]);
    case '=':
    case '!=': {
      const equal = compileEqual(left, right, context, column);
      return operator === '=' ? equal : not(equal);
    }
    case '~':
    case '!~': {
      const equivalent = compileEquivalent(left, right, context, column);
      return operator === '~' ? equivalent : not(equivalent);
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compileComparison(COMPARISONS[operator] ?? 'less', left, right, context, column);
    case '+':
    case '-':
    case '*':
    case '/':
    case 'div':
    case 'mod':
      return compileArithmetic(operator, left, right, context, column);
    case '&':
      return operation(
        'concat-empty',
        [left, right].map((each) => textOf(each, context, column)),
        STRING,
      );
    case 'in':
      return compileMember(left, right, context, column);
    case 'contains':
      return compileMember(right, left, context, column);
    case '|': {
      const of = combine(left, right, context, column);
      return of.kind === 'nothing' ? of : { kind: 'distinct', of, type: of.type, isMany: true };
    }
    default:
      return context.fail(`operator ${operator} is not supported`, column);
  }
}

/** The two collections after each other; they must be of one kind. */
export function combine(
  left: Expression,
  right: Expression,
  context: CompileContext,
  column: number,
): Expression {
  const [a, b] = [resolveChoice(left), resolveChoice(right)];
  if (a.type.kind === 'nothing') return list(b);
  if (b.type.kind === 'nothing') return list(a);
  if (!isPrimitive(a) || !isPrimitive(b) || a.type.value !== b.type.value) {
    return context.fail('only values of one primitive type can be joined into one collection', column);
  }
  return { kind: 'combine', parts: [list(a), list(b)], type: a.type, isMany: true };
}

function compileEqual(
  left: Expression,
  right: Expression,
  context: CompileContext,
  column: number,
): Expression {
  if (left.type.kind === 'nothing' || right.type.kind === 'nothing') return NOTHING;
  const quantities = quantityOperands(left, right, context);
  if (quantities !== null) return compareQuantities('equal', quantities);
  const pair = unify(left, right);
  if (pair === null) {
    if (left.type.kind === 'complex' || right.type.kind === 'complex') {
      return context.fail('equality of complex values is not supported: compare their elements', column);
    }
    // Values of different types are never equal; an empty side still makes the result empty.
    return guard(literal(false), operation('and', [exists(left), exists(right)]));
  }
  if (!pair.left.isMany && !pair.right.isMany) return operation('equal', [pair.left, pair.right]);
  if (isTemporal(pair.left.type.value)) {
    return operation('equal', [single(pair.left, context.label), single(pair.right, context.label)]);
  }
  return operation('equal-lists', [list(pair.left), list(pair.right)]);
}

/** Equivalence: like equality, but text ignores case and white space, and empty ~ empty is true. */
function compileEquivalent(
  left: Expression,
  right: Expression,
  context: CompileContext,
  column: number,
): Expression {
  const [a, b] = [left, right].map((each) => single(each, context.label));
  if (a === undefined || b === undefined || a.type.kind === 'nothing' || b.type.kind === 'nothing') {
    return operation('and', [not(exists(left)), not(exists(right))]);
  }
  const pair = unify(a, b);
  if (pair === null) return context.fail('equivalence of these types is not supported', column);
  return operation('equivalent', [pair.left, pair.right]);
}

function compileComparison(
  operator: Operator,
  left: Expression,
  right: Expression,
  context: CompileContext,
  column: number,
): Expression {
  if (left.type.kind === 'nothing' || right.type.kind === 'nothing') return NOTHING;
  const quantities = quantityOperands(left, right, context);
  if (quantities !== null) return compareQuantities(operator, quantities);
  const pair = unify(single(left, context.label), single(right, context.label));
  if (pair === null || pair.left.type.value === 'boolean') {
    return context.fail(
      'the two sides cannot be ordered: their types differ (a date is written @2020-01-31)',
      column,
    );
  }
  return operation(operator, [pair.left, pair.right]);
}

function compileArithmetic(
  symbol: string,
  left: Expression,
  right: Expression,
  context: CompileContext,
  column: number,
): Expression {
  const [a, b] = [left, right].map((each) => resolveChoice(single(each, context.label)));
  if (a === undefined || b === undefined || a.type.kind === 'nothing' || b.type.kind === 'nothing')
    return NOTHING;
  const operator = ARITHMETIC[symbol] ?? 'add';
  if (!isPrimitive(a) || !isPrimitive(b)) {
    return context.fail(`${symbol} needs numbers or texts on both sides`, column);
  }
  if (a.type.value === 'string' && b.type.value === 'string' && symbol === '+') {
    return operation('concat', [a, b], STRING);
  }
  if (!isNumeric(a.type.value) || !isNumeric(b.type.value)) {
    return context.fail(`${symbol} is not supported for these types`, column);
  }
  const isInteger = a.type.value === 'integer' && b.type.value === 'integer' && symbol !== '/';
  if (isInteger) return operation(operator, [a, b], LONG);
  return operation(operator, [toNumber(a), toNumber(b)], symbol === 'div' ? LONG : NUMBER);
}

export function compilePolarity(
  sign: '+' | '-',
  operand: Expression,
  context: CompileContext,
  column: number,
): Expression {
  const value = resolveChoice(single(operand, context.label));
  if (value.type.kind === 'nothing' || sign === '+') return value;
  if (!isPrimitive(value) || !isNumeric(value.type.value)) return context.fail('- needs a number', column);
  if (value.kind === 'literal') {
    const negative = typeof value.value === 'number' ? -value.value : `-${value.value}`;
    return literal(negative, value.type);
  }
  return operation(
    'negate',
    [toNumberUnlessInteger(value)],
    value.type.value === 'integer' ? value.type : NUMBER,
  );
}

function toNumberUnlessInteger(of: Expression): Expression {
  return isPrimitive(of) && of.type.value === 'integer' ? of : toNumber(of);
}

function compileMember(
  element: Expression,
  collection: Expression,
  context: CompileContext,
  column: number,
): Expression {
  const one = single(element, context.label);
  if (one.type.kind === 'nothing') return NOTHING;
  if (collection.type.kind === 'nothing') return guard(literal(false), exists(one));
  const pair = unify(one, collection);
  if (pair === null || isTemporal(pair.left.type.value)) {
    return context.fail('membership of these types is not supported', column);
  }
  return operation('in', [pair.left, list(pair.right)]);
}

function textOf(of: Expression, context: CompileContext, column: number): Expression {
  const value = resolveChoice(single(of, context.label));
  if (value.kind === 'nothing') return literal('');
  return isPrimitive(value) ? toText(value) : context.fail('& needs primitive values', column);
}

interface QuantityOperand {
  readonly value: Expression;
  readonly units: readonly Expression[];
}

/** Both sides as quantities, when at least one of them is known to be one and the other may be. */
function quantityOperands(
  left: Expression,
  right: Expression,
  context: CompileContext,
): readonly [QuantityOperand, QuantityOperand] | null {
  const [a, b] = [quantityOperand(left, context), quantityOperand(right, context)];
  return a === null || b === null ? null : [a, b];
}

function quantityOperand(of: Expression, context: CompileContext): QuantityOperand | null {
  if (of.kind === 'quantity') {
    return { value: literal(Number(of.value), NUMBER), units: [literal(of.unit)] };
  }
  const candidates = of.kind === 'choice' ? of.alternatives : [of];
  const quantity = candidates.find(
    (each) =>
      each.type.kind === 'complex' && each.type.names.every((name) => context.schema.isA(name, 'Quantity')),
  );
  if (quantity === undefined) return null;
  const one = single(quantity, context.label);
  return {
    value: toNumber(step(one, 'value', context.schema)),
    units: [step(one, 'code', context.schema), step(one, 'unit', context.schema)],
  };
}

/** No unit conversion: where no spelling of the units agrees the result is empty. */
function compareQuantities(
  operator: Operator,
  [left, right]: readonly [QuantityOperand, QuantityOperand],
): Expression {
  const agreements = left.units.flatMap((a) => right.units.map((b) => operation('equal', [a, b])));
  const agree = agreements.reduce((all, each) => operation('or', [all, each]));
  return guard(operation(operator, [left.value, right.value]), agree);
}
