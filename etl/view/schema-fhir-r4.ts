import {
  choiceTypePaths,
  path2Repeating,
  path2Type,
  pathsDefinedElsewhere,
  type2Parent,
} from 'fhirpath/fhir-context/r4';
import type { Schema, SchemaElement, SchemaLookup } from './schema-lookup.ts';
import type { ComplexType, PrimitiveType, ValueKind } from './type.ts';
import { primitive } from './type.ts';

const types = path2Type as Readonly<Record<string, string | { readonly code: string }>>;
const choices = choiceTypePaths as Readonly<Record<string, readonly string[]>>;
const elsewhere = pathsDefinedElsewhere as Readonly<Record<string, string>>;
const repeating = path2Repeating as Readonly<Record<string, boolean>>;
const parents = type2Parent as Readonly<Record<string, string>>;

const VALUE_KINDS: Readonly<Record<string, ValueKind>> = {
  boolean: 'boolean',
  integer: 'integer',
  positiveInt: 'integer',
  unsignedInt: 'integer',
  decimal: 'decimal',
  date: 'date',
  dateTime: 'dateTime',
  instant: 'dateTime',
  time: 'time',
};

/** FHIR R4 (4.0.1) from the model data of fhirpath.js. */
export const fhirR4Schema: Schema = {
  name: 'fhir-r4',
  resource: (name) => (isResource(name) ? complex(name) : null),
  lookUp,
  namedType: (name) => (name in parents || name === 'Resource' ? typeNamed(name) : null),
  isA,
  isAnyResource: (type) => type === 'Resource' || type === 'DomainResource',
};

function isResource(name: string): boolean {
  return name !== 'Resource' && name !== 'DomainResource' && isA(name, 'Resource');
}

function isA(name: string, ancestor: string): boolean {
  for (let each: string | undefined = name; each !== undefined; each = parents[each]) {
    if (each === ancestor) return true;
  }
  return false;
}

function lookUp(type: string, name: string): SchemaLookup | null {
  for (let each: string | null = type; each !== null; each = parentOf(each)) {
    const path: string = `${each}.${name}`;
    const alternatives = choices[path];
    if (alternatives !== undefined) {
      return { kind: 'choice', alternatives: alternatives.map((suffix) => alternative(name, suffix)) };
    }
    const element = elementAt(path, name);
    if (element !== null) return { kind: 'element', element };
  }
  return null;
}

function elementAt(path: string, name: string): SchemaElement | null {
  const target = elsewhere[path];
  if (target !== undefined) {
    return {
      name,
      type: complex(target),
      isCollection: repeating[path] === true || repeating[target] === true,
    };
  }
  const entry = types[path];
  // A concrete value[x] name (`valueQuantity`) is JSON, not FHIRPath: in a path it is an unknown element.
  if (entry === undefined || isConcreteChoice(path)) return null;
  const code = typeof entry === 'string' ? entry : entry.code;
  const isAnonymous = code === 'BackboneElement' || code === 'Element';
  return {
    name,
    type: isAnonymous ? complex(path) : typeNamed(code),
    isCollection: repeating[path] === true,
  };
}

function isConcreteChoice(path: string): boolean {
  for (let end = path.length - 1; end > path.lastIndexOf('.'); end--) {
    if (choices[path.slice(0, end)]?.includes(path.slice(end)) === true) return true;
  }
  return false;
}

/** A backbone element is named by its path and inherits from the anonymous type it was declared with. */
function parentOf(type: string): string | null {
  if (!type.includes('.')) return parents[type] ?? null;
  const entry = types[type];
  if (entry === undefined) return 'BackboneElement';
  return typeof entry === 'string' ? entry : entry.code;
}

function alternative(name: string, suffix: string): SchemaElement {
  const lower = suffix.charAt(0).toLowerCase() + suffix.slice(1);
  return { name: name + suffix, type: typeNamed(lower in parents ? lower : suffix), isCollection: false };
}

function typeNamed(name: string): PrimitiveType | ComplexType {
  if (name.startsWith('System.')) {
    const system = name.slice('System.'.length);
    const fhir = system.charAt(0).toLowerCase() + system.slice(1);
    return typeNamed(fhir);
  }
  if (!/^[a-z]/.test(name)) return complex(name);
  const value = VALUE_KINDS[name] ?? 'string';
  return value === 'integer' ? primitive(name, value, 'INTEGER') : primitive(name, value);
}

function complex(name: string): ComplexType {
  return { kind: 'complex', names: [name] };
}
