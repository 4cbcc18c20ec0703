import { choice, guard, literal, NOTHING, operation, variable } from './build.ts';
import type { Expression } from './expression.ts';
import type { PrimitiveType, ValueKind } from './type.ts';
import { BOOLEAN, isNumeric, isTemporal, NUMBER, STRING } from './type.ts';

/** A primitive expression, as its type says. */
export type PrimitiveExpression = Expression & { readonly type: PrimitiveType };

export function isPrimitive(expression: Expression): expression is PrimitiveExpression {
  return expression.type.kind === 'primitive';
}

/** FHIRPath singleton evaluation: one value, an error at run time when there are more. */
export function single(of: Expression, label: string): Expression {
  if (!of.isMany) return of;
  if (of.kind === 'choice') return choice(of.alternatives.map((each) => single(each, label)));
  return { kind: 'single', of, label, type: of.type, isMany: false };
}

/**
 * value[x] as one primitive: the alternatives that `accepts` likes, else text of all that are primitive.
 * Alternatives that are complex are left out and so evaluate to empty.
 */
export function resolveChoice(
  of: Expression,
  accepts: (kind: ValueKind) => boolean = () => true,
): Expression {
  if (of.kind !== 'choice') return of;
  const usable = of.alternatives.filter(isPrimitive).filter((each) => accepts(each.type.value));
  const [first, ...rest] = usable;
  if (first === undefined) return NOTHING;
  if (rest.length === 0) return first;
  return of.isMany ? combineInOrder(usable) : combineAll(usable);
}

function combineAll(parts: readonly PrimitiveExpression[]): Expression {
  const [first, ...rest] = parts;
  if (first === undefined) return NOTHING;
  const isUniform = rest.every((each) => each.type.value === first.type.value);
  const isNamed = rest.every((each) => each.type.name === first.type.name);
  const type = isUniform ? { ...first.type, name: isNamed ? first.type.name : '' } : { ...STRING, name: '' };
  return { kind: 'combine', parts: isUniform ? parts : parts.map(toText), type, isMany: first.isMany };
}

/** Alternatives of the same elements are taken element by element, so that the order of the elements stays. */
function combineInOrder(parts: readonly PrimitiveExpression[]): Expression {
  const [first] = parts;
  if (first?.kind !== 'field' || first.isList) return combineAll(parts);
  const each = variable('each', first.of.type);
  const fields = parts.flatMap((part): readonly PrimitiveExpression[] =>
    part.kind === 'field' && !part.isList && part.of === first.of
      ? [{ ...part, of: each, isMany: false }]
      : [],
  );
  if (fields.length < parts.length) return combineAll(parts);
  const body = combineAll(fields);
  return { kind: 'map', of: first.of, variable: each.name, body, type: body.type, isMany: true };
}

export function toText(of: Expression): Expression {
  if (of.kind === 'nothing') return of;
  if (isPrimitive(of) && of.type.sqlType === 'VARCHAR') return of;
  return { kind: 'function', name: 'toText', args: [of], type: STRING, isMany: of.isMany };
}

export function toNumber(of: Expression): Expression {
  if (!isPrimitive(of) || of.type.value === 'double') return of;
  if (of.kind === 'literal') return literal(Number(of.value), NUMBER);
  return { kind: 'function', name: 'toNumber', args: [of], type: NUMBER, isMany: of.isMany };
}

/** A single non-boolean value counts as true (FHIRPath 4.5). */
export function toCondition(of: Expression, label: string): Expression {
  const value = single(of, label);
  if (value.type.kind === 'primitive' && value.type.value === 'boolean') return value;
  if (value.type.kind === 'nothing') return NOTHING;
  if (value.kind === 'choice') {
    const parts = value.alternatives.map((each) => toCondition(each, label));
    return { kind: 'combine', parts, type: BOOLEAN, isMany: false };
  }
  return guard(literal(true, BOOLEAN), { kind: 'exists', of: value, type: BOOLEAN, isMany: false });
}

/** Two operands as values of one kind, or null when the two can never be equal. */
export function unify(
  left: Expression,
  right: Expression,
): { readonly left: PrimitiveExpression; readonly right: PrimitiveExpression } | null {
  const a = resolveChoice(left, (kind) => isPrimitive(right) && isComparable(kind, right.type.value));
  const b = resolveChoice(right, (kind) => isPrimitive(a) && isComparable(kind, a.type.value));
  if (!isPrimitive(a) || !isPrimitive(b)) return null;
  const [first, second] = [asTemporal(a, b), asTemporal(b, a)];
  if (isNumeric(first.type.value) && isNumeric(second.type.value)) {
    if (first.type.value === 'integer' && second.type.value === 'integer')
      return { left: first, right: second };
    const [x, y] = [toNumber(first), toNumber(second)];
    return isPrimitive(x) && isPrimitive(y) ? { left: x, right: y } : null;
  }
  return isComparable(first.type.value, second.type.value) ? { left: first, right: second } : null;
}

function isComparable(left: ValueKind, right: ValueKind): boolean {
  if (isNumeric(left)) return isNumeric(right);
  if (left === 'time' || right === 'time') return left === right;
  if (isTemporal(left)) return isTemporal(right);
  return left === right;
}

/** A DICOM DA beside a date is written as one. A text literal stays a text: FHIRPath dates begin with @. */
function asTemporal(of: PrimitiveExpression, other: PrimitiveExpression): PrimitiveExpression {
  if (!isTemporal(other.type.value)) return of;
  if (of.type.name === 'DA') {
    const type: PrimitiveType = { ...STRING, name: 'date', value: 'date' };
    return { kind: 'function', name: 'dicomDate', args: [of], type, isMany: of.isMany };
  }
  return of;
}

/** True, false or empty: `then` where the condition is true, `otherwise` where it is false or empty. */
export function when(condition: Expression, then: Expression, otherwise: Expression): Expression {
  const type = then.type.kind === 'nothing' ? otherwise.type : then.type;
  return operation('if', [condition, then, otherwise], type);
}
