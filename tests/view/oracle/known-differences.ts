import {
  AndAtom,
  ArithemticOperatorAtom,
  type Atom,
  type AtomContext,
  ConcatAtom,
  EqualsAtom,
  FunctionAtom,
  getTypedPropertyValue,
  ImpliesAtom,
  InAtom,
  IsAtom,
  NotEqualsAtom,
  OrAtom,
  type TypedValue,
  XorAtom,
} from '@medplum/core';
import { isA } from './r4-model.ts';

/**
 * Where @medplum/core 4.5.2 departs from the specification or has no answer. Each is put right here, function by
 * function, so that everything around it is still compared; the clause is what proves the other reading.
 */
export interface KnownDifference {
  readonly of: string;
  readonly does: string;
  readonly clause: string;
}

type Implementation = (context: AtomContext, input: TypedValue[], args: readonly Atom[]) => TypedValue[];

const functions: Readonly<Record<string, KnownDifference & { readonly apply: Implementation }>> = {
  extension: {
    of: 'extension(url)',
    does: 'gives at most one extension, of the first element only',
    clause:
      'https://hl7.org/fhir/R4/fhirpath.html#functions: "a syntactical shortcut" for .extension.where(url = …)',
    apply: (context, input, [url]) => {
      const wanted = url?.eval(context, input)[0]?.value;
      return input
        .flatMap((each) => getTypedPropertyValue(each, 'extension') ?? [])
        .filter((each) => each.value?.url === wanted);
    },
  },
  join: {
    of: 'join(separator)',
    does: "gives '' for an empty collection",
    clause:
      'https://hl7.org/fhirpath/#joinseparator-string--string: "If the input is empty, the result is empty"',
    apply: (context, input, [separator]) => {
      if (input.length === 0) return [];
      const between = separator?.eval(context, input)[0]?.value ?? '';
      return [{ type: 'string', value: input.map((each) => String(each.value)).join(between) }];
    },
  },
  ofType: {
    of: 'ofType(type)',
    does: 'compares type names and so leaves subtypes out (code is a string, Age a Quantity)',
    clause:
      'https://hl7.org/fhirpath/N1/#oftypetype--type-specifier--collection: "of the given type or a subclass thereof"',
    apply: (_, input, [type]) => input.filter((each) => isOf(each, String(type))),
  },
  getResourceKey: {
    of: 'getResourceKey()',
    does: 'gives the bare id',
    clause: 'The key is opaque by the specification; ours is Type/id, which getReferenceKey() must equal',
    apply: (_, input) =>
      input.flatMap(({ value }) =>
        value?.id === undefined ? [] : [{ type: 'string', value: `${value.resourceType}/${value.id}` }],
      ),
  },
  getReferenceKey: {
    of: 'getReferenceKey(type)',
    does: 'gives the bare id of relative references only and fails on an empty input',
    clause: 'The same key as getResourceKey() of the target; NULL where the target is of another type',
    apply: (context, input, [type]) =>
      input.flatMap(({ value }) => {
        const key = referenceKey(value?.reference, type?.toString() ?? null, rootOf(context));
        return key === null ? [] : [{ type: 'string', value: key }];
      }),
  },
};

const operators: readonly KnownDifference[] = [
  {
    of: '< <= > >= on dates',
    does: 'compares texts, so that 2020 comes before 2020-02-28',
    clause:
      'https://hl7.org/fhirpath/N1/#datetime-equality: with different precision, and equal so far, the result is empty',
  },
  {
    of: 'is',
    does: 'compares type names and so leaves subtypes out',
    clause:
      'https://hl7.org/fhirpath/N1/#is-type-specifier: "the type of the left operand is … or a subclass thereof"',
  },
  {
    of: '&',
    does: 'gives its operands one after the other where one is no plain text, and nothing for two empty ones',
    clause:
      'https://hl7.org/fhirpath/N1/#string-concatenation: "treats an empty collection operand as an empty string"',
  },
  {
    of: 'a primitive with an extension',
    does: 'becomes a boxed object, which text functions refuse and which is true as a condition',
    clause:
      'https://hl7.org/fhir/R4/fhirpath.html#using: the value of a primitive is used as if it were the element',
  },
];

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [...Object.values(functions), ...operators];

