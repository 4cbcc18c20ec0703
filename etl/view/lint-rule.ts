/** `error`: the engine (or the profile asked for) refuses it. `warning`: it runs, and is hardly meant. */
export type Severity = 'error' | 'warning' | 'hint';

interface Rule {
  readonly severity: Severity;
  /** What the rule finds, as a sentence about the view. */
  readonly about: string;
}

/** Every rule by its stable id. A finding may be milder or harder than its rule's severity. */
export const RULES = {
  'file-unreadable': { severity: 'error', about: 'The file can be read.' },
  'json-syntax': { severity: 'error', about: 'The file is JSON.' },
  'json-duplicate-key': { severity: 'warning', about: 'A key is given once; of two, the last one counts.' },
  'not-a-view': { severity: 'error', about: 'The JSON is a ViewDefinition.' },
  'old-resource-type': {
    severity: 'hint',
    about: 'resourceType is the plain word ViewDefinition since SQL on FHIR 3.0.',
  },
  'view-structure': { severity: 'error', about: 'Elements are there and of the JSON type that is due.' },
  'view-status': { severity: 'warning', about: 'A ViewDefinition has a status of the value set.' },
  'unknown-key': { severity: 'error', about: 'Every key is an element of ViewDefinition.' },
  'unsafe-name': { severity: 'error', about: 'Names are letters, digits and _, and begin with a letter.' },
  'reserved-name': { severity: 'warning', about: 'Names are no reserved words of SQL.' },
  'long-name': { severity: 'warning', about: 'Names are no longer than databases keep.' },
  'duplicate-column': { severity: 'error', about: 'A column name is used once; SQL ignores case.' },
  'no-column': { severity: 'error', about: 'The view has a column.' },
  'unknown-resource': { severity: 'error', about: 'Resource types exist.' },
  'fhirpath-syntax': { severity: 'error', about: 'Paths are FHIRPath.' },
  'unknown-element': { severity: 'warning', about: 'Elements exist; unknown ones are always empty.' },
  'unknown-type': { severity: 'error', about: 'Types named in paths exist.' },
  'unsupported-function': { severity: 'error', about: 'Functions are known to the engine.' },
  'function-argument': { severity: 'error', about: 'Functions get input and arguments that they can use.' },
  'unsupported-expression': { severity: 'error', about: 'Constructs of FHIRPath are known to the engine.' },
  'undefined-constant': { severity: 'error', about: 'Constants in use are defined.' },
  'duplicate-constant': { severity: 'error', about: 'A constant is defined once.' },
  'unused-constant': { severity: 'warning', about: 'Constants that are defined are used.' },
  'constant-value': { severity: 'error', about: 'A constant has one value[x], of its type.' },
  'incompatible-types': { severity: 'error', about: 'Values that are compared or joined can be.' },
  'never-equal': { severity: 'warning', about: 'Values of different types are not tested for equality.' },
  'many-values': { severity: 'warning', about: 'Where one value is needed, there is one at most.' },
  'choice-element': { severity: 'warning', about: 'A column of value[x] says which type it shows.' },
  'whole-resource': { severity: 'error', about: 'A column shows an element, not the resource.' },
  'unknown-column-type': { severity: 'warning', about: 'The declared type of a column exists.' },
  'type-mismatch': { severity: 'warning', about: 'The path gives values of the declared type.' },
  'ansi-type': { severity: 'error', about: 'ansi/type names a SQL type.' },
  'where-not-boolean': { severity: 'error', about: 'A where is one boolean.' },
  'union-mismatch': { severity: 'error', about: 'Branches of unionAll have the same columns and types.' },
  'rows-lost': { severity: 'hint', about: 'forEach drops what it has no element for.' },
  'engine-fault': { severity: 'error', about: 'The engine accepts the view.' },
  'view-name': { severity: 'warning', about: 'A view of the warehouse has a name, which its file has too.' },
  'name-style': { severity: 'warning', about: 'Names of the warehouse are snake_case.' },
  'privacy-tag': { severity: 'error', about: 'Every column says how its values are protected.' },
  'date-name': { severity: 'error', about: 'The name of a date ends in _date.' },
  'privacy-policy': { severity: 'error', about: 'The policy of a column can be applied to it.' },
  'staging-clash': { severity: 'error', about: 'Columns of the staging table have different names.' },
  'shareable-url': { severity: 'error', about: 'ShareableViewDefinition: url 1..1.' },
  'shareable-name': { severity: 'error', about: 'ShareableViewDefinition: name 1..1.' },
  'shareable-fhir-version': { severity: 'error', about: 'ShareableViewDefinition: fhirVersion 1..*.' },
  'shareable-column-type': { severity: 'error', about: 'ShareableViewDefinition: select.column.type 1..1.' },
  'shareable-function': {
    severity: 'warning',
    about: 'Shared views keep to the functions that every runner has.',
  },
  'tabular-no-collections': { severity: 'error', about: 'TabularViewDefinition: no-collections.' },
  'tabular-primitives-only': { severity: 'error', about: 'TabularViewDefinition: primitives-only.' },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleId = keyof typeof RULES;

/**
 * A place in a view: the JSON `path` (`$.select[0].column[2].path`), there the value or with `key` the name of a
 * property, and with `column` the 1-based character inside the FHIRPath text.
 */
export interface Place {
  readonly path: string;
  readonly key?: string;
  readonly column?: number;
}

/** What a rule finds. `replacement` is what could stand in the place, exactly. */
export interface Fault {
  readonly rule: RuleId;
  readonly place: Place;
  readonly message: string;
  readonly severity?: Severity;
  readonly suggestion?: string;
  readonly replacement?: string;
}

/** 1-based lines and UTF-16 columns; the end is exclusive. */
export interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface Finding {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly message: string;
  readonly suggestion: string | null;
  /** JSON path of the place. */
  readonly path: string;
  /** 1-based character in the FHIRPath text, where the place is inside of one. */
  readonly column: number | null;
  readonly region: Region;
  /** Text that would mend it, in place of the region. */
  readonly replacement: string | null;
}
