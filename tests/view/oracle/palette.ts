import type { Alternative, R4Element } from './r4-model.ts';
import { elementsOf, isPrimitiveType } from './r4-model.ts';

/**
 * Which elements of each type are in use under a seed. Resources and views draw from the same palette, so that
 * paths meet data; the type's other elements come with other seeds.
 */
export interface Palette {
  elements(type: string): readonly R4Element[];
  /** Of a choice, the few alternatives in use. */
  alternatives(element: R4Element, type: string): readonly Alternative[];
}

/** Their names are operators or types of FHIRPath and would have to be delimited. */
export const RESERVED: ReadonlySet<string> = new Set([
  'contains',
  'in',
  'is',
  'as',
  'and',
  'or',
  'xor',
  'div',
  'mod',
  'implies',
  'day',
  'month',
  'year',
]);

const FIXED: Readonly<Record<string, readonly string[]>> = {
  Extension: ['url', 'value', 'extension'],
  Reference: ['reference', 'display'],
  Quantity: ['value', 'unit', 'code', 'comparator'],
};

const EXTENSION_VALUES = ['valueString', 'valueCode', 'valueInteger', 'valueDecimal', 'valueBoolean'];

/** Free-form or endless content that has its own tests. */
const LEFT_OUT = new Set(['Narrative', 'Meta', 'ElementDefinition', 'xhtml']);

export function paletteOf(seed: number): Palette {
  return {
    elements: (type) => {
      const fixed = FIXED[type];
      if (fixed !== undefined) return elementsOf(type).filter((element) => fixed.includes(element.name));
      const usable = elementsOf(type).filter(
        (element) =>
          !RESERVED.has(element.name) &&
          element.name !== 'modifierExtension' &&
          element.name !== 'implicitRules' &&
          !element.alternatives.some((each) => LEFT_OUT.has(each.type)),
      );
      const size = type.includes('.') || /^[A-Z]/.test(type) ? 6 : 3;
      const ranked = [...usable].sort((a, b) => rank(a, type, seed) - rank(b, type, seed));
      return ranked.slice(0, size);
    },
    alternatives: (element, type) =>
      [...element.alternatives]
        .filter((each) => type !== 'Extension' || !element.isChoice || EXTENSION_VALUES.includes(each.json))
        .filter((each) => !LEFT_OUT.has(each.type))
        .sort((a, b) => weight(a, type, seed) - weight(b, type, seed))
        .slice(0, type === 'Extension' ? 5 : 3),
  };
}

/** Lower comes first: choices, lists of complex elements and references are worth more than another text. */
function rank(element: R4Element, type: string, seed: number): number {
  const [first] = element.alternatives;
  const bonus =
    (element.isChoice ? 0.25 : 0) +
    (first !== undefined && !isPrimitiveType(first.type) && element.isMany ? 0.2 : 0) +
    (first?.type === 'Reference' ? 0.15 : 0) +
    (first?.type === 'Extension' || element.name === 'contained' ? -0.15 : 0);
  return hash(`${seed}:${type}.${element.name}`) - bonus;
}

function weight(alternative: Alternative, type: string, seed: number): number {
  return hash(`${seed}:${type}:${alternative.json}`) - (isPrimitiveType(alternative.type) ? 0.2 : 0);
}

/** FNV-1a, as a number between 0 and 1. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (const character of text) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
  return ((state ^ (state >>> 13)) >>> 0) / 0x100000000;
}
