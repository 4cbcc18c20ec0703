import {
  choiceTypes,
  definedElsewhere,
  elementTypes,
  parentTypes,
  repeatingElements,
} from '../../models/fhir-r4.ts';
import type { Schema, SchemaElement, SchemaLookup } from './schema-lookup.ts';
import type { ComplexType, PrimitiveType, ValueKind } from './type.ts';
import { primitive } from './type.ts';

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

/** FHIR R4 (4.0.1). */
export const fhirR4Schema: Schema = {
  name: 'fhir-r4',
  resource: (name) => (isResource(name) ? complex(name) : null),
  lookUp,
  namedType: (name) => (parentTypes.has(name) || name === 'Resource' ? typeNamed(name) : null),
  isA,
  isAnyResource: (type) => type === 'Resource' || type === 'DomainResource',
};

function isResource(name: string): boolean {
  return name !== 'Resource' && name !== 'DomainResource' && isA(name, 'Resource');
}

function isA(name: string, ancestor: string): boolean {
  for (let each: string | undefined = name; each !== undefined; each = parentTypes.get(each)) {
    if (each === ancestor) return true;
  }
  return false;
}

function lookUp(type: string, name: string): SchemaLookup | null {
  for (let each: string | null = type; each !== null; each = parentOf(each)) {
    const path: string = `${each}.${name}`;
    const alternatives = choiceTypes.get(path);
    if (alternatives !== undefined) {
      return { kind: 'choice', alternatives: alternatives.map((suffix) => alternative(name, suffix)) };
    }
    const element = elementAt(path, name);
    if (element !== null) return { kind: 'element', element };
  }
  return null;
}

function elementAt(path: string, name: string): SchemaElement | null {
  const target = definedElsewhere.get(path);
  if (target !== undefined) {
    return {
      name,
      type: complex(target),
      isCollection: repeatingElements.has(path) || repeatingElements.has(target),
    };
  }
  const code = elementTypes.get(path)?.code;
  // A concrete value[x] name (`valueQuantity`) is JSON, not FHIRPath: in a path it is an unknown element.
  if (code === undefined || isConcreteChoice(path)) return null;
  const isAnonymous = code === 'BackboneElement' || code === 'Element';
  return {
    name,
    type: isAnonymous ? complex(path) : typeNamed(code),
    isCollection: repeatingElements.has(path),
  };
}

function isConcreteChoice(path: string): boolean {
  for (let end = path.length - 1; end > path.lastIndexOf('.'); end--) {
    if (choiceTypes.get(path.slice(0, end))?.includes(path.slice(end)) === true) return true;
  }
  return false;
}

/** A backbone element is named by its path and inherits from the anonymous type it was declared with. */
function parentOf(type: string): string | null {
  if (!type.includes('.')) return parentTypes.get(type) ?? null;
  return elementTypes.get(type)?.code ?? 'BackboneElement';
}

function alternative(name: string, suffix: string): SchemaElement {
  const lower = suffix.charAt(0).toLowerCase() + suffix.slice(1);
  return {
    name: name + suffix,
    type: typeNamed(parentTypes.has(lower) ? lower : suffix),
    isCollection: false,
  };
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
