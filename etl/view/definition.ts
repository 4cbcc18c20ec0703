/**
 * A SQL-on-FHIR v2 ViewDefinition after parsing: only what decides the rows, every default filled in.
 * https://sql-on-fhir.org/ig/latest/StructureDefinition-ViewDefinition.html
 */
export interface ViewDefinition {
  /** Where the text came from (a file name), for messages. */
  readonly origin: string;
  readonly name: string;
  readonly resource: string;
  readonly constants: readonly ViewConstant[];
  readonly where: readonly string[];
  readonly select: readonly ViewSelect[];
}

/** `type` is the FHIR name of the value[x] type, such as `positiveInt`. */
export interface ViewConstant {
  readonly name: string;
  readonly type: ConstantType;
  readonly value: string | number | boolean;
}

export interface ViewSelect {
  readonly columns: readonly ViewColumn[];
  readonly selects: readonly ViewSelect[];
  readonly unionAll: readonly ViewSelect[];
  readonly iteration: ViewIteration | null;
}

export type ViewIteration =
  | { readonly kind: 'forEach'; readonly path: string }
  | { readonly kind: 'forEachOrNull'; readonly path: string }
  | { readonly kind: 'repeat'; readonly paths: readonly string[] };

export interface ViewColumn {
  readonly name: string;
  readonly path: string;
  /** The declared FHIR type, without the StructureDefinition URL, or null. */
  readonly type: string | null;
  readonly isCollection: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export const CONSTANT_TYPES = [
  'base64Binary',
  'boolean',
  'canonical',
  'code',
  'date',
  'dateTime',
  'decimal',
  'id',
  'instant',
  'integer',
  'integer64',
  'oid',
  'positiveInt',
  'string',
  'time',
  'unsignedInt',
  'uri',
  'url',
  'uuid',
] as const;

export type ConstantType = (typeof CONSTANT_TYPES)[number];
