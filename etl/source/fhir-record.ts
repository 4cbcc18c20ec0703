import { isUtf8 } from 'node:buffer';
import { elementTypes } from '../../models/fhir-r4.ts';
import type { IdentityFact, LandedRecord, RecordKey, Subject } from '../landing/landing-format.ts';
import type { RejectionCode } from '../landing/rejection-code.ts';
import { checkShape, isResourceType } from './fhir-shape.ts';
import { parseInstant } from './instant.ts';

export type FhirReading =
  | { readonly kind: 'record'; readonly record: LandedRecord; readonly resource: JsonObject }
  | {
      readonly kind: 'rejected';
      readonly code: RejectionCode;
      readonly element: string | undefined;
      /** Which record it would have been, where that can be told. */
      readonly key?: RecordKey | undefined;
    };

export type JsonObject = Readonly<Record<string, unknown>>;

/** Chiasm marks the resources that it writes itself with a tag of this system. */
export const PROVENANCE_TAG_SYSTEM = 'urn:chiasm:provenance';

/** Some servers have longer ids than the 64 characters of the specification. */
const MAX_ID_LENGTH = 1024;

/** The elements that say whose record it is, in the order in which they are asked. */
const SUBJECT_ELEMENTS = ['subject', 'patient', 'beneficiary', 'for', 'individual'] as const;

/** Takes one JSON text (no line breaks) for a FHIR resource, or says why it is none. Pure. */
export function readFhirRecord(bytes: Buffer): FhirReading {
  if (!isUtf8(bytes)) return rejected('invalid-utf8');
  const text = bytes.toString('utf8');
  const parsed = parseJson(text);
  if (parsed === undefined) return rejected('invalid-json');
  return readParsedResource(parsed.value, text);
}

/** The same for a text that is parsed already. */
export function readParsedResource(value: unknown, text: string): FhirReading {
  if (!isObject(value)) return rejected('not-a-resource');
  const type = value['resourceType'];
  if (typeof type !== 'string' || !/^[A-Z][A-Za-z]{1,63}$/.test(type)) return rejected('not-a-resource');
  const fault = checkShape(value, text);
  const id = value['id'];
  const isId = typeof id === 'string' && id !== '' && id.length <= MAX_ID_LENGTH;
  if (fault !== undefined)
    return { ...rejected(fault.code, fault.element), key: isId ? { type, id } : undefined };
  if (!isId) return rejected('resource-without-id');
  return { kind: 'record', record: describeResource(value, type, id), resource: value };
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function rejected(code: RejectionCode, element?: string): FhirReading & { readonly kind: 'rejected' } {
  return { kind: 'rejected', code, element };
}

function describeResource(resource: JsonObject, type: string, id: string): LandedRecord {
  const meta = isObject(resource['meta']) ? resource['meta'] : {};
  const tags = objects(meta['tag']);
  return {
    type,
    id,
    lastUpdated: typeof meta['lastUpdated'] === 'string' ? parseInstant(meta['lastUpdated']) : undefined,
    isSubsetted: tags.some((tag) => tag['code'] === 'SUBSETTED'),
    isOwn: tags.some((tag) => tag['system'] === PROVENANCE_TAG_SYSTEM),
    subject: subjectOf(resource, type),
    facts: factsOf(resource, type),
  };
}

/** Whose record it is, in the record's own words. */
function subjectOf(resource: JsonObject, type: string): Subject {
  if (type === 'Patient') return { kind: 'self' };
  let hasPatient = false;
  for (const name of SUBJECT_ELEMENTS) {
    if (!mayReferToPatient(`${type}.${name}`)) continue;
    hasPatient = true;
    const value = resource[name];
    for (const reference of Array.isArray(value) ? objects(value) : objects([value])) {
      const subject = readReference(reference);
      if (subject !== undefined) return subject;
    }
  }
  if (hasPatient) return { kind: 'missing' };
  return { kind: isResourceType(type) ? 'none' : 'missing' };
}

function mayReferToPatient(path: string): boolean {
  const type = elementTypes.get(path);
  if (type?.code !== 'Reference') return false;
  return type.targets.includes('Patient') || type.targets.includes('Resource');
}

function readReference(reference: JsonObject): Subject | undefined {
  const literal = reference['reference'];
  if (typeof literal === 'string' && literal !== '' && !literal.startsWith('#')) {
    return { kind: 'reference', reference: literal };
  }
  const identifier = reference['identifier'];
  if (!isObject(identifier)) return undefined;
  const { system, value } = identifier;
  if (typeof system !== 'string' || typeof value !== 'string') return undefined;
  return { kind: 'identifier', system, value };
}

function factsOf(resource: JsonObject, type: string): readonly IdentityFact[] {
  const facts: IdentityFact[] = [];
  for (const identifier of objects(resource['identifier'])) {
    const fact = identifierFact(identifier, type);
    if (fact !== undefined) facts.push(fact);
  }
  if (type !== 'Patient') return facts;
  if (typeof resource['birthDate'] === 'string' && /^\d{4}-\d\d-\d\d$/.test(resource['birthDate'])) {
    facts.push({ kind: 'birth-date', system: undefined, value: resource['birthDate'] });
  }
  if (typeof resource['gender'] === 'string') {
    facts.push({ kind: 'sex', system: undefined, value: resource['gender'] });
  }
  for (const link of objects(resource['link'])) {
    const other = isObject(link['other']) ? link['other']['reference'] : undefined;
    if (typeof other === 'string' && typeof link['type'] === 'string') {
      facts.push({ kind: 'link', system: link['type'], value: other });
    }
  }
  return facts;
}

/** Identifier types that several people share or that change hands (HL7 table 0203). */
const SHARED_IDENTIFIER_TYPES = new Set(['MB', 'SN', 'EN', 'WC', 'VN', 'AN', 'BRN']);

function identifierFact(identifier: JsonObject, type: string): IdentityFact | undefined {
  const { system, value, use } = identifier;
  if (typeof value !== 'string' || value === '') return undefined;
  const codes = isObject(identifier['type']) ? objects(identifier['type']['coding']) : [];
  const has = (code: string): boolean => codes.some((coding) => coding['code'] === code);
  const from = typeof system === 'string' && system !== '' ? system : undefined;
  if (type === 'ImagingStudy' && (from === 'urn:dicom:uid' || value.startsWith('urn:oid:'))) {
    return { kind: 'study-uid', system: undefined, value: value.replace(/^urn:oid:/, '') };
  }
  if (has('ACSN')) return { kind: 'accession', system: from, value };
  if (type === 'Patient') {
    if (use === 'old' || use === 'temp' || from === undefined) return undefined;
    if (codes.some((coding) => SHARED_IDENTIFIER_TYPES.has(String(coding['code'])))) return undefined;
  }
  return { kind: 'identifier', system: from, value };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
