import { formatTag } from './dicom-dictionary.ts';
import type { DicomJsonElement } from './dicom-json-model.ts';
import { toText } from './dicom-text.ts';

/** `size` instead of `value`: bytes left out (binary), or items left out (SQ). */
export interface PrivateElement {
  readonly [key: string]: string | number | readonly (string | null)[] | undefined;
  readonly creator?: string;
  /** Four hex digits. */
  readonly group: string;
  /** Two hex digits inside the creator's block (PS3.5 7.8.1), or all four where nobody owns the block. */
  readonly element: string;
  readonly vr: string;
  readonly value?: readonly (string | null)[];
  readonly size?: number;
}

export interface UnknownElement {
  readonly [key: string]: string | number | readonly (string | null)[] | undefined;
  /** Eight hex digits. */
  readonly tag: string;
  readonly vr: string;
  readonly value?: readonly (string | null)[];
  readonly size?: number;
}

export interface ExtraElements<T> {
  readonly entries: readonly T[];
  readonly isCapped: boolean;
  /** About as many as the entries take in JSON. */
  readonly bytes: number;
}

const MAX_VALUES = 64;
const MAX_TEXT = 1024;
const MAX_ENTRIES = 512;
const MAX_BYTES = 65_536;

type Tagged = readonly (readonly [tag: number, element: DicomJsonElement])[];

/** Private elements of one data set, by creator; the creator elements themselves are in `creator`. */
export function encodePrivate(elements: Tagged): ExtraElements<PrivateElement> {
  const creators = new Map<number, string>();
  for (const [tag, element] of elements) {
    if (!isCreator(tag)) continue;
    const creator = toText(element.Value?.[0], 'LO');
    if (creator !== undefined) creators.set(tag, creator);
  }
  return encodeExtra(elements, (tag, vr) => {
    if (isCreator(tag)) return undefined;
    const creator = creators.get(((tag & 0xffff0000) | ((tag >>> 8) & 0xff)) >>> 0);
    const digits = formatTag(tag);
    const group = digits.slice(0, 4);
    return creator === undefined
      ? { group, element: digits.slice(4), vr }
      : { creator, group, element: digits.slice(6), vr };
  });
}

/** Elements of even groups that the dictionary does not know, and second and further overlay or curve groups. */
export function encodeUnknown(elements: Tagged): ExtraElements<UnknownElement> {
  return encodeExtra(elements, (tag, vr) => ({ tag: formatTag(tag), vr }));
}

function isCreator(tag: number): boolean {
  const element = tag & 0xffff;
  return element >= 0x10 && element <= 0xff;
}

function encodeExtra<T extends { readonly vr: string }>(
  elements: Tagged,
  name: (tag: number, vr: string) => T | undefined,
): ExtraElements<T> {
  const entries: T[] = [];
  let isCapped = false;
  let bytes = 0;
  for (const [tag, element] of elements) {
    const named = name(tag, typeof element.vr === 'string' ? element.vr.slice(0, 2) : 'UN');
    if (named === undefined) continue;
    const content = encodeContent(element);
    if (content === undefined) continue;
    if (entries.length >= MAX_ENTRIES || bytes + content.bytes > MAX_BYTES) {
      isCapped = true;
      break;
    }
    isCapped ||= content.isCapped;
    bytes += content.bytes + 64;
    entries.push({
      ...named,
      ...(content.value !== undefined && { value: content.value }),
      ...(content.size !== undefined && { size: content.size }),
    });
  }
  return { entries, isCapped, bytes };
}

interface Content {
  readonly value?: readonly (string | null)[];
  readonly size?: number;
  readonly isCapped: boolean;
  readonly bytes: number;
}

function encodeContent(element: DicomJsonElement): Content | undefined {
  const raw: readonly unknown[] | undefined = Array.isArray(element.Value) ? element.Value : undefined;
  if (element.vr === 'SQ')
    return raw?.length === 0 ? undefined : { ...sizeOf(raw?.length), isCapped: false, bytes: 0 };
  if (raw === undefined) {
    const isEmpty = element.byteLength === 0 || !(element.omitted !== undefined || hasInline(element));
    return isEmpty ? undefined : { ...sizeOf(element.byteLength), isCapped: false, bytes: 0 };
  }
  let isCapped = raw.length > MAX_VALUES;
  let bytes = 0;
  const value = raw.slice(0, MAX_VALUES).map((item) => {
    const text = toText(item, element.vr ?? 'UN');
    if (text === undefined) return null;
    isCapped ||= text.length > MAX_TEXT;
    bytes += Math.min(text.length, MAX_TEXT) + 3;
    return text.length > MAX_TEXT ? (toText(text.slice(0, MAX_TEXT), 'UT') ?? null) : text;
  });
  while (value.length > 0 && value.at(-1) === null) value.pop();
  return value.length === 0 ? undefined : { value, isCapped, bytes };
}

function sizeOf(size: number | undefined): { readonly size?: number } {
  return size === undefined ? {} : { size };
}

function hasInline(element: DicomJsonElement): boolean {
  return 'InlineBinary' in element || 'BulkDataURI' in element;
}
