import { loadDataType } from '@medplum/core';
import { dataTypes, elementsOf, isPrimitiveType, resourceTypes } from './r4-model.ts';

interface ElementDefinition {
  readonly path: string;
  readonly min: number;
  readonly max: string;
  readonly type?: readonly { readonly code: string }[];
  readonly base?: { readonly path: string };
}

/** Tells the library the elements and types of FHIR R4: it has no schema of its own at hand. */
export function loadR4IntoMedplum(): void {
  for (const type of [...dataTypes, ...resourceTypes]) {
    const element: ElementDefinition[] = [{ path: type, min: 0, max: '*' }];
    describe(type, type, element);
    const definition = {
      resourceType: 'StructureDefinition',
      name: type,
      type,
      url: `http://hl7.org/fhir/StructureDefinition/${type}`,
      kind: resourceTypes.includes(type) ? 'resource' : 'complex-type',
      abstract: false,
      status: 'active',
      snapshot: { element },
    };
    loadDataType(definition as unknown as Parameters<typeof loadDataType>[0]);
  }
}

function describe(type: string, path: string, into: ElementDefinition[]): void {
  for (const { name, isMany, isChoice, alternatives } of elementsOf(type)) {
    const cardinality = { min: 0, max: isMany ? '*' : '1' };
    const child = `${path}.${name}`;
    const [only] = alternatives;
    if (isChoice || only === undefined || isPrimitiveType(only.type) || !only.type.includes('.')) {
      into.push({
        path: isChoice ? `${child}[x]` : child,
        ...cardinality,
        type: alternatives.map((each) => ({ code: each.type })),
      });
    } else if (only.type !== child) {
      // Content that is defined at another place: the library names the type by that path.
      into.push({
        path: child,
        ...cardinality,
        type: [{ code: 'BackboneElement' }],
        base: { path: only.type },
      });
    } else {
      into.push({ path: child, ...cardinality, type: [{ code: 'BackboneElement' }] });
      describe(only.type, child, into);
    }
  }
}
