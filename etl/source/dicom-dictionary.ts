import { dictionary } from 'dcmjs/dictionary';

/** What a value becomes in the record: the one thing that must not vary from file to file. */
export type DicomKind = 'text' | 'integer' | 'number' | 'sequence' | 'bulk';

export interface DicomDefinition {
  readonly keyword: string;
  /** VR of the dictionary; `xs` US or SS, `ox` OB or OW, `lt` US or OW, `up` UL used as offset, `na` delimiters. */
  readonly vr: string;
  readonly kind: DicomKind;
  /** VM other than 1. */
  readonly isArray: boolean;
}

const INTEGER_VRS = new Set(['US', 'SS', 'UL', 'SL', 'IS', 'xs', 'up']);
const NUMBER_VRS = new Set(['FL', 'FD']);
const BULK_VRS = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN', 'ox', 'lt', 'na']);

/** Text by VR, bulk by size: the outlines of an RTSTRUCT are its image data. */
const BULK_KEYWORDS = new Set(['ContourData']);

export function isBulkVr(vr: string): boolean {
  return BULK_VRS.has(vr);
}

export function kindOfVr(vr: string): DicomKind {
  if (vr === 'SQ') return 'sequence';
  if (INTEGER_VRS.has(vr)) return 'integer';
  if (NUMBER_VRS.has(vr)) return 'number';
  return BULK_VRS.has(vr) ? 'bulk' : 'text';
}

const definitions = new Map<number, DicomDefinition>();
const privateVrs = new Map<string, string>();

for (const [key, entry] of Object.entries(dictionary)) {
  if (entry?.vr === undefined || entry.name === undefined) continue;
  const privateKey = /^\(([0-9A-Fa-f]{4}),"(.*)",([0-9A-Fa-f]{2})\)$/.exec(key);
  if (privateKey !== null) {
    privateVrs.set(
      `${privateKey[1]?.toUpperCase()},${privateKey[2]},${privateKey[3]?.toUpperCase()}`,
      entry.vr,
    );
    continue;
  }
  const standard = /^\(([0-9A-F]{4})(?:-[0-9A-F]{4})?,([0-9A-F]{4})\)$/.exec(key);
  const keyword = entry.name.replace(/^RETIRED_/, '');
  if (standard === null || keyword === 'undefined' || keyword === '') continue;
  const kind = BULK_KEYWORDS.has(keyword) ? 'bulk' : kindOfVr(entry.vr);
  const tag = Number.parseInt(`${standard[1]}${standard[2]}`, 16);
  if (!definitions.has(tag)) definitions.set(tag, { keyword, vr: entry.vr, kind, isArray: entry.vm !== '1' });
}

/** First group of a repeating group (PS3.5 7.6): 60xx overlays and the retired 50xx curves. */
function foldRepeatingGroup(tag: number): number {
  const high = tag >>> 24;
  return high === 0x60 || high === 0x50 ? ((high << 24) | (tag & 0xffff)) >>> 0 : tag;
}

/** The standard's definition (PS3.6) of a tag `ggggeeee`; private, group-length and unknown tags have none. */
export function findDefinition(tag: number): DicomDefinition | undefined {
  if ((tag & 0xffff) === 0) return undefined;
  return definitions.get(tag) ?? definitions.get(foldRepeatingGroup(tag));
}

/** Whether the tag is the one its keyword names, not a further overlay or curve group (6002, 6004, …). */
export function isFirstOfRepeatingGroup(tag: number): boolean {
  return foldRepeatingGroup(tag) === tag;
}

/** VR of a private element where its creator is well known. */
export function findPrivateVr(tag: number, creator: string): string | undefined {
  return privateVrs.get(`${formatTag(tag).slice(0, 4)},${creator},${formatTag(tag).slice(6)}`);
}

export function isPrivate(tag: number): boolean {
  return (tag & 0x10000) !== 0;
}

/** `ggggeeee` as eight upper-case hex digits, as keys of the DICOM JSON Model are written. */
export function formatTag(tag: number): string {
  return tag.toString(16).toUpperCase().padStart(8, '0');
}
