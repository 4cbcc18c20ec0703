import type { ByteSource } from './dicom-bytes.ts';
import { findDefinition } from './dicom-dictionary.ts';
import {
  BytesEnded,
  type DicomSyntax,
  EXPLICIT_BIG,
  EXPLICIT_LITTLE,
  IMPLICIT_LITTLE,
  openDataset,
  peekVr,
  readHead,
  readTag,
  readU32,
} from './dicom-element-head.ts';

/** Where the data set of a file begins and how it is written. */
export interface DatasetStart {
  readonly position: number;
  readonly syntax: DicomSyntax;
  readonly isDeflated: boolean;
  /** As the file meta information says, even when the bytes say otherwise. */
  readonly transferSyntax: string | undefined;
  readonly isDirectory: boolean;
}

const PREAMBLE_BYTES = 132;
const DEFLATED = '1.2.840.10008.1.2.1.99';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const IMPLICIT = '1.2.840.10008.1.2';
const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10';

/** `undefined` where the file is no DICOM: no `DICM` and no plausible first element (PS3.10 7.1). */
export function locateDataset(source: ByteSource): DatasetStart | undefined {
  const head = source.read(0, PREAMBLE_BYTES + 8);
  const hasPreamble = head.length >= PREAMBLE_BYTES && head.toString('latin1', 128, 132) === 'DICM';
  if (!hasPreamble && guessSyntax(head, true) === undefined) return undefined;
  const meta = readMeta(source, hasPreamble ? PREAMBLE_BYTES : 0);
  const first = source.read(meta.position, 16);
  const isDeflated = meta.transferSyntax === DEFLATED;
  const syntax = isDeflated ? EXPLICIT_LITTLE : chooseSyntax(meta.transferSyntax, first);
  return {
    position: meta.position,
    syntax,
    isDeflated,
    transferSyntax: meta.transferSyntax,
    isDirectory: meta.storageClass === MEDIA_STORAGE_DIRECTORY,
  };
}

/** The first element decides when it contradicts the transfer syntax: mislabelled files are common. */
function chooseSyntax(transferSyntax: string | undefined, first: Buffer): DicomSyntax {
  const guessed = guessSyntax(first, false);
  const stated =
    transferSyntax === BIG_ENDIAN
      ? EXPLICIT_BIG
      : transferSyntax === IMPLICIT
        ? IMPLICIT_LITTLE
        : transferSyntax === undefined
          ? undefined
          : EXPLICIT_LITTLE;
  return guessed ?? stated ?? IMPLICIT_LITTLE;
}

/** `isStrict`: nothing but this element speaks for the file being DICOM at all. */
function guessSyntax(first: Buffer, isStrict: boolean): DicomSyntax | undefined {
  if (first.length < 8) return undefined;
  const little = readTag(first, 0, true);
  const big = readTag(first, 0, false);
  const isLittle = isStrict ? isUsualFirst(little) : little >>> 16 <= big >>> 16;
  const isBig = isStrict ? isUsualFirst(big) : !isLittle;
  if (peekVr(first, 0) !== undefined) return isLittle ? EXPLICIT_LITTLE : isBig ? EXPLICIT_BIG : undefined;
  if (!isLittle) return undefined;
  const isPlausible = (little & 0xffff) === 0 || findDefinition(little) !== undefined;
  if (!isPlausible) return undefined;
  return isStrict && readU32(first, 4, true) > 0xffff ? undefined : IMPLICIT_LITTLE;
}

/** Data sets begin with file meta information or with identifying elements. */
function isUsualFirst(tag: number): boolean {
  return tag >>> 16 === 0x0002 || tag >>> 16 === 0x0008;
}

interface Meta {
  readonly position: number;
  readonly transferSyntax: string | undefined;
  readonly storageClass: string | undefined;
}

/** Group 0002 is always explicit little endian (PS3.10 7.1); its group length is often wrong and not used. */
function readMeta(source: ByteSource, start: number): Meta {
  const state = openDataset(EXPLICIT_LITTLE);
  let position = start;
  let transferSyntax: string | undefined;
  let storageClass: string | undefined;
  for (;;) {
    let bytes = source.read(position, 12);
    if (bytes.length < 8 || bytes.readUInt16LE(0) !== 0x0002)
      return { position, transferSyntax, storageClass };
    const { tag, length, headLength } = readHead(bytes, 0, bytes.length, state);
    if (!source.reaches(position + headLength + length)) throw new BytesEnded();
    if (tag === 0x00020010 || tag === 0x00020002) {
      bytes = source.read(position, headLength + Math.min(length, 128));
      const uid = bytes
        .toString('latin1', headLength, headLength + Math.min(length, 128))
        .replaceAll(/[\0 ]/g, '');
      if (tag === 0x00020010) transferSyntax = uid === '' ? undefined : uid;
      else storageClass = uid;
    }
    position += headLength + length;
  }
}
