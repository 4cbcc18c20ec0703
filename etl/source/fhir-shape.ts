import { visit as visitJson } from 'jsonc-parser';
import { definedElsewhere, elementTypes, parentTypes, repeatingElements } from '../../models/fhir-r4.ts';

/** Nesting beyond this is no clinical record. */
export const MAX_DEPTH = 64;
/** https://hl7.org/fhir/R4/datatypes.html#integer */
const MAX_INTEGER = 2_147_483_647;

/** What is wrong with a JSON text that should be a FHIR resource; `element` is a path of names, never a value. */
export interface ShapeFault {
  readonly code:
    | 'shape-mismatch'
    | 'nesting-too-deep'
    | 'lone-surrogate'
    | 'number-out-of-range'
    | 'duplicate-key';
  readonly element: string;
}

type Kind = 'boolean' | 'integer' | 'decimal' | 'string' | 'object' | 'resource';

interface ElementShape {
  readonly isArray: boolean;
  readonly kind: Kind;
  /** Where the children of an object are defined, such as `Observation.component` or `CodeableConcept`. */
  readonly path: string;
}

const PRIMITIVES: Readonly<Record<string, Kind>> = {
  boolean: 'boolean',
  integer: 'integer',
  positiveInt: 'integer',
  unsignedInt: 'integer',
  decimal: 'decimal',
};
/** Content defined elsewhere repeats, but for these; the model does not say so. */
const SINGLE_REUSES =
  /^(Test(Script|Report)\.|ExampleScenario\.process\.step\.operation\.|SubstanceSpecification\..*molecularWeight$)/;
const compiled = new Map<string, ReadonlyMap<string, ElementShape>>();

/** Is it the name of a resource type of FHIR R4? */
export function isResourceType(name: string): boolean {
  const parent = parentTypes.get(name);
  return parent === 'DomainResource' || parent === 'Resource';
}

interface Walk {
  readonly checksSurrogates: boolean;
  keys: number;
  colons: number;
}

/**
 * Checks a parsed resource against the R4 structure (https://hl7.org/fhir/R4/json.html): arrays where arrays are
 * due, the right kind of JSON value for each known element, finite numbers, well-formed text, bounded nesting and
 * no key given twice. Elements that R4 does not know are left alone.
 */
export function checkShape(
  resource: Readonly<Record<string, unknown>>,
  text: string,
): ShapeFault | undefined {
  const walk: Walk = { checksSurrogates: /\\u[dD][89a-fA-F]/.test(text), keys: 0, colons: 0 };
  const fault = checkObject(resource, typeOf(resource), 1, walk);
  if (fault !== undefined) return fault;
  const colons = countColons(text);
  // An escaped colon counts in the value but not in the text, so it could make up for that of a second key.
  const isSuspect = colons !== walk.keys + walk.colons || /\\u003a/i.test(text);
  return isSuspect && hasDuplicateKey(text) ? { code: 'duplicate-key', element: '' } : undefined;
}

function typeOf(resource: Readonly<Record<string, unknown>>): string {
  return typeof resource['resourceType'] === 'string' ? resource['resourceType'] : '';
}

function checkObject(
  value: Readonly<Record<string, unknown>>,
  path: string,
  depth: number,
  walk: Walk,
): ShapeFault | undefined {
  if (depth > MAX_DEPTH) return { code: 'nesting-too-deep', element: '' };
  const shape = path === '' ? undefined : shapeOf(path);
  for (const name in value) {
    walk.keys++;
    const fault = checkText(name, walk) ?? checkElement(value[name], shape?.get(name), depth, walk);
    if (fault !== undefined) {
      return { ...fault, element: fault.element === '' ? name : `${name}.${fault.element}` };
    }
  }
  return undefined;
}

