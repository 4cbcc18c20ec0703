import { SYSTEM } from '../systems.ts';

export interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

export interface CodeableConcept {
  readonly coding: readonly Coding[];
  readonly text: string;
}

export function snomed(code: string, display: string): Coding {
  return { system: SYSTEM.snomed, code, display };
}

export function icd10(code: string, display: string): Coding {
  return { system: SYSTEM.icd10cm, code, display };
}

export function loinc(code: string, display: string): Coding {
  return { system: SYSTEM.loinc, code, display };
}

export function rxnorm(code: string, display: string): Coding {
  return { system: SYSTEM.rxnorm, code, display };
}

/** A CodeableConcept whose text is the first display. */
export function concept(first: Coding, ...more: readonly Coding[]): CodeableConcept {
  return { coding: [first, ...more], text: first.display };
}

export const LEFT: Coding = snomed('7771000', 'Left (qualifier value)');
export const RIGHT: Coding = snomed('24028007', 'Right (qualifier value)');
