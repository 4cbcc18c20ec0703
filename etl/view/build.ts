import type { Expression } from './expression.ts';
import type { Schema } from './schema-lookup.ts';
import { elementsOf } from './schema-lookup.ts';
import type { Type } from './type.ts';
import { BOOLEAN, INTEGER, STRING } from './type.ts';

export const NOTHING: Expression = { kind: 'nothing', type: { kind: 'nothing' }, isMany: false };

export function variable(name: string, type: Type): Expression & { readonly kind: 'variable' } {
  return { kind: 'variable', name, type, isMany: false };
}

/** Hands out names for bound variables and islands: `v1`, `v2`, …, unique in one plan. */
export interface Names {
  next(prefix: string): string;
}

export function createNames(): Names {
  let count = 0;
  return { next: (prefix) => `${prefix}${++count}` };
}

/**
 * One path step. Guards move outwards and `first()` of a step becomes a step of `first()`, so that what is left
 * is plain struct access. Unknown elements give `NOTHING`.
 */
export function step(of: Expression, name: string, schema: Schema): Expression {
  if (of.kind === 'guard') return guard(step(of.of, name, schema), of.criteria);
  if (of.kind === 'choice') return choice(of.alternatives.map((each) => step(each, name, schema)));
  switch (of.type.kind) {
    case 'complex': {
      const found = of.type.names.flatMap((type) => {
        const lookup = schema.lookUp(type, name);
        return lookup === null ? [] : [...elementsOf(lookup)];
      });
      const elements = found.filter(
        (each, index) => found.findIndex((other) => other.name === each.name) === index,
      );
      return choice(elements.map((each) => field(of, each.name, each.type, each.isCollection)));
    }
    case 'primitive':
      return primitiveStep(of, name, schema);
    case 'choice':
    case 'nothing':
      return NOTHING;
    default:
      return of.type satisfies never;
  }
}

function primitiveStep(of: Expression, name: string, schema: Schema): Expression {
  if (name !== 'extension' && name !== 'id') return NOTHING;
  const sibling = siblingOf(of, schema);
  return sibling === null ? NOTHING : step(sibling, name, schema);
}

/** Where JSON keeps the id and the extensions of a FHIR primitive: `_birthDate` beside `birthDate`. */
export function siblingOf(of: Expression, schema: Schema): Expression | null {
  if (schema.name !== 'fhir-r4') return null;
  const element: Type = { kind: 'complex', names: ['Element'] };
  if (of.kind === 'field') return field(of.of, `_${of.field}`, element, of.isList);
  if (of.kind === 'item') {
    const list = siblingOf(of.of, schema);
    return list === null ? null : { ...of, of: list, type: element };
  }
  return null;
}

function field(of: Expression, name: string, type: Type, isList: boolean): Expression {
  return { kind: 'field', of, field: name, isList, type, isMany: of.isMany || isList };
}

export function choice(alternatives: readonly Expression[]): Expression {
  const present = alternatives.flatMap((each) =>
    each.kind === 'nothing' ? [] : each.kind === 'choice' ? [...each.alternatives] : [each],
  );
  const [first, ...rest] = present;
  if (first === undefined) return NOTHING;
  if (rest.length === 0) return first;
  const isMany = present.some((each) => each.isMany);
  return {
    kind: 'choice',
    alternatives: isMany ? present.map(list) : present,
    type: { kind: 'choice' },
    isMany,
  };
}

export function guard(of: Expression, criteria: Expression): Expression {
  if (of.kind === 'nothing') return NOTHING;
  if (of.kind === 'choice') return choice(of.alternatives.map((each) => guard(each, criteria)));
  return { kind: 'guard', of, criteria, type: of.type, isMany: of.isMany };
}

export function filter(of: Expression, name: string, body: Expression): Expression {
  return { kind: 'filter', of, variable: name, body, type: of.type, isMany: true };
}

export function list(of: Expression): Expression {
  return of.isMany || of.kind === 'nothing' ? of : { kind: 'list', of, type: of.type, isMany: true };
}