function checkElement(
  value: unknown,
  shape: ElementShape | undefined,
  depth: number,
  walk: Walk,
): ShapeFault | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    if (shape !== undefined && !shape.isArray) return MISMATCH;
    if (depth > MAX_DEPTH) return { code: 'nesting-too-deep', element: '' };
    const item = shape === undefined ? undefined : { ...shape, isArray: false };
    for (const each of value) {
      const fault = checkElement(each, item, depth + 1, walk);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  if (shape?.isArray) return MISMATCH;
  if (shape !== undefined && !isOfKind(value, shape.kind)) return MISMATCH;
  switch (typeof value) {
    case 'string':
      return checkText(value, walk);
    case 'number':
      return Number.isFinite(value) ? undefined : { code: 'number-out-of-range', element: '' };
    case 'object': {
      const object = value as Readonly<Record<string, unknown>>;
      const path = shape === undefined ? '' : shape.kind === 'resource' ? typeOf(object) : shape.path;
      return checkObject(object, path, depth + 1, walk);
    }
    default:
      return undefined;
  }
}

const MISMATCH: ShapeFault = { code: 'shape-mismatch', element: '' };

function isOfKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isInteger(value) && Math.abs(value as number) <= MAX_INTEGER;
    case 'decimal':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'object':
    case 'resource':
      return typeof value === 'object';
    default:
      return kind satisfies never;
  }
}

function checkText(value: string, walk: Walk): ShapeFault | undefined {
  if (value.includes(':')) walk.colons += countColons(value);
  if (walk.checksSurrogates && /[\ud800-\udfff]/.test(value) && !isWellFormed(value)) {
    return { code: 'lone-surrogate', element: '' };
  }
  return undefined;
}

function isWellFormed(value: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value);
}

function countColons(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) count++;
  return count;
}

/** Only asked where the colons do not add up, so its cost does not matter. */
function hasDuplicateKey(text: string): boolean {
  const open: Set<string>[] = [];
  let isDuplicate = false;
  visitJson(text, {
    onObjectBegin: () => {
      open.push(new Set());
    },
    onObjectEnd: () => {
      open.pop();
    },
    onObjectProperty: (name) => {
      const keys = open.at(-1);
      if (keys?.has(name)) isDuplicate = true;
      keys?.add(name);
    },
  });
  return isDuplicate;
}

function shapeOf(path: string): ReadonlyMap<string, ElementShape> {
  const known = compiled.get(path);
  if (known !== undefined) return known;
  const shape = compileShape(path);
  compiled.set(path, shape);
  return shape;
}

function compileShape(path: string): ReadonlyMap<string, ElementShape> {
  const shape = new Map<string, ElementShape>();
  const parent = parentTypes.get(path);
  if (parent !== undefined) for (const [name, element] of shapeOf(parent)) shape.set(name, element);
  const prefix = `${path}.`;
  for (const key of pathsBelow(prefix)) {
    const name = key.slice(prefix.length);
    const element = elementShape(key);
    shape.set(name, element);
    if (element.kind !== 'object' && element.kind !== 'resource') {
      shape.set(`_${name}`, { isArray: element.isArray, kind: 'object', path: 'Element' });
    }
  }
  return shape;
}

function elementShape(key: string): ElementShape {
  const elsewhere = definedElsewhere.get(key);
  if (elsewhere !== undefined) return { isArray: !SINGLE_REUSES.test(key), kind: 'object', path: elsewhere };
  const isArray = repeatingElements.has(key);
  const type = elementTypes.get(key)?.code ?? '';
  if (type === 'Resource') return { isArray, kind: 'resource', path: '' };
  if (type === 'BackboneElement' || type === 'Element') return { isArray, kind: 'object', path: key };
  if (/^[A-Z]/.test(type) && !type.startsWith('System.')) return { isArray, kind: 'object', path: type };
  return { isArray, kind: PRIMITIVES[type] ?? 'string', path: '' };
}

let pathsByPrefix: ReadonlyMap<string, readonly string[]> | undefined;

function pathsBelow(prefix: string): readonly string[] {
  pathsByPrefix ??= groupByPrefix([...elementTypes.keys(), ...definedElsewhere.keys()]);
  return pathsByPrefix.get(prefix) ?? [];
}

function groupByPrefix(paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const path of new Set(paths)) {
    const prefix = path.slice(0, path.lastIndexOf('.') + 1);
    const group = groups.get(prefix);
    if (group === undefined) groups.set(prefix, [path]);
    else group.push(path);
  }
  return groups;
}
