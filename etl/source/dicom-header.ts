import { closeSync, fstatSync, openSync } from 'node:fs';
import { type ByteSource, inflateBytes, readFileBytes } from './dicom-bytes.ts';
import { formatTag, isBulkVr } from './dicom-dictionary.ts';
import {
  BytesEnded,
  BytesMalformed,
  type DatasetState,
  type ElementHead,
  openDataset,
  readHead,
  UNDEFINED_LENGTH,
} from './dicom-element-head.ts';
import { isPadding, PER_FRAME_GROUPS, readElement, skipItems } from './dicom-elements.ts';
import type { DicomJsonDataset, DicomJsonElement } from './dicom-json-model.ts';
import { type DatasetStart, locateDataset } from './dicom-syntax.ts';
import { toInteger } from './dicom-text.ts';

/** Why a file gives no record; the codes of quarantine. */
export type DicomRejection =
  | 'not-dicom'
  | 'dicom-unreadable'
  | 'dicom-truncated'
  | 'dicom-no-sop-instance-uid'
  | 'dicom-directory';

export interface DicomHeader {
  readonly kind: 'header';
  /** Everything before the pixel data, without group 0002 and group lengths. */
  readonly dataset: DicomJsonDataset;
  readonly transferSyntax: string | undefined;
  readonly hasPixelData: boolean;
  /** Something before the pixel data was left out for its size, depth or damage. */
  readonly isTruncated: boolean;
}

export type DicomReading = DicomHeader | { readonly kind: 'rejected'; readonly code: DicomRejection };

/** Frames beyond which the per-frame functional groups are not read: a slide may have 50,000. */
export const FRAME_BUDGET = 20_000;

const VALUE_BUDGET = 1_048_576;
const SEQUENCE_BUDGET = 67_108_864;
const FIRST_WINDOW = 4096;

const NUMBER_OF_FRAMES = '00280008';
const SOP_INSTANCE_UID = '00080018';

/** Reads the header of one file, synchronously: it runs in worker threads. Throws only when opening fails. */
export function readDicomHeader(path: string): DicomReading {
  const descriptor = openSync(path, 'r');
  try {
    return readDicomSource(readFileBytes(descriptor, fstatSync(descriptor).size));
  } finally {
    closeSync(descriptor);
  }
}

export function readDicomSource(source: ByteSource): DicomReading {
  try {
    const start = locateDataset(source);
    if (start === undefined) return { kind: 'rejected', code: 'not-dicom' };
    if (start.isDirectory) return { kind: 'rejected', code: 'dicom-directory' };
    const header = readDataset(start.isDeflated ? inflateBytes(source, start.position) : source, start);
    if (!hasValue(header.dataset[SOP_INSTANCE_UID])) {
      const isDirectory = Object.keys(header.dataset).some((tag) => tag.startsWith('0004'));
      return { kind: 'rejected', code: isDirectory ? 'dicom-directory' : 'dicom-no-sop-instance-uid' };
    }
    return header;
  } catch (error) {
    if (error instanceof BytesEnded) return { kind: 'rejected', code: 'dicom-truncated' };
    if (error instanceof BytesMalformed) return { kind: 'rejected', code: 'dicom-unreadable' };
    throw error;
  }
}

function hasValue(element: DicomJsonElement | undefined): boolean {
  const value = element?.Value?.[0];
  return typeof value === 'string' && value.replaceAll(/[\0 ]/g, '') !== '';
}

function readDataset(source: ByteSource, start: DatasetStart): DicomHeader {
  const state = openDataset(start.syntax);
  const dataset: Record<string, DicomJsonElement> = {};
  let position = start.isDeflated ? 0 : start.position;
  let hasPixelData = false;
  for (;;) {
    const bytes = source.read(position, 12);
    if (bytes.length < 12 && isPadding(bytes, 0, bytes.length)) break;
    const head = readHead(bytes, 0, bytes.length, state);
    if (isPixelData(head.tag)) {
      hasPixelData = head.length !== 0;
      break;
    }
    if (head.tag === 0 && head.length === 0 && isTrailingPadding(source, position)) break;
    const next = readTopElement(source, position, head, state, dataset);
    if (next === undefined) {
      state.notes.isTruncated = true;
      hasPixelData = describesPixels(dataset);
      break;
    }
    position = next;
  }
  return {
    kind: 'header',
    dataset,
    transferSyntax: start.transferSyntax,
    hasPixelData,
    isTruncated: state.notes.isTruncated,
  };
}