export function item(of: Expression, at: Expression | 'last', names: Names): Expression {
  if (of.kind === 'nothing') return NOTHING;
  if (of.kind === 'choice' && !of.isMany) return choice(of.alternatives.map((each) => item(each, at, names)));
  if (!of.isMany) {
    const isFirst = at === 'last' || (at.kind === 'literal' && at.value === 0);
    return isFirst ? of : item(list(of), at, names);
  }
  if (of.kind === 'choice') return itemOfChoice(of, at, names);
  if (at !== 'last' && at.kind === 'literal' && at.value === 0) {
    // The first of several alternatives needs no list of them.
    if (of.kind === 'list') return of.of;
    if (of.kind === 'distinct') return item(of.of, at, names);
    if (of.kind === 'combine') {
      const parts = of.parts.map((part) => item(part, at, names));
      return { kind: 'combine', parts, type: of.type, isMany: false };
    }
  }
  if (of.kind === 'field' && !of.isList) {
    const name = names.next('v');
    const each = variable(name, of.of.type);
    const present = exists(field(each, of.field, of.type, false));
    return field(item(filterMerged(of.of, name, present), at, names), of.field, of.type, false);
  }
  return { kind: 'item', of, at, type: of.type, isMany: false };
}

/** The alternatives of a list of value[x] live in the same elements: take the element first. */
function itemOfChoice(
  of: Expression & { kind: 'choice' },
  at: Expression | 'last',
  names: Names,
): Expression {
  const fields = of.alternatives.map((each) => (each.kind === 'field' && !each.isList ? each : null));
  const parent = fields[0]?.of;
  if (parent === undefined || fields.some((each) => each === null || each.of !== parent)) {
    return choice(of.alternatives.map((each) => item(each, at, names)));
  }
  const name = names.next('v');
  const at0 = variable(name, parent.type);
  const onEach = fields.flatMap((each) => (each === null ? [] : [field(at0, each.field, each.type, false)]));
  const element = item(filterMerged(parent, name, exists(choice(onEach))), at, names);
  return choice(
    fields.flatMap((each) => (each === null ? [] : [field(element, each.field, each.type, false)])),
  );
}

/** Two filters on one list are one filter. */
function filterMerged(of: Expression, name: string, body: Expression): Expression {
  if (of.kind !== 'filter') return filter(of, name, body);
  const renamed = rename(body, name, of.variable);
  return filter(of.of, of.variable, operation('and', [of.body, renamed]));
}

/** Only for the small presence tests made above: variable, field, choice, exists. */
function rename(expression: Expression, from: string, to: string): Expression {
  switch (expression.kind) {
    case 'variable':
      return expression.name === from ? { ...expression, name: to } : expression;
    case 'field':
    case 'exists':
      return { ...expression, of: rename(expression.of, from, to) };
    case 'choice':
      return { ...expression, alternatives: expression.alternatives.map((each) => rename(each, from, to)) };
    default:
      return expression;
  }
}

export function exists(of: Expression): Expression {
  if (of.kind === 'nothing') return literal(false);
  if (of.kind === 'guard') return operation('and', [exists(of.of), holds(of.criteria)]);
  return { kind: 'exists', of, type: BOOLEAN, isMany: false };
}

/** Three-valued to two-valued: empty is false. */
function holds(criteria: Expression): Expression {
  return operation('if', [criteria, literal(true), literal(false)]);
}

export function not(of: Expression): Expression {
  return operation('not', [of]);
}

export function operation(
  operator: Extract<Expression, { kind: 'operation' }>['operator'],
  operands: readonly Expression[],
  type: Type = BOOLEAN,
): Expression {
  return { kind: 'operation', operator, operands, type, isMany: false };
}

export function literal(value: string | number | boolean, type?: Type): Expression {
  const natural = typeof value === 'boolean' ? BOOLEAN : typeof value === 'number' ? INTEGER : STRING;
  return { kind: 'literal', value, type: type ?? natural, isMany: false };
}
