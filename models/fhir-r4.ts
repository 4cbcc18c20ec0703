import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';

// FHIR R4 (4.0.1) as the model data of fhirpath.js describe it.

/** The type of an element: a name, with the allowed targets where it is a Reference. */
export interface ElementType {
  readonly code: string;
  readonly targets: readonly string[];
}

const typeEntry = z.union([
  z.string(),
  z.object({ code: z.string(), refType: z.array(z.string()).optional() }),
]);

/** `Observation.subject` → its type, for every element of FHIR R4. */
export const elementTypes: ReadonlyMap<string, ElementType> = new Map(
  Object.entries(z.record(z.string(), typeEntry).parse(loadModel('path2Type'))).map(([path, entry]) => [
    path,
    typeof entry === 'string'
      ? { code: entry, targets: [] }
      : { code: entry.code, targets: entry.refType ?? ['Resource'] },
  ]),
);

/** The elements that may repeat. */
export const repeatingElements: ReadonlySet<string> = new Set(
  z.array(z.string()).parse(loadModel('path2Repeating')),
);

/** `Observation.value` → the suffixes of its types, such as `Quantity`. */
export const choiceTypes: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(z.record(z.string(), z.array(z.string())).parse(loadModel('choiceTypePaths'))),
);

/** Elements whose content is defined at another place, such as `Questionnaire.item.item`. */
export const definedElsewhere: ReadonlyMap<string, string> = new Map(
  Object.entries(z.record(z.string(), z.string()).parse(loadModel('pathsDefinedElsewhere'))),
);

/** Type → the type it specialises. */
export const parentTypes: ReadonlyMap<string, string> = new Map(
  Object.entries(z.record(z.string(), z.string()).parse(loadModel('type2Parent'))),
);

/** A copy of our own: the FHIRPath library rewrites the objects of its model while it works. */
function loadModel(name: string): unknown {
  const path = createRequire(import.meta.url).resolve(`fhirpath/fhir-context/r4/${name}.json`);
  return JSON.parse(readFileSync(path, 'utf8'));
}
