import { createHash } from 'node:crypto';
import {
  type DicomDefinition,
  findDefinition,
  formatTag,
  isFirstOfRepeatingGroup,
  isPrivate,
} from './dicom-dictionary.ts';
import { type DicomFacts, gatherFacts } from './dicom-facts.ts';
import { isDataset, itemsOf, summariseFrames } from './dicom-frames.ts';
import type { DicomJsonDataset, DicomJsonElement } from './dicom-json-model.ts';
import { encodePrivate, encodeUnknown } from './dicom-private.ts';
import { toInteger, toNumber, toText } from './dicom-text.ts';

/** Raised whenever the same file would give another record; `_encoder` says it as text. */
export const DICOM_ENCODER_VERSION = 1;

/** Of the file a header comes from; `uri` is its path below the source folder. */
export interface DicomFile {
  readonly uri: string;
  readonly size: number;
  readonly transferSyntax: string | undefined;
  readonly hasPixelData: boolean;
  /** The reader left something out. */
  readonly isTruncated?: boolean;
}

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

export interface DicomRecord {
  /** One line of JSON without its newline. */
  readonly line: string;
  readonly facts: DicomFacts;
}

const MAX_DEPTH = 64;
const MAX_VALUES = 4096;
const MAX_TEXT = 65_536;
const MAX_NOTES = 256;
const RECORD_BUDGET = 1_048_576;
const PER_FRAME_GROUPS = '52009230';

/** What one record has spent and lost so far; the only state of an encoding. */
interface Ledger {
  bytesLeft: number;
  isTruncated: boolean;
  readonly violations: Set<string>;
}

/**
 * The DICOM record: `{"resourceType":"DicomInstance","id":…,<keywords in tag order>,"_unknown","_private",
 * "_frames","_vm","_truncated","_file","_encoder"}`; `undefined` for a data set without SOPInstanceUID.
 *
 * Type and shape of a keyword follow the dictionary, never the file: VM 1 is a scalar, everything else an
 * array, SQ an array of objects. Group 0002, group lengths and bulk values are not in the record.
 * `_file.headerHash` is the sha256 of the encoded header: of the record without `resourceType`, `id`, `_file`
 * and `_encoder`, so it is the same wherever and in whatever transfer syntax the header lies.
 */
export function encodeDicomRecord(dataset: DicomJsonDataset, file: DicomFile): DicomRecord | undefined {
  const ledger: Ledger = {
    bytesLeft: RECORD_BUDGET,
    isTruncated: file.isTruncated === true,
    violations: new Set(),
  };
  const header = encodeDataset(dataset, 0, '', ledger);
  const facts = gatherFacts(header);
  if (facts === undefined) return undefined;
  const frames = summariseFrames(dataset);
  if (frames !== undefined) header['_frames'] = frames.summary as unknown as JsonValue;
  if (ledger.violations.size > 0) header['_vm'] = [...ledger.violations];
  if (ledger.isTruncated || frames?.isCapped === true) header['_truncated'] = true;
  const text = JSON.stringify(header);
  const id = dicomRecordId(file.uri);
  const about = {
    uri: file.uri,
    size: file.size,
    transferSyntax: file.transferSyntax,
    headerHash: hash(text),
    hasPixelData: file.hasPixelData,
  };
  const line = `{"resourceType":"DicomInstance","id":"${id}",${text.slice(1, -1)},"_file":${JSON.stringify(about)},"_encoder":"${DICOM_ENCODER_VERSION}"}`;
  return { line, facts };
}

