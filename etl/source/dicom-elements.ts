import { chooseCharset } from './dicom-charset.ts';
import { findDefinition, formatTag, isBulkVr, isPrivate } from './dicom-dictionary.ts';
import {
  BytesEnded,
  BytesMalformed,
  type DatasetState,
  type DicomSyntax,
  type ElementHead,
  headLengthOf,
  peekVr,
  readHead,
  readTag,
  readU16,
  readU32,
  UNDEFINED_LENGTH,
} from './dicom-element-head.ts';
import type { DicomJsonDataset, DicomJsonElement } from './dicom-json-model.ts';
import { decodeValue } from './dicom-values.ts';

const MAX_DEPTH = 64;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const SPECIFIC_CHARACTER_SET = 0x00080005;
const PIXEL_REPRESENTATION = 0x00280103;

export const PER_FRAME_GROUPS = 0x52009230;

/** Pixel measures, plane orientation, plane position and segment: what `_frames` is made of. */
const FRAME_GROUPS_KEPT: ReadonlySet<number> = new Set([0x00289110, 0x00209116, 0x00209113, 0x0062000a]);

/**
 * Reads the elements from `offset` to `end`, or to an item delimiter when `isDelimited`.
 * @throws BytesEnded when a delimited data set is cut
 */
export function readElements(
  bytes: Buffer,
  offset: number,
  end: number,
  isDelimited: boolean,
  state: DatasetState,
): { readonly dataset: DicomJsonDataset; readonly next: number } {
  const dataset: Record<string, DicomJsonElement> = {};
  let position = offset;
  settleItemSyntax(bytes, offset, end, state);
  while (isDelimited || position < end) {
    if (!isDelimited && position + 8 > end) {
      state.notes.isTruncated ||= !isPadding(bytes, position, end);
      return { dataset, next: end };
    }
    if (position + 8 > end) throw new BytesEnded();
    const head = readHead(bytes, position, end, state);
    if (head.tag === ITEM_END) {
      position += 8;
      if (isDelimited) return { dataset, next: position };
      continue;
    }
    if (head.tag === SEQUENCE_END && isDelimited) return { dataset, next: position };
    const start = position + head.headLength;
    if (head.length !== UNDEFINED_LENGTH && start + head.length > end) {
      if (isDelimited) throw new BytesEnded();
      state.notes.isTruncated = true;
      return { dataset, next: end };
    }
    const { element, next } = readElement(bytes, start, end, head, state);
    if (element !== undefined) dataset[formatTag(head.tag)] = element;
    position = next;
  }
  return { dataset, next: position };
}

/** One element whose value starts at `start`; its bytes must be at hand up to its end. */
export function readElement(
  bytes: Buffer,
  start: number,
  end: number,
  head: ElementHead,
  state: DatasetState,
): { readonly element: DicomJsonElement | undefined; readonly next: number } {
  const { tag, vr, length } = head;
  const isWanted = state.keep === undefined || state.keep.has(tag);
  if (vr === 'SQ') {
    if (!isWanted || state.depth >= MAX_DEPTH) {
      state.notes.isTruncated ||= isWanted;
      const next = length === UNDEFINED_LENGTH ? skipItems(bytes, start, end, head.inner) : start + length;
      return { element: isWanted ? { vr, omitted: 'budget' } : undefined, next };
    }
    const { items, next } = readItems(bytes, start, end, head, state);
    return { element: { vr, Value: items }, next };
  }
  if (length === UNDEFINED_LENGTH) {
    const next =
      isBulkVr(vr) || startsWithItem(bytes, start, end, state.syntax)
        ? skipItems(bytes, start, end, head.inner)
        : -1;
    if (next < 0) throw new BytesMalformed();
    return { element: isWanted ? { vr, omitted: 'bulk' } : undefined, next };
  }
  const next = start + length;
  if (!isWanted || (tag & 0xffff) === 0) return { element: undefined, next };
  if (isBulkVr(vr)) return { element: { vr, omitted: 'bulk', byteLength: length }, next };
  const { isLittleEndian } = head.inner;
  const values = decodeValue(bytes.subarray(start, next), vr, isLittleEndian, state.charset);
  noteState(tag, values, state);
  return { element: { vr, Value: values }, next };
}

