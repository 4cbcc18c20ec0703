import type { Choices } from './choices.ts';
import { CONTAINED_TYPES } from './generate-resource.ts';
import { type Palette, RESERVED } from './palette.ts';
import { EXTENSION_URLS, type Kind, kindOf } from './pools.ts';
import { elementsOf, isPrimitiveType } from './r4-model.ts';

/** An expression under construction: its text, the FHIR type of its values and how many there can be. */
export interface Draft {
  /** Empty for the focus itself. */
  readonly text: string;
  /** `?` for value[x] without ofType, `nothing` for an unknown element. */
  readonly type: string;
  readonly isMany: boolean;
}

/** Conditions nest no deeper than this. */
export const SCOPE_DEPTH = 2;

export const focusOf = (type: string): Draft => ({ text: '', type, isMany: false });

export const isComplex = (type: string): boolean =>
  type !== '?' && type !== 'nothing' && !isPrimitiveType(type);

export const self = (draft: Draft): string => (draft.text === '' ? '$this' : draft.text);

/** Paths through the elements of the palette; `condition` writes the criteria of a where. */
export function createPaths(
  choices: Choices,
  palette: Palette,
  resource: string,
  condition: (focus: Draft, depth: number) => string,
) {
  /** A path from the focus, at most `steps` long; with `until`, the walk stops at the first type it likes. */
  const walk = (focus: Draft, steps: number, depth: number, until?: (draft: Draft) => boolean): Draft => {
    let draft = choices.once(24) ? { text: '%resource', type: resource, isMany: false } : focus;
    for (let step = 0; step < steps && isComplex(draft.type); step++) {
      if (step > 0 && until?.(draft) === true) return draft;
      draft = decorate(member(draft), depth);
    }
    return draft;
  };

  const member = (of: Draft): Draft => {
    if (of.type === 'Resource') {
      const type = choices.pick(CONTAINED_TYPES);
      return { text: `${of.text === '' ? '$this' : of.text}.ofType(${type})`, type, isMany: of.isMany };
    }
    const dot = of.text === '' ? '' : `${of.text}.`;
    if (choices.once(40)) return { text: `${dot}nickname`, type: 'nothing', isMany: of.isMany };
    const used = palette.elements(of.type);
    const element = choices.pick(
      choices.once(12) || used.length === 0 ? elementsOf(of.type).slice(0, 12) : used,
    );
    const isMany = of.isMany || element.isMany;
    const text = `${dot}${RESERVED.has(element.name) ? `\`${element.name}\`` : element.name}`;
    if (!element.isChoice) return { text, type: element.alternatives[0]?.type ?? 'nothing', isMany };
    if (choices.once(8)) return { text, type: '?', isMany };
    const { type } = choices.pick(palette.alternatives(element, of.type));
    return { text: `${text}.ofType(${type})`, type, isMany };
  };

  const decorate = (draft: Draft, depth: number): Draft => {
    const { text, type } = draft;
    if (type === '?' || type === 'nothing') return draft;
    if (type === 'Extension' && text.endsWith('extension') && choices.next(2) === 1) {
      const owner = text.replace(/\.?extension$/, '');
      const call = `extension('${choices.pick(EXTENSION_URLS)}')`;
      return { text: owner === '' ? call : `${owner}.${call}`, type, isMany: true };
    }
    if (!draft.isMany) return draft;
    switch (choices.next(12)) {
      case 1:
        return { text: `${text}.first()`, type, isMany: false };
      case 2:
        return { text: `${text}[${choices.next(3)}]`, type, isMany: false };
      case 3:
        return { text: `${text}.last()`, type, isMany: false };
      case 4:
      case 5:
      case 6:
        return depth >= SCOPE_DEPTH
          ? draft
          : { text: `${text}.where(${condition(focusOf(type), depth + 1)})`, type, isMany: true };
      case 7:
        return { text: `${text}.${choices.pick(['skip(1)', 'take(2)', 'tail()'])}`, type, isMany: true };
      default:
        return draft;
    }
  };

  const single = (draft: Draft): Draft =>
    draft.isMany
      ? { ...draft, text: `${draft.text}.${choices.pick(['first()', 'last()', 'first()'])}`, isMany: false }
      : draft;

  /** One primitive of a kind the test accepts, or null when the walk ended elsewhere. */
  const primitive = (focus: Draft, depth: number, accepts: (kind: Kind) => boolean): Draft | null => {
    const draft = walk(focus, 4, depth);
    if (!isPrimitiveType(draft.type) || draft.type === 'nothing') return null;
    return accepts(kindOf(draft.type)) ? { ...single(draft), text: self(single(draft)) } : null;
  };

  return { walk, single, primitive };
}
