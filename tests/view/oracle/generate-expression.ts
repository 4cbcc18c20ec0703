import type { Choices } from './choices.ts';
import { createPaths, type Draft, focusOf, isComplex, SCOPE_DEPTH, self } from './generate-path.ts';
import { type Palette, RESERVED } from './palette.ts';
import { type Kind, kindOf, literalOf, valuesOf } from './pools.ts';
import { elementsOf, isPrimitiveType } from './r4-model.ts';

export interface Column {
  readonly path: string;
  /** `json` for a complex value. */
  readonly kind: Kind | 'json';
  readonly isCollection: boolean;
}

export const CONSTANTS: readonly Readonly<Record<string, unknown>>[] = [
  { name: 'some_text', valueString: 'a' },
  { name: 'some_code', valueCode: 'final' },
  { name: 'some_number', valueInteger: 2 },
  { name: 'some_decimal', valueDecimal: 1.5 },
  { name: 'some_flag', valueBoolean: true },
];

const isReference = (draft: Draft): boolean => draft.type === 'Reference';

/** Well-typed FHIRPath of the supported language, from a list of choices. `isRecord`: the focus is the record itself. */
export function createExpressions(choices: Choices, palette: Palette, resource: string, isRecord = false) {
  const { walk, single, primitive } = createPaths(choices, palette, resource, (focus, depth) =>
    condition(focus, depth),
  );

  const condition = (focus: Draft, depth: number): string => {
    const inner = (): string => `(${condition(focus, depth + 1)})`;
    switch (choices.next(depth >= SCOPE_DEPTH + 1 ? 9 : 16)) {
      case 0:
        return `${self(walk(focus, 3, depth))}.exists()`;
      case 1:
        return `${self(walk(focus, 3, depth))}.empty()`;
      case 2:
      case 3:
        return comparison(focus, depth, choices.pick(['=', '!=']), (kind) => !isTemporal(kind));
      case 4:
        return comparison(focus, depth, choices.pick(['<', '<=', '>', '>=']), isOrdered);
      case 5: {
        const text = primitive(focus, depth, (kind) => kind === 'string');
        const argument = choices.pick(["'a'", "'fin'", "'l'", "'://'", "'é'"]);
        const name = choices.pick(['startsWith', 'endsWith', 'contains']);
        return text === null ? existence(focus, depth) : `${text.text}.${name}(${argument})`;
      }
      case 6:
        return `${self(walk(focus, 3, depth))}.count() ${choices.pick(['>', '=', '<=', '!='])} ${choices.next(4)}`;
      case 7: {
        const text = primitive(focus, depth, (kind) => kind === 'string');
        return text === null ? existence(focus, depth) : `${text.text} in ('a' | 'final' | %some_text)`;
      }
      case 8: {
        const flag = primitive(focus, depth, (kind) => kind === 'boolean');
        return flag === null ? existence(focus, depth) : flag.text;
      }
      case 9:
      case 10:
        return `${inner()} ${choices.pick(['and', 'or', 'and', 'or', 'xor', 'implies'])} ${inner()}`;
      case 11:
        return `${inner()}.not()`;
      case 12:
      case 13: {
        const many = walk(focus, 2, depth, (draft) => draft.isMany);
        const name = choices.pick(['exists', 'all', 'exists']);
        if (many.text === '' || !(isComplex(many.type) || isPrimitiveType(many.type)))
          return existence(focus, depth);
        return `${many.text}.${name}(${condition(focusOf(many.type), depth + 1)})`;
      }
      case 14: {
        const reference = walk(focus, 3, depth, isReference);
        return isReference(reference)
          ? `${self(single(reference))}.getReferenceKey(Patient) = ${choices.pick(["'Patient/p1'", '%resource.getResourceKey()'])}`
          : existence(focus, depth);
      }
      default: {
        const { text, type } = single(walk(focus, 3, depth));
        return text === '' || type === '?' || type === 'nothing' || type.includes('.') || type === 'Resource'
          ? existence(focus, depth)
          : `${text} is ${choices.pick([type, 'string', 'Quantity'])}`;
      }
    }
  };

  const existence = (focus: Draft, depth: number): string => `${self(walk(focus, 2, depth))}.exists()`;

  const comparison = (
    focus: Draft,
    depth: number,
    operator: string,
    accepts: (kind: Kind) => boolean,
  ): string => {
    const value = primitive(focus, depth, accepts);
    if (value === null) return existence(focus, depth);
    const kind = kindOf(value.type);
    const literal =
      kind === 'date'
        ? choices.pick(['@2020-02-28', '@1999-12-31', '@2021-01-01'])
        : literalOf(choices.pick(valuesOf(value.type)));
    if (kind === 'string' && choices.once(6)) return `${value.text} ${operator} %some_text`;
    if (kind === 'integer' && choices.once(6)) return `${value.text} ${operator} %some_number`;
    return `${value.text} ${operator} ${literal}`;
  };

  /** A value of this kind whatever the walk meets: for the branches of a unionAll. */
  const scalarOf = (kind: Kind, focus: Draft, depth: number): string => {
    const found = primitive(focus, depth, (each) => each === kind);
    if (found !== null && kind !== 'boolean') return found.text;
    const path = self(walk(focus, 2, depth));
    switch (kind) {
      case 'boolean':
        return condition(focus, depth);
      case 'integer':
        return choices.pick([`${path}.count()`, '%rowIndex', '%some_number']);
      case 'string':
        return `iif(${path}.exists(), ${choices.pick(["'there'", '%some_text', '%some_code'])}, 'not')`;
      default:
        return '{}';
    }
  };

  const number = (focus: Draft, depth: number): Column => {
    const value = primitive(focus, depth, (kind) => kind === 'integer' || kind === 'decimal');
    const text = value?.text ?? `${self(walk(focus, 2, depth))}.count()`;
    const isInteger = value === null || kindOf(value.type) === 'integer';
    const operator = choices.pick(['+ 1', '* 2', '- 3', '+ 0.5', '/ 4', 'div 2', 'mod 3']);
    const isDecimal = !isInteger || operator === '+ 0.5' || operator === '/ 4';
    const isWhole = operator === 'div 2';
    return {
      path: `${text} ${operator}`,
      kind: isDecimal && !isWhole ? 'decimal' : 'integer',
      isCollection: false,
    };
  };

  const texts = (focus: Draft, depth: number): string => {
    const value = primitive(focus, depth, (kind) => kind === 'string');
    if (value === null) return `iif(${condition(focus, depth)}, 'yes', 'no')`;
    return `${value.text}${choices.pick(['.upper()', '.lower()', ".replace('a', 'xy')", " + '!'", ".indexOf('a').toString()", '.substring(1, 2)', '.length().toString()', " & 'x'", ".matches('^[a-f]+$').toString()"])}`;
  };

  const column = (focus: Draft): Column => {
    switch (choices.next(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: {
        const end = walk(focus, 4, 0);
        if (end.text === '' || end.type === '?' || end.type === 'nothing' || end.type === 'Resource')
          return { path: `${self(end)}.exists()`, kind: 'boolean', isCollection: false };
        const kind = isPrimitiveType(end.type) ? kindOf(end.type) : 'json';
        if (end.isMany && choices.next(2) === 1) {
          const more =
            kind === 'json' || kind === 'decimal'
              ? ''
              : choices.pick(['', '', '', '.distinct()', '.select($this)']);
          return { path: `${end.text}${more}`, kind, isCollection: true };
        }
        // Several values in a column that takes one: a fault at run time, on both sides.
        return { path: choices.once(12) ? end.text : single(end).text, kind, isCollection: false };
      }
      case 5:
      case 6:
        return { path: condition(focus, 0), kind: 'boolean', isCollection: false };
      case 7:
        return number(focus, 0);
      case 8:
        return { path: texts(focus, 0), kind: 'string', isCollection: false };
      case 9: {
        const many = walk(focus, 4, 0);
        return isPrimitiveType(many.type) && kindOf(many.type) === 'string' && many.text !== ''
          ? {
              path: `${many.text}.join(${choices.pick(["','", "' | '", "''"])})`,
              kind: 'string',
              isCollection: false,
            }
          : { path: `${self(many)}.count()`, kind: 'integer', isCollection: false };
      }
      case 10: {
        const reference = walk(focus, 3, 0, isReference);
        if (!isReference(reference)) return { path: '%resource.id', kind: 'string', isCollection: false };
        const target = choices.pick(['', 'Patient', 'Observation', 'Device']);
        return reference.isMany && choices.next(3) === 1
          ? { path: `${reference.text}.getReferenceKey(${target})`, kind: 'string', isCollection: true }
          : {
              path: `${self(single(reference))}.getReferenceKey(${target})`,
              kind: 'string',
              isCollection: false,
            };
      }
      case 11:
        return { path: choices.pick(['%rowIndex', '%some_number']), kind: 'integer', isCollection: false };
      case 12:
        return {
          path: isRecord ? 'getResourceKey()' : '%resource.getResourceKey()',
          kind: 'string',
          isCollection: false,
        };
      default: {
        const kind = choices.pick(['boolean', 'integer', 'string'] as const);
        return { path: scalarOf(kind, focus, 0), kind, isCollection: false };
      }
    }
  };

  /** What a forEach walks: most often a list of complex elements, now and then the focus or a primitive. */
  const iteration = (focus: Draft): Draft => {
    const wanted = choices.once(8);
    let draft: Draft = focus;
    for (let attempt = 0; attempt < 4; attempt++) {
      draft = walk(focus, 2, 1, (each) => each.isMany && isComplex(each.type));
      if (isComplex(draft.type) !== wanted && draft.text !== '') break;
    }
    return draft.type === '?' || draft.type === 'nothing'
      ? { ...focus, text: '$this' }
      : { ...draft, text: self(draft) };
  };

  /** Elements that lead to their own type again, as `item` and `extension` do. */
  const recursion = (focus: Draft): { readonly paths: readonly string[]; readonly type: string } | null => {
    const candidates = [...palette.elements(focus.type), ...elementsOf(focus.type)].filter((element) => {
      const [only] = element.alternatives;
      if (element.isChoice || only === undefined || RESERVED.has(element.name)) return false;
      if (!isComplex(only.type) || only.type === 'Resource') return false;
      return elementsOf(only.type).some(
        (child) => child.name === element.name && child.alternatives[0]?.type === only.type,
      );
    });
    if (
      resource === 'QuestionnaireResponse' &&
      /^QuestionnaireResponse(\.item)?$/.test(focus.type) &&
      choices.next(2) === 1
    )
      return { paths: ['item', 'answer.item'], type: 'QuestionnaireResponse.item' };
    if (candidates.length === 0) return null;
    const element = choices.pick(candidates);
    return { paths: [element.name], type: element.alternatives[0]?.type ?? 'nothing' };
  };

  return { column, condition, iteration, recursion, scalarOf };
}

const isTemporal = (kind: Kind): boolean => ['date', 'dateTime', 'instant', 'time'].includes(kind);
const isOrdered = (kind: Kind): boolean =>
  kind === 'integer' || kind === 'decimal' || kind === 'string' || kind === 'date';