/** What the elements after this one depend on. */
function noteState(tag: number, values: readonly unknown[], state: DatasetState): void {
  if (tag === SPECIFIC_CHARACTER_SET) {
    state.charset = chooseCharset(values.map((value) => (typeof value === 'string' ? value : null)));
  } else if (tag === PIXEL_REPRESENTATION) {
    state.isSigned = values[0] === 1;
  } else if (isPrivate(tag) && (tag & 0xffff) >= 0x10 && (tag & 0xffff) <= 0xff) {
    const creator = values[0];
    if (typeof creator === 'string') state.creators.set(tag, creator.trim());
  }
}

function readItems(
  bytes: Buffer,
  start: number,
  end: number,
  head: ElementHead,
  state: DatasetState,
): { readonly items: readonly DicomJsonDataset[]; readonly next: number } {
  const isDelimited = head.length === UNDEFINED_LENGTH;
  const limit = isDelimited ? end : start + head.length;
  const { isLittleEndian } = head.inner;
  const items: DicomJsonDataset[] = [];
  let position = start;
  while (isDelimited || position + 8 <= limit) {
    if (position + 8 > limit) throw new BytesEnded();
    const tag = readTag(bytes, position, isLittleEndian);
    const length = readU32(bytes, position + 4, isLittleEndian);
    position += 8;
    if (tag === SEQUENCE_END) {
      return { items, next: isDelimited ? position : limit };
    }
    if (tag !== ITEM) {
      if (isDelimited) throw new BytesMalformed();
      state.notes.isTruncated = true;
      return { items, next: limit };
    }
    const item: DatasetState = {
      ...state,
      syntax: head.inner,
      creators: new Map(),
      depth: state.depth + 1,
      keep: head.tag === PER_FRAME_GROUPS ? FRAME_GROUPS_KEPT : undefined,
    };
    if (length !== UNDEFINED_LENGTH && position + length > limit) {
      if (isDelimited) throw new BytesEnded();
      state.notes.isTruncated = true;
    }
    const itemEnd = length === UNDEFINED_LENGTH ? limit : Math.min(limit, position + length);
    const { dataset, next } = readElements(bytes, position, itemEnd, length === UNDEFINED_LENGTH, item);
    items.push(dataset);
    position = next;
  }
  return { items, next: isDelimited ? position : limit };
}

/** Items whose letters contradict the data set around them occur inside UN and after careless conversions. */
function settleItemSyntax(bytes: Buffer, offset: number, end: number, state: DatasetState): void {
  if (state.syntax.isExplicit || offset + 8 > end) return;
  const tag = readTag(bytes, offset, state.syntax.isLittleEndian);
  const vr = peekVr(bytes, offset);
  if (vr === undefined) return;
  const definition = findDefinition(tag)?.vr;
  const isOverrun = readU32(bytes, offset + 4, state.syntax.isLittleEndian) > end - offset - 8;
  if (definition === vr || isOverrun) state.syntax = { ...state.syntax, isExplicit: true };
}

function startsWithItem(bytes: Buffer, start: number, end: number, syntax: DicomSyntax): boolean {
  if (start + 4 > end) throw new BytesEnded();
  const tag = readTag(bytes, start, syntax.isLittleEndian);
  return tag === ITEM || tag === SEQUENCE_END;
}

/**
 * End of a delimited sequence (or of encapsulated fragments) without reading its values; no recursion, so
 * that depth costs nothing.
 */
export function skipItems(bytes: Buffer, start: number, end: number, syntax: DicomSyntax): number {
  let open = 1;
  let position = start;
  while (open > 0) {
    if (position + 8 > end) throw new BytesEnded();
    const tag = readTag(bytes, position, syntax.isLittleEndian);
    if (tag === ITEM_END || tag === SEQUENCE_END) {
      open -= 1;
      position += 8;
      continue;
    }
    let length = readU32(bytes, position + 4, syntax.isLittleEndian);
    let headLength = 8;
    const vr = tag === ITEM ? undefined : peekVr(bytes, position);
    if (vr !== undefined && (syntax.isExplicit || findDefinition(tag)?.vr === vr)) {
      headLength = headLengthOf(vr);
      if (position + headLength > end) throw new BytesEnded();
      length =
        headLength === 12
          ? readU32(bytes, position + 8, syntax.isLittleEndian)
          : readU16(bytes, position + 6, syntax.isLittleEndian);
    }
    position += headLength;
    if (length === UNDEFINED_LENGTH) open += 1;
    else position += length;
  }
  return position;
}

export function isPadding(bytes: Buffer, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) if (bytes[index] !== 0) return false;
  return true;
}
