import fc from 'fast-check';
import type { Palette } from './palette.ts';
import { EXTENSION_URLS, REFERENCES, valuesOf } from './pools.ts';
import { isPrimitiveType, type R4Element } from './r4-model.ts';

type Json = Readonly<Record<string, unknown>>;

/** The types a `contained` resource or an entry of a Bundle takes. */
export const CONTAINED_TYPES = ['Patient', 'Device', 'Observation'] as const;

const DEPTH = 4;

/** Resources of a type, with the elements of the palette; decimals are `DecimalText`. */
export function resourceArbitrary(type: string, palette: Palette): fc.Arbitrary<Json> {
  const generator = createGenerator(palette);
  return fc
    .record({ id: fc.constantFrom('r1', 'r2', 'x-9.A'), content: generator.complex(type, 0) })
    .map(({ id, content }) => ({ resourceType: type, ...content, id }));
}

function createGenerator(palette: Palette) {
  const known = new Map<string, fc.Arbitrary<Json>>();

  const complex = (type: string, depth: number): fc.Arbitrary<Json> => {
    const key = `${type}:${depth}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make(type, depth);
    known.set(key, made);
    return made;
  };

  const make = (type: string, depth: number): fc.Arbitrary<Json> => {
    switch (type) {
      case 'Reference':
        return fc
          .record(
            { reference: fc.constantFrom(...REFERENCES), display: fc.constantFrom('a', 'Zoë ☃') },
            { requiredKeys: [] },
          )
          .map(notEmpty);
      case 'Extension':
        return extension(depth);
      case 'Resource':
        return fc
          .constantFrom(...CONTAINED_TYPES)
          .chain((contained) =>
            complex(contained, depth + 1).map((content) => ({ resourceType: contained, ...content })),
          );
      default: {
        const elements = palette
          .elements(type)
          .filter(
            (element) => depth < DEPTH || element.alternatives.every((each) => isPrimitiveType(each.type)),
          );
        const slots = Object.fromEntries(
          elements
            .filter((element) => element.name !== 'id')
            .map((element) => [element.name, slot(element, type, depth)]),
        );
        const requiredKeys = Object.keys(slots).slice(0, depth === 0 ? 3 : depth < 3 ? 1 : 0);
        return fc
          .record(slots, { requiredKeys })
          .map((parts) => notEmpty(Object.assign({}, ...Object.values(parts)) as Json));
      }
    }
  };

  const extension = (depth: number): fc.Arbitrary<Json> => {
    const url = fc.constantFrom(...EXTENSION_URLS);
    const value = fc.oneof(
      fc.constantFrom(...valuesOf('string')).map((each) => ({ valueString: each })),
      fc.constantFrom(...valuesOf('code')).map((each) => ({ valueCode: each })),
      fc.constantFrom(...valuesOf('integer')).map((each) => ({ valueInteger: each })),
      fc.constantFrom(...valuesOf('decimal')).map((each) => ({ valueDecimal: each })),
      fc.boolean().map((each) => ({ valueBoolean: each })),
    );
    const leaf = fc.tuple(url, value).map(([itsUrl, itsValue]): Json => ({ url: itsUrl, ...itsValue }));
    if (depth >= DEPTH) return leaf;
    const nested = fc
      .tuple(url, fc.array(complex('Extension', DEPTH), { minLength: 1, maxLength: 2 }))
      .map(([itsUrl, inner]): Json => ({ url: itsUrl, extension: inner }));
    return fc.oneof({ arbitrary: leaf, weight: 4 }, { arbitrary: nested, weight: 1 });
  };

  /** One element as it stands in JSON: its name and value, for a primitive now and then `_name` beside it. */
  const slot = (element: R4Element, type: string, depth: number): fc.Arbitrary<Json> => {
    const options = palette.alternatives(element, type).map((alternative) => {
      const { json } = alternative;
      if (!isPrimitiveType(alternative.type)) {
        const one = complex(alternative.type, depth + 1);
        return (element.isMany ? fc.array(one, { minLength: 1, maxLength: 3 }) : one).map(
          (value): Json => ({ [json]: value }),
        );
      }
      const one = fc.constantFrom(...valuesOf(alternative.type));
      if (element.isMany)
        return fc.array(one, { minLength: 1, maxLength: 3 }).map((value): Json => ({ [json]: value }));
      const plain = one.map((value): Json => ({ [json]: value }));
      if (element.name === 'url') return plain;
      const extended = fc
        .tuple(one, fc.array(complex('Extension', DEPTH), { minLength: 1, maxLength: 2 }))
        .map(([value, extensions]): Json => ({ [json]: value, [`_${json}`]: { extension: extensions } }));
      return fc.oneof({ arbitrary: plain, weight: 9 }, { arbitrary: extended, weight: 1 });
    });
    return fc.oneof(...options);
  };

  return { complex };
}

/** An element has content or is not there. */
function notEmpty(value: Json): Json {
  return Object.keys(value).length === 0 ? { id: 'e' } : value;
}
