import { DEFAULT_CHARSET, type DicomCharset } from './dicom-charset.ts';
import { findDefinition, findPrivateVr, isBulkVr, isPrivate } from './dicom-dictionary.ts';

/** How elements are written (PS3.5 7.1): VR letters or none, and the order of bytes. */
export interface DicomSyntax {
  readonly isExplicit: boolean;
  readonly isLittleEndian: boolean;
}

export interface ElementHead {
  readonly tag: number;
  readonly vr: string;
  /** Bytes of the value, or `UNDEFINED_LENGTH`. */
  readonly length: number;
  /** Bytes of tag, VR and length. */
  readonly headLength: number;
  /** Syntax inside the value: that of the data set, or implicit little endian inside UN (PS3.5 6.2.2). */
  readonly inner: DicomSyntax;
  /** VR letters were expected and something else was there. */
  readonly isSuspect: boolean;
}

/** What a data set knows while it is read; items start from a copy of their parent's. */
export interface DatasetState {
  syntax: DicomSyntax;
  charset: DicomCharset;
  isSigned: boolean;
  readonly creators: Map<number, string>;
  readonly depth: number;
  /** The only elements to keep in this data set; undefined keeps everything. */
  readonly keep?: ReadonlySet<number> | undefined;
  readonly notes: ReadNotes;
}

/** Shared by all levels of one header. */
export interface ReadNotes {
  /** Something was left out: nesting too deep, or an item whose elements run over its end. */
  isTruncated: boolean;
}

/** The bytes at hand end inside an element: give more, or the header is cut. */
export class BytesEnded extends Error {}

/** The bytes cannot be elements, however many more there are. */
export class BytesMalformed extends Error {}

export const UNDEFINED_LENGTH = 0xffffffff;

export const IMPLICIT_LITTLE: DicomSyntax = { isExplicit: false, isLittleEndian: true };
export const EXPLICIT_LITTLE: DicomSyntax = { isExplicit: true, isLittleEndian: true };
export const EXPLICIT_BIG: DicomSyntax = { isExplicit: true, isLittleEndian: false };

const LONG_VRS = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'];
const SHORT_VRS = 'AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' ');
const VR_BY_CODE = new Map([...LONG_VRS, ...SHORT_VRS].map((vr) => [codeOf(vr), vr]));
const IS_LONG = new Set(LONG_VRS);

/** A data set before its first element. */
export function openDataset(syntax: DicomSyntax): DatasetState {
  return {
    syntax,
    charset: DEFAULT_CHARSET,
    isSigned: false,
    creators: new Map(),
    depth: 0,
    notes: { isTruncated: false },
  };
}

/** Bytes of tag, VR and length before a value with this VR. */
export function headLengthOf(vr: string): 8 | 12 {
  return IS_LONG.has(vr) ? 12 : 8;
}

function codeOf(vr: string): number {
  return (vr.charCodeAt(0) << 8) | vr.charCodeAt(1);
}

export function readU16(bytes: Buffer, offset: number, isLittleEndian: boolean): number {
  return isLittleEndian ? bytes.readUInt16LE(offset) : bytes.readUInt16BE(offset);
}

export function readU32(bytes: Buffer, offset: number, isLittleEndian: boolean): number {
  return isLittleEndian ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset);
}

export function readTag(bytes: Buffer, offset: number, isLittleEndian: boolean): number {
  return ((readU16(bytes, offset, isLittleEndian) << 16) | readU16(bytes, offset + 2, isLittleEndian)) >>> 0;
}

/** The VR written at `offset + 4`, when the two letters there are one. */
export function peekVr(bytes: Buffer, offset: number): string | undefined {
  if (offset + 6 > bytes.length) return undefined;
  return VR_BY_CODE.get(bytes.readUInt16BE(offset + 4));
}

/** @throws BytesEnded when the head itself is cut */
export function readHead(bytes: Buffer, offset: number, end: number, state: DatasetState): ElementHead {
  if (offset + 8 > end) throw new BytesEnded();
  const { syntax } = state;
  const { isLittleEndian } = syntax;
  const tag = readTag(bytes, offset, isLittleEndian);
  if (syntax.isExplicit && tag >>> 16 !== 0xfffe) {
    const code = bytes.readUInt16BE(offset + 4);
    const written = VR_BY_CODE.get(code);
    const isLong = written === undefined ? isUnknownLongVr(bytes, offset, code) : IS_LONG.has(written);
    if (isLong) {
      if (offset + 12 > end) throw new BytesEnded();
      const length = readU32(bytes, offset + 8, isLittleEndian);
      return finishHead(tag, written ?? 'UN', length, 12, state, false);
    }
    if (written !== undefined || isLetters(code)) {
      return finishHead(tag, written ?? 'UN', readU16(bytes, offset + 6, isLittleEndian), 8, state, false);
    }
  }
  const length = readU32(bytes, offset + 4, isLittleEndian);
  const definition = findDefinition(tag);
  let vr = definition?.vr ?? 'UN';
  if ((tag & 0xffff) === 0) vr = 'UL';
  else if (isPrivate(tag)) vr = privateVrOf(tag, state) ?? 'UN';
  if (length === UNDEFINED_LENGTH && !isBulkVr(vr)) vr = 'SQ';
  if (length === UNDEFINED_LENGTH && vr === 'UN') vr = 'SQ';
  const inner = syntax.isExplicit ? { ...syntax, isExplicit: false } : syntax;
  return { tag, vr: settleVr(vr, state), length, headLength: 8, inner, isSuspect: syntax.isExplicit };
}

/** VRs to come have a long head (PS3.5 7.1.2); its reserved bytes are zero, and a short head says a length there. */
function isUnknownLongVr(bytes: Buffer, offset: number, code: number): boolean {
  return isLetters(code) && bytes.readUInt16LE(offset + 6) === 0;
}

function isLetters(code: number): boolean {
  const [first, second] = [code >>> 8, code & 0xff];
  return first >= 0x41 && first <= 0x5a && second >= 0x41 && second <= 0x5a;
}

function finishHead(
  tag: number,
  written: string,
  length: number,
  headLength: number,
  state: DatasetState,
  isSuspect: boolean,
): ElementHead {
  const { syntax } = state;
  if (written !== 'UN') return { tag, vr: written, length, headLength, inner: syntax, isSuspect };
  const known = isPrivate(tag) ? privateVrOf(tag, state) : findDefinition(tag)?.vr;
  const vr =
    known === undefined || isBulkVr(known)
      ? length === UNDEFINED_LENGTH
        ? 'SQ'
        : 'UN'
      : settleVr(known, state);
  return { tag, vr, length, headLength, inner: IMPLICIT_LITTLE, isSuspect };
}

function privateVrOf(tag: number, state: DatasetState): string | undefined {
  const element = tag & 0xffff;
  if (element >= 0x10 && element <= 0xff) return 'LO';
  const creator = creatorOf(tag, state);
  return creator === undefined ? undefined : findPrivateVr(tag, creator);
}

function creatorOf(tag: number, state: DatasetState): string | undefined {
  return state.creators.get(((tag & 0xffff0000) | ((tag >>> 8) & 0xff)) >>> 0);
}

function settleVr(vr: string, state: DatasetState): string {
  if (vr === 'xs') return state.isSigned ? 'SS' : 'US';
  return vr === 'up' ? 'UL' : vr;
}
