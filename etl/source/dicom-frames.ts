import type { DicomJsonDataset, DicomJsonElement } from './dicom-json-model.ts';
import { toInteger, toText } from './dicom-text.ts';

/** What a record keeps of its functional groups (PS3.3 C.7.6.16); vectors are joined by `\` as DICOM writes them. */
export interface FramesSummary {
  readonly count: number;
  readonly segments?: readonly { readonly segmentNumber: number; readonly frames: number }[];
  readonly sliceThickness?: readonly string[];
  readonly pixelSpacing?: readonly string[];
  readonly imageOrientation?: readonly string[];
  readonly firstPosition?: string;
  readonly lastPosition?: string;
}

const PER_FRAME = '52009230';
const SHARED = '52009229';
const NUMBER_OF_FRAMES = '00280008';
const PIXEL_MEASURES = '00289110';
const PLANE_ORIENTATION = '00209116';
const PLANE_POSITION = '00209113';
const SEGMENT_IDENTIFICATION = '0062000A';
const SLICE_THICKNESS = '00180050';
const PIXEL_SPACING = '00280030';
const IMAGE_ORIENTATION = '00200037';
const IMAGE_POSITION = '00200032';
const REFERENCED_SEGMENT = '0062000B';

const MAX_DISTINCT = 16;
const MAX_SEGMENTS = 4096;

/** `undefined` for data sets without functional groups; `isCapped` when facts of some frames are missing. */
export function summariseFrames(
  dataset: DicomJsonDataset,
): { readonly summary: FramesSummary; readonly isCapped: boolean } | undefined {
  const perFrame = dataset[PER_FRAME];
  const shared = dataset[SHARED];
  if (perFrame === undefined && shared === undefined) return undefined;
  const frames = itemsOf(perFrame);
  const stated = toInteger(dataset[NUMBER_OF_FRAMES]?.Value?.[0]);
  const isLeftOut = perFrame?.omitted !== undefined;
  const count = frames.length > 0 && !isLeftOut ? frames.length : (stated ?? frames.length);

  const thickness = new Set<string>();
  const spacing = new Set<string>();
  const orientation = new Set<string>();
  const segments = new Map<number, number>();
  let firstPosition: string | undefined;
  let lastPosition: string | undefined;
  let isCapped = isLeftOut;

  function note(group: DicomJsonDataset, weight: number): void {
    const measures = firstItem(group[PIXEL_MEASURES]);
    addDistinct(thickness, joinValues(measures?.[SLICE_THICKNESS]));
    addDistinct(spacing, joinValues(measures?.[PIXEL_SPACING]));
    addDistinct(orientation, joinValues(firstItem(group[PLANE_ORIENTATION])?.[IMAGE_ORIENTATION]));
    const position = joinValues(firstItem(group[PLANE_POSITION])?.[IMAGE_POSITION]);
    firstPosition ??= position;
    lastPosition = position ?? lastPosition;
    for (const item of itemsOf(group[SEGMENT_IDENTIFICATION])) {
      for (const value of item[REFERENCED_SEGMENT]?.Value ?? []) {
        const segment = toInteger(value);
        if (segment === undefined) continue;
        if (!segments.has(segment) && segments.size >= MAX_SEGMENTS) isCapped = true;
        else segments.set(segment, (segments.get(segment) ?? 0) + weight);
      }
    }
  }

  function addDistinct(values: Set<string>, value: string | undefined): void {
    if (value === undefined || values.has(value)) return;
    if (values.size >= MAX_DISTINCT) isCapped = true;
    else values.add(value);
  }

  for (const item of itemsOf(shared)) note(item, count);
  for (const frame of frames) note(frame, 1);

  const summary: FramesSummary = {
    count,
    ...(segments.size > 0 && {
      segments: [...segments]
        .sort(([left], [right]) => left - right)
        .map(([segmentNumber, total]) => ({ segmentNumber, frames: total })),
    }),
    ...(thickness.size > 0 && { sliceThickness: [...thickness] }),
    ...(spacing.size > 0 && { pixelSpacing: [...spacing] }),
    ...(orientation.size > 0 && { imageOrientation: [...orientation] }),
    ...(firstPosition !== undefined && { firstPosition }),
    ...(lastPosition !== undefined && { lastPosition }),
  };
  return { summary, isCapped };
}

export function itemsOf(element: DicomJsonElement | undefined): readonly DicomJsonDataset[] {
  const items: DicomJsonDataset[] = [];
  if (!Array.isArray(element?.Value)) return items;
  for (const item of element.Value) if (isDataset(item)) items.push(item);
  return items;
}

export function isDataset(value: unknown): value is DicomJsonDataset {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstItem(element: DicomJsonElement | undefined): DicomJsonDataset | undefined {
  return itemsOf(element)[0];
}

function joinValues(element: DicomJsonElement | undefined): string | undefined {
  if (!Array.isArray(element?.Value)) return undefined;
  const texts = element.Value.map((value: unknown) => toText(value, 'DS') ?? '');
  return texts.some((text) => text !== '') ? texts.join('\\') : undefined;
}
