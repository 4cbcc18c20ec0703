import { uidOf } from '../keys.ts';
import { instanceClass } from '../plan/instances.ts';
import type { ImagePlan, SeriesPlan } from '../plan/patient-plan.ts';
import { type Coding, snomed } from '../tables/codes.ts';
import type { DataSet } from './encode.ts';
import { codeItem, commonModules, frameOfReferenceUid, type InstanceContext } from './instance.ts';

const SIZE = 16;

interface Segment {
  readonly label: string;
  readonly category: Coding;
  readonly type: Coding;
  readonly algorithm: 'MANUAL' | 'SEMIAUTOMATIC' | 'AUTOMATIC';
  readonly region: Coding;
}

const LESION = snomed('49755003', 'Morphologically abnormal structure');

const SEGMENTS: readonly Segment[] = [
  {
    label: 'Primary tumor',
    category: LESION,
    type: snomed('86049000', 'Neoplasm, Primary'),
    algorithm: 'SEMIAUTOMATIC',
    region: snomed('39607008', 'Lung'),
  },
  {
    label: 'Mediastinal lymph node',
    category: LESION,
    type: snomed('14799000', 'Neoplasm, Secondary'),
    algorithm: 'MANUAL',
    region: snomed('62683002', 'Mediastinal lymph node'),
  },
  {
    label: 'Left lung',
    category: snomed('123037004', 'Anatomical Structure'),
    type: snomed('39607008', 'Lung'),
    algorithm: 'AUTOMATIC',
    region: snomed('39607008', 'Lung'),
  },
];

/** Segmentation IOD (PS3.3 A.51), BINARY: each segment on two slices of the series it refers to. */
export function segmentationDataSet(
  context: InstanceContext,
  image: Extract<ImagePlan, { kind: 'segmentation' }>,
): DataSet {
  const source = context.study.series.find(({ number }) => number === image.of);
  if (source === undefined) throw new Error('a segmentation refers to no series');
  const chosen = SEGMENTS.slice(0, image.segments);
  const frames = chosen.flatMap((_, segment) => [2, 3].map((slice) => ({ segment: segment + 1, slice })));
  const spacing = (700 / SIZE).toFixed(4);
  const dimension = uidOf(context.seed, context.plan.index, context.study.number, 'dimension');
  return {
    ...commonModules(context),
    BodyPartExamined: undefined,
    ImageType: ['DERIVED', 'PRIMARY'],
    FrameOfReferenceUID: frameOfReferenceUid(context),
    PositionReferenceIndicator: '',
    ContentLabel: 'TUMOR',
    ContentDescription: 'Tumor contours',
    ContentCreatorName: 'Chen^Wei^^Dr.',
    SegmentationType: 'BINARY',
    SegmentsOverlap: 'YES',
    LossyImageCompression: '00',
    BurnedInAnnotation: 'NO',
    ReferencedSeriesSequence: [
      {
        SeriesInstanceUID: source.uid,
        ReferencedInstanceSequence: Array.from({ length: source.instances }, (_, index) =>
          reference(context, source, index + 1),
        ),
      },
    ],
    SegmentSequence: chosen.map((segment, index) => ({
      SegmentNumber: index + 1,
      SegmentLabel: segment.label,
      SegmentAlgorithmType: segment.algorithm,
      ...(segment.algorithm === 'MANUAL' ? {} : { SegmentAlgorithmName: 'Demo threshold 41%' }),
      SegmentedPropertyCategoryCodeSequence: [codeItem(segment.category)],
      SegmentedPropertyTypeCodeSequence: [codeItem(segment.type)],
      AnatomicRegionSequence: [codeItem(segment.region)],
    })),
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: dimension }],
    DimensionIndexSequence: [
      {
        DimensionOrganizationUID: dimension,
        DimensionIndexPointer: '0062000B',
        FunctionalGroupPointer: '0062000A',
      },
      {
        DimensionOrganizationUID: dimension,
        DimensionIndexPointer: '00200032',
        FunctionalGroupPointer: '00209113',
      },
    ],
    SharedFunctionalGroupsSequence: [
      {
        PixelMeasuresSequence: [
          { SliceThickness: '3', SpacingBetweenSlices: '3', PixelSpacing: [spacing, spacing] },
        ],
        PlaneOrientationSequence: [{ ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'] }],
      },
    ],
    PerFrameFunctionalGroupsSequence: frames.map(({ segment, slice }) => ({
      DerivationImageSequence: [
        {
          SourceImageSequence: [
            {
              ...reference(context, source, slice),
              PurposeOfReferenceCodeSequence: [
                codeItem(
                  { system: '', code: '121322', display: 'Source image for image processing operation' },
                  'DCM',
                ),
              ],
            },
          ],
          DerivationCodeSequence: [codeItem({ system: '', code: '113076', display: 'Segmentation' }, 'DCM')],
        },
      ],
      FrameContentSequence: [{ DimensionIndexValues: [segment, slice] }],
      PlanePositionSequence: [
        { ImagePositionPatient: ['-350.0', '-350.0', (-200 + (slice - 1) * 3).toFixed(3)] },
      ],
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
    })),
    NumberOfFrames: frames.length,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: SIZE,
    Columns: SIZE,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    PixelData: () => masks(frames.length),
  };
}

function reference(context: InstanceContext, series: SeriesPlan, instance: number): DataSet {
  return {
    ReferencedSOPClassUID: instanceClass(series.image).sopClass,
    ReferencedSOPInstanceUID: uidOf(
      context.seed,
      context.plan.index,
      context.study.number,
      series.number,
      instance,
    ),
  };
}

/** A square in the middle of each frame, one bit per pixel, first pixel in the lowest bit (PS3.5 8.1.1). */
function masks(frames: number): ArrayBuffer {
  const bits = new Uint8Array((frames * SIZE * SIZE) / 8);
  for (let frame = 0; frame < frames; frame += 1) {
    for (let row = 6; row < 10; row += 1) {
      for (let column = 6; column < 10; column += 1) {
        const bit = frame * SIZE * SIZE + row * SIZE + column;
        bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
      }
    }
  }
  return bits.buffer;
}