/** Puts the differences right in this process. */
export function settleKnownDifferences(): void {
  const evaluateFunction = FunctionAtom.prototype.eval;
  FunctionAtom.prototype.eval = function (context, input) {
    const args = this.args.map(unboxing);
    const settled = Object.hasOwn(functions, this.name) ? functions[this.name] : undefined;
    if (settled !== undefined) return settled.apply(context, input, args);
    return evaluateFunction.call(
      { name: this.name, args } as unknown as FunctionAtom,
      context,
      input.map(unboxed),
    );
  };
  for (const operator of [AndAtom, OrAtom, XorAtom, ImpliesAtom, InAtom, EqualsAtom, NotEqualsAtom]) {
    const evaluate = operator.prototype.eval;
    operator.prototype.eval = function (context, input) {
      return evaluate.call(withSides(this), context, input);
    };
  }
  const evaluateArithmetic = ArithemticOperatorAtom.prototype.eval;
  ArithemticOperatorAtom.prototype.eval = function (context, input) {
    const { left, right } = withSides(this);
    const [a, b] = [left, right].map((side) => side.eval(context, input));
    const [x, y] = [a?.[0], b?.[0]];
    const isShort = /^[<>]/.test(this.operator) && x !== undefined && y !== undefined && isDate(x);
    if (isShort && isPrecisionShort(x.value, y.value)) return [];
    return evaluateArithmetic.call(withSides(this), context, input);
  };
  ConcatAtom.prototype.eval = function (context, input) {
    const sides = [this.left, this.right].map((side) => unboxing(side).eval(context, input));
    if (sides.some((side) => side.length > 1)) throw new Error('& takes single values');
    return [{ type: 'string', value: sides.map((side) => side[0]?.value ?? '').join('') }];
  };
  IsAtom.prototype.eval = function (context, input) {
    const values = this.left.eval(context, input);
    const [only] = values;
    if (only === undefined || values.length > 1) return [];
    return [{ type: 'boolean', value: isOf(only, this.right.toString()) }];
  };
}

/** The operator over sides that give plain values. */
function withSides<T extends { readonly left: Atom; readonly right: Atom }>(of: T): T {
  return Object.create(of, {
    left: { value: unboxing(of.left) },
    right: { value: unboxing(of.right) },
  }) as T;
}

function unboxing(atom: Atom): Atom {
  return {
    eval: (context, input) => atom.eval(context, input).map(unboxed),
    toString: () => atom.toString(),
  };
}

/** The value itself where the library made an object of it to hang an extension on. */
export function unboxed(item: TypedValue): TypedValue {
  const { value } = item;
  const isBoxed = value instanceof String || value instanceof Number || value instanceof Boolean;
  return isBoxed ? { ...item, value: value.valueOf() } : item;
}

function isOf({ type, value }: TypedValue, wanted: string): boolean {
  return isA(type, wanted) || (typeof value === 'object' && value?.resourceType === wanted);
}

const isDate = ({ type }: TypedValue): boolean => type === 'date' || type === 'dateTime';

function isPrecisionShort(a: unknown, b: unknown): boolean {
  if (typeof a !== 'string' || typeof b !== 'string' || a.length === b.length) return false;
  return a.startsWith(b) || b.startsWith(a);
}

function rootOf(context: AtomContext): { readonly resourceType: string; readonly id?: string } {
  for (let each: AtomContext | undefined = context; each !== undefined; each = each.parent) {
    const resource = each.variables['%resource'];
    if (resource !== undefined) return resource.value;
  }
  throw new Error('%resource is not set');
}

function referenceKey(
  reference: unknown,
  wanted: string | null,
  record: { readonly resourceType: string; readonly id?: string },
): string | null {
  if (typeof reference !== 'string') return null;
  if (reference.startsWith('#'))
    return record.id === undefined ? null : `${record.resourceType}/${record.id}${reference}`;
  if (reference.startsWith('urn:')) return reference;
  if (reference.includes('?')) {
    const type = reference.split('?')[0]?.split('/').at(-1);
    return wanted === null || type === wanted ? reference : null;
  }
  const unversioned = reference.replace(/\/_history\/.*$/, '');
  return wanted === null || unversioned.split('/').at(-2) === wanted ? unversioned : null;
}
