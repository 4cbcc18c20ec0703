import type { ComplexType, PrimitiveType } from './type.ts';

/** A named child of a complex type, as it stands in JSON (`valueQuantity`, never `value[x]`). */
export interface SchemaElement {
  readonly name: string;
  readonly type: PrimitiveType | ComplexType;
  readonly isCollection: boolean;
}

/** What a path step can mean. A choice lists its JSON names, each with its own type. */
export type SchemaLookup =
  | { readonly kind: 'element'; readonly element: SchemaElement }
  | { readonly kind: 'choice'; readonly alternatives: readonly SchemaElement[] };

/** The types a view may walk. Pure look-ups; knows nothing of SQL or of files. */
export interface Schema {
  readonly name: 'fhir-r4' | 'dicom';
  /** The type of a whole resource, or null when there is no such resource. */
  resource(name: string): ComplexType | null;
  /** The child `name` of the complex type `type`, or null when there is none. */
  lookUp(type: string, name: string): SchemaLookup | null;
  /** A type by its bare name, as in `ofType(Quantity)`, or null. */
  namedType(name: string): PrimitiveType | ComplexType | null;
  /** Whether `name` is `ancestor` or derives from it. */
  isA(name: string, ancestor: string): boolean;
  /** Whether elements of this type are whole resources that name their type in `resourceType`. */
  isAnyResource(type: string): boolean;
}

/** The element itself, or for a choice the alternatives: every JSON name the step may read. */
export function elementsOf(lookup: SchemaLookup): readonly SchemaElement[] {
  return lookup.kind === 'element' ? [lookup.element] : lookup.alternatives;
}