/** Float, double and integer pixel data end the header. */
function isPixelData(tag: number): boolean {
  return tag === 0x7fe00010 || tag === 0x7fe00008 || tag === 0x7fe00009;
}

function isTrailingPadding(source: ByteSource, position: number): boolean {
  const bytes = source.read(position, FIRST_WINDOW);
  return isPadding(bytes, 0, bytes.length);
}

/** Position behind the element, or `undefined` where reading stops because it cannot be passed cheaply. */
function readTopElement(
  source: ByteSource,
  position: number,
  head: ElementHead,
  state: DatasetState,
  dataset: Record<string, DicomJsonElement>,
): number | undefined {
  const { tag, vr, length, headLength } = head;
  const start = position + headLength;
  const isOverFrames = tag === PER_FRAME_GROUPS && numberOfFrames(dataset) > FRAME_BUDGET;
  if (length !== UNDEFINED_LENGTH) {
    const next = start + length;
    if (!source.reaches(next)) {
      if (head.isSuspect) throw new BytesMalformed();
      throw new BytesEnded();
    }
    const isOver = isOverFrames || length > (vr === 'SQ' ? SEQUENCE_BUDGET : VALUE_BUDGET);
    if (isOver || isBulkVr(vr)) {
      const omitted = isBulkVr(vr) ? 'bulk' : 'budget';
      if (omitted === 'budget') state.notes.isTruncated = true;
      dataset[formatTag(tag)] = { vr, omitted, byteLength: length };
      return next;
    }
    const bytes = source.read(position, headLength + length).subarray(0, headLength + length);
    const { element } = readElement(bytes, headLength, bytes.length, head, state);
    if (element !== undefined) dataset[formatTag(tag)] = element;
    return next;
  }
  if (isOverFrames) {
    dataset[formatTag(tag)] = { vr, omitted: 'budget' };
    return undefined;
  }
  return readUndefinedLength(source, position, head, state, dataset);
}

/** Grows the window until the delimiter is in it; the growth is geometric, so the work stays linear. */
function readUndefinedLength(
  source: ByteSource,
  position: number,
  head: ElementHead,
  state: DatasetState,
  dataset: Record<string, DicomJsonElement>,
): number | undefined {
  const { tag, vr, headLength } = head;
  for (let window = FIRST_WINDOW; window <= SEQUENCE_BUDGET; window *= 4) {
    const bytes = source.read(position, window);
    const isAll = bytes.length < window;
    const wasTruncated = state.notes.isTruncated;
    try {
      if (isBulkVr(vr)) {
        const end = skipItems(bytes, headLength, bytes.length, head.inner);
        dataset[formatTag(tag)] = { vr, omitted: 'bulk' };
        return position + end;
      }
      const { element, next } = readElement(bytes, headLength, bytes.length, head, state);
      if (element !== undefined) dataset[formatTag(tag)] = element;
      return position + next;
    } catch (error) {
      if (!(error instanceof BytesEnded) || isAll) throw error;
      state.notes.isTruncated = wasTruncated;
    }
  }
  dataset[formatTag(tag)] = { vr, omitted: 'budget' };
  return undefined;
}

function numberOfFrames(dataset: DicomJsonDataset): number {
  return toInteger(dataset[NUMBER_OF_FRAMES]?.Value?.[0]) ?? 0;
}

/** The image pixel module was read: the pixels themselves lie behind what was left out. */
function describesPixels(dataset: DicomJsonDataset): boolean {
  return dataset['00280010'] !== undefined && dataset['00280100'] !== undefined;
}