/** The `id` of the record of a file: the first 32 hex digits of the sha256 of its uri. */
export function dicomRecordId(uri: string): string {
  return hash(uri).slice(0, 32);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Values before sequences, so that a huge sequence never costs the record its plain attributes. */
function encodeDataset(
  dataset: DicomJsonDataset,
  depth: number,
  path: string,
  ledger: Ledger,
): Record<string, JsonValue | undefined> {
  const encoded: Record<string, JsonValue | undefined> = {};
  const sequences: [DicomDefinition, DicomJsonElement][] = [];
  const unknown: [number, DicomJsonElement][] = [];
  const privates: [number, DicomJsonElement][] = [];
  for (const [tag, element] of listElements(dataset)) {
    if (isPrivate(tag)) {
      privates.push([tag, element]);
      continue;
    }
    const definition = findDefinition(tag);
    if (definition === undefined || !isFirstOfRepeatingGroup(tag)) {
      unknown.push([tag, element]);
    } else if (definition.kind === 'sequence') {
      if (depth === 0 && formatTag(tag) === PER_FRAME_GROUPS) continue;
      encoded[definition.keyword] = undefined;
      sequences.push([definition, element]);
    } else {
      const value = encodeValue(definition, element, path, ledger);
      if (value !== undefined) encoded[definition.keyword] = value;
    }
  }
  for (const [definition, element] of sequences) {
    const items = encodeItems(definition, element, depth, path, ledger);
    if (items.length > 0) encoded[definition.keyword] = items;
  }
  addExtra(encoded, '_unknown', encodeUnknown(unknown), ledger);
  addExtra(encoded, '_private', encodePrivate(privates), ledger);
  return encoded;
}

function addExtra(
  encoded: Record<string, JsonValue | undefined>,
  name: string,
  extra: { readonly entries: readonly JsonValue[]; readonly isCapped: boolean; readonly bytes: number },
  ledger: Ledger,
): void {
  if (extra.isCapped) ledger.isTruncated = true;
  if (extra.entries.length === 0) return;
  if (ledger.bytesLeft < extra.bytes) {
    ledger.isTruncated = true;
    return;
  }
  ledger.bytesLeft -= extra.bytes;
  encoded[name] = extra.entries;
}

/** Elements in tag order; keys that are no tags, group 0002, delimiters and group lengths are passed over. */
function listElements(dataset: DicomJsonDataset): readonly (readonly [number, DicomJsonElement])[] {
  const elements: [number, DicomJsonElement][] = [];
  for (const [key, element] of Object.entries(dataset)) {
    if (!/^[0-9A-Fa-f]{8}$/.test(key) || !isDataset(element)) continue;
    const tag = Number.parseInt(key, 16);
    const group = tag >>> 16;
    if (group === 0x0002 || group === 0xfffe || (tag & 0xffff) === 0) continue;
    elements.push([tag, element as DicomJsonElement]);
  }
  return elements.sort(([left], [right]) => left - right);
}

function encodeItems(
  definition: DicomDefinition,
  element: DicomJsonElement,
  depth: number,
  path: string,
  ledger: Ledger,
): readonly JsonValue[] {
  const here = `${path}${definition.keyword}`;
  if (element.omitted !== undefined) ledger.isTruncated = true;
  const source = itemsOf(element);
  if (source.length < (element.Value?.length ?? 0)) addViolation(ledger, here);
  const items: JsonValue[] = [];
  for (const item of source) {
    if (ledger.bytesLeft <= 0 || depth >= MAX_DEPTH) {
      ledger.isTruncated = true;
      break;
    }
    ledger.bytesLeft -= definition.keyword.length;
    items.push(encodeDataset(item, depth + 1, `${here}.`, ledger));
  }
  return items;
}

function encodeValue(
  definition: DicomDefinition,
  element: DicomJsonElement,
  path: string,
  ledger: Ledger,
): JsonValue | undefined {
  if (definition.kind === 'bulk') return undefined;
  const here = `${path}${definition.keyword}`;
  if (element.omitted !== undefined) {
    // A value the file calls bulk is bulk here too; anything else was too long to read.
    if (element.omitted === 'budget') ledger.isTruncated = true;
    else if ((element.byteLength ?? 1) > 0) addViolation(ledger, here);
    return undefined;
  }
  if (!Array.isArray(element.Value) || element.Value.length === 0) return undefined;
  if (ledger.bytesLeft <= 0 || (definition.isArray && element.Value.length > MAX_VALUES)) {
    ledger.isTruncated = true;
    return undefined;
  }
  const values = element.Value.slice(0, MAX_VALUES).map((raw: unknown) => {
    const value = convertValue(raw, definition, ledger);
    if (value === null && !isEmpty(raw, definition)) addViolation(ledger, here);
    return value;
  });
  while (values.length > 0 && values.at(-1) === null) values.pop();
  if (values.length === 0) return undefined;
  ledger.bytesLeft -= definition.keyword.length + 4;
  if (definition.isArray) return values;
  if (values.length > 1) addViolation(ledger, here);
  return values[0] ?? undefined;
}

function convertValue(raw: unknown, definition: DicomDefinition, ledger: Ledger): string | number | null {
  ledger.bytesLeft -= 8;
  if (definition.kind === 'integer') return toInteger(raw) ?? null;
  if (definition.kind === 'number') return toNumber(raw) ?? null;
  const text = toText(raw, definition.vr);
  if (text === undefined) return null;
  ledger.bytesLeft -= text.length;
  if (text.length <= MAX_TEXT) return text;
  ledger.isTruncated = true;
  return toText(text.slice(0, MAX_TEXT), definition.vr) ?? null;
}

function isEmpty(raw: unknown, definition: DicomDefinition): boolean {
  if (raw === null || raw === undefined) return true;
  if (typeof raw === 'string') return /^[\s\0]*$/.test(raw);
  return definition.vr === 'PN' && isDataset(raw) && toText(raw, 'PN') === undefined;
}

function addViolation(ledger: Ledger, path: string): void {
  if (ledger.violations.size < MAX_NOTES) ledger.violations.add(path);
}
