import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';

/** What one JSON name of an element holds: `valueQuantity` → Quantity. */
export interface Alternative {
  readonly json: string;
  /** FHIR type; an anonymous (backbone) type is named by its path, such as `Observation.component`. */
  readonly type: string;
}

/** A child as FHIRPath names it: `value`, with one alternative, or with several where it is a choice. */
export interface R4Element {
  readonly name: string;
  readonly isMany: boolean;
  readonly isChoice: boolean;
  readonly alternatives: readonly Alternative[];
}

const typeEntry = z.union([z.string(), z.object({ code: z.string() }).transform((entry) => entry.code)]);
const path2Type = new Map(Object.entries(z.record(z.string(), typeEntry).parse(load('path2Type'))));
const repeating = new Set(z.array(z.string()).parse(load('path2Repeating')));
const choices = new Map(
  Object.entries(z.record(z.string(), z.array(z.string())).parse(load('choiceTypePaths'))),
);
const elsewhere = new Map(
  Object.entries(z.record(z.string(), z.string()).parse(load('pathsDefinedElsewhere'))),
);
const parents = new Map(Object.entries(z.record(z.string(), z.string()).parse(load('type2Parent'))));

/** `Observation` → the names that stand directly under it. */
const childNames = new Map<string, string[]>();
for (const path of [...path2Type.keys(), ...elsewhere.keys()]) {
  const at = path.lastIndexOf('.');
  if (at < 0) continue;
  const names = childNames.get(path.slice(0, at)) ?? [];
  if (names.length === 0) childNames.set(path.slice(0, at), names);
  if (!names.includes(path.slice(at + 1))) names.push(path.slice(at + 1));
}

export const resourceTypes: readonly string[] = [...parents.keys()].filter(
  (type) => isA(type, 'Resource') && type !== 'DomainResource',
);

export const dataTypes: readonly string[] = [...parents.keys()].filter(
  (type) => /^[A-Z]/.test(type) && !isA(type, 'Resource'),
);

export function isA(type: string, ancestor: string): boolean {
  for (let each: string | undefined = type; each !== undefined; each = parents.get(each)) {
    if (each === ancestor) return true;
  }
  return false;
}

export const isPrimitiveType = (type: string): boolean => /^[a-z]/.test(type) && !type.includes('.');

/** The elements of a type, those it inherits included, in a stable order. */
export function elementsOf(type: string): readonly R4Element[] {
  const known = cache.get(type);
  if (known !== undefined) return known;
  const elements = new Map<string, R4Element>();
  for (let each: string | undefined = type; each !== undefined; each = parentOf(each)) {
    for (const element of ownElements(each)) {
      if (!elements.has(element.name)) elements.set(element.name, element);
    }
  }
  const sorted = [...elements.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  cache.set(type, sorted);
  return sorted;
}

const cache = new Map<string, readonly R4Element[]>();

function ownElements(type: string): readonly R4Element[] {
  const concrete = new Set<string>();
  const found: R4Element[] = [];
  for (const [path, suffixes] of choices) {
    if (path.slice(0, path.lastIndexOf('.')) !== type) continue;
    const name = path.slice(path.lastIndexOf('.') + 1);
    const alternatives = suffixes.map((suffix) => ({ json: name + suffix, type: typeOfSuffix(suffix) }));
    for (const { json } of alternatives) concrete.add(json);
    found.push({ name, isMany: false, isChoice: true, alternatives });
  }
  for (const name of childNames.get(type) ?? []) {
    if (concrete.has(name) || choices.has(`${type}.${name}`)) continue;
    const path = `${type}.${name}`;
    const target = elsewhere.get(path);
    const code = target ?? path2Type.get(path) ?? '';
    const isAnonymous = code === 'BackboneElement' || code === 'Element';
    found.push({
      name,
      isMany: repeating.has(path) || (target !== undefined && repeating.has(target)),
      isChoice: false,
      alternatives: [
        { json: name, type: isAnonymous ? path : code.startsWith('System.') ? systemType(code) : code },
      ],
    });
  }
  return found;
}

function parentOf(type: string): string | undefined {
  return type.includes('.') ? (path2Type.get(type) ?? 'BackboneElement') : parents.get(type);
}

function typeOfSuffix(suffix: string): string {
  const lower = suffix.charAt(0).toLowerCase() + suffix.slice(1);
  return parents.has(lower) ? lower : suffix;
}

function systemType(code: string): string {
  const name = code.slice('System.'.length);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** A copy of our own: the FHIRPath library rewrites the objects of its model while it works. */
function load(name: string): unknown {
  const path = createRequire(import.meta.url).resolve(`fhirpath/fhir-context/r4/${name}.json`);
  return JSON.parse(readFileSync(path, 'utf8'));
}
