import { dictionary } from 'dcmjs/dictionary';
import type { Schema, SchemaElement, SchemaLookup } from './schema-lookup.ts';
import type { ComplexType, PrimitiveType, ValueKind } from './type.ts';
import { primitive } from './type.ts';

/** The resource name under which a DICOM header is a record. */
export const DICOM_RESOURCE = 'DicomInstance';
const ITEM = 'DicomItem';

const complex = (name: string): ComplexType => ({ kind: 'complex', names: [name] });
const string = primitive('string', 'string');
const integer = primitive('integer', 'integer', 'BIGINT');
const boolean = primitive('boolean', 'boolean');
const decimal = primitive('decimal', 'decimal');

/** How the value of a VR stands in the record: PS3.5 section 6.2, and the record contract for JSON kinds. */
const VALUE_KINDS: Readonly<Record<string, ValueKind>> = {
  US: 'integer',
  SS: 'integer',
  UL: 'integer',
  SL: 'integer',
  IS: 'integer',
  FL: 'double',
  FD: 'double',
  DS: 'decimal',
};

/** The dictionary's names for "US or SS", "US, SS or OW" and the offset pointer UL. */
const AMBIGUOUS: Readonly<Record<string, string>> = { xs: 'US', lt: 'US', up: 'UL' };

const one = (name: string, type: SchemaElement['type']): SchemaElement => ({
  name,
  type,
  isCollection: false,
});
const many = (name: string, type: SchemaElement['type']): SchemaElement => ({
  name,
  type,
  isCollection: true,
});

/** What a record holds besides DICOM attributes. */
const OWN_ELEMENTS: Readonly<Record<string, readonly SchemaElement[]>> = {
  [DICOM_RESOURCE]: [
    one('id', string),
    one('_file', complex('_file')),
    one('_encoder', string),
    many('_vm', string),
    one('_truncated', boolean),
    one('_frames', complex('_frames')),
  ],
  [ITEM]: [],
  _private: [
    one('creator', string),
    one('group', string),
    one('element', string),
    one('vr', string),
    many('value', string),
    one('size', integer),
  ],
  _unknown: [one('tag', string), one('vr', string), many('value', string), one('size', integer)],
  _file: [
    one('uri', string),
    one('size', primitive('integer64', 'integer', 'BIGINT')),
    one('transferSyntax', string),
    one('headerHash', string),
    one('hasPixelData', boolean),
  ],
  _frames: [
    one('count', integer),
    many('segments', complex('_frames.segments')),
    many('sliceThickness', decimal),
    many('pixelSpacing', string),
    many('imageOrientation', string),
    one('firstPosition', string),
    one('lastPosition', string),
  ],
  '_frames.segments': [one('segmentNumber', integer), one('frames', integer)],
};

/** The attributes of the DICOM dictionary (PS3.6) by keyword, the same inside every sequence item. */
export const dicomSchema: Schema = {
  name: 'dicom',
  resource: (name) => (name === DICOM_RESOURCE ? complex(DICOM_RESOURCE) : null),
  lookUp,
  namedType: (name) => (/^[A-Z]{2}$/.test(name) ? typeOf(name) : name === 'string' ? string : null),
  isA: (name, ancestor) => name === ancestor,
  isAnyResource: () => false,
};

function lookUp(type: string, name: string): SchemaLookup | null {
  const own = OWN_ELEMENTS[type]?.find((element) => element.name === name);
  if (own !== undefined) return { kind: 'element', element: own };
  if (type !== DICOM_RESOURCE && type !== ITEM) return null;
  if (name === '_private' || name === '_unknown')
    return { kind: 'element', element: many(name, complex(name)) };
  const entry = keywords().get(name);
  if (entry === undefined) return null;
  const isCollection = entry.vr === 'SQ' || entry.vm !== '1';
  return { kind: 'element', element: { name, type: typeOf(entry.vr), isCollection } };
}

function typeOf(vr: string): PrimitiveType | ComplexType {
  if (vr === 'SQ') return complex(ITEM);
  const known = AMBIGUOUS[vr] ?? vr;
  return primitive(known, VALUE_KINDS[known] ?? 'string');
}

interface DictionaryEntry {
  readonly vr: string;
  readonly vm: string;
}

let loaded: ReadonlyMap<string, DictionaryEntry> | null = null;

/**
 * Standard attributes by keyword; retired ones too, under their plain keyword. Indexed at first use: views over
 * FHIR never need the five thousand entries.
 */
function keywords(): ReadonlyMap<string, DictionaryEntry> {
  loaded ??= new Map(
    Object.entries(dictionary).flatMap(([key, { name, vr, vm }]) => {
      const isStandard = !key.includes('"') && name !== undefined && vr !== undefined && vr !== 'na';
      return isStandard ? [[name.replace(/^RETIRED_/, ''), { vr, vm: vm ?? '1' }] as const] : [];
    }),
  );
  return loaded;
}
