import { specimenIdentifier, uidOf } from '../keys.ts';
import type { ImagePlan } from '../plan/patient-plan.ts';
import { snomed } from '../tables/codes.ts';
import { PROCEDURES } from '../tables/procedures.ts';
import type { DataSet } from './encode.ts';
import { codeItem, commonModules, frameOfReferenceUid, type InstanceContext } from './instance.ts';

const TILE = 16;
/** 20× objective: 0.5 µm per pixel at the base level. */
const BASE_SPACING_MM = 0.0005;

interface Flavor {
  readonly name: 'VOLUME' | 'LABEL' | 'OVERVIEW' | 'THUMBNAIL';
  readonly derived: boolean;
  readonly pixels: number;
  readonly spacingMm: number;
}

const STAINS = {
  HE: [snomed('12710003', 'hematoxylin stain'), snomed('36879007', 'water soluble eosin stain')],
  IHC: [snomed('127798001', 'immunohistochemical stain')],
} as const;

/** VL Whole Slide Microscopy Image IOD (PS3.3 A.32.8), TILED_FULL, uncompressed RGB. */
export function slideDataSet(
  context: InstanceContext,
  image: Extract<ImagePlan, { kind: 'slide' }>,
): DataSet {
  const { plan, series, seed, study } = context;
  const flavor = flavorOf(context.instance, series.instances);
  const { pixels } = flavor;
  const tile = Math.min(TILE, pixels);
  const tiles = Math.ceil(pixels / tile);
  const frames = tiles * tiles;
  const specimen = specimenIdentifier(plan.key);
  const widthMm = Number((pixels * flavor.spacingMm).toFixed(6));
  const volume = flavor.name === 'VOLUME' || flavor.name === 'THUMBNAIL';
  return {
    ...commonModules(context),
    BodyPartExamined: undefined,
    ImageType: [
      flavor.derived ? 'DERIVED' : 'ORIGINAL',
      'PRIMARY',
      flavor.name,
      flavor.derived ? 'RESAMPLED' : 'NONE',
    ],
    ...(flavor.name === 'VOLUME'
      ? { PyramidUID: uidOf(seed, plan.index, study.number, series.number, 'pyramid') }
      : {}),
    FrameOfReferenceUID: volume
      ? frameOfReferenceUid(context)
      : uidOf(seed, plan.index, study.number, series.number, flavor.name),
    PositionReferenceIndicator: 'SLIDE_CORNER',
    VolumetricProperties: 'VOLUME',
    BurnedInAnnotation: flavor.name === 'LABEL' || flavor.name === 'OVERVIEW' ? 'YES' : 'NO',
    SpecimenLabelInImage: flavor.name === 'LABEL' || flavor.name === 'OVERVIEW' ? 'YES' : 'NO',
    FocusMethod: 'AUTO',
    ExtendedDepthOfField: 'NO',
    LossyImageCompression: '00',
    ...(flavor.name === 'LABEL' ? { BarcodeValue: specimen, LabelText: specimen } : {}),
    DimensionOrganizationType: 'TILED_FULL',
    DimensionOrganizationSequence: [
      { DimensionOrganizationUID: uidOf(seed, plan.index, study.number, series.number, 'dimension') },
    ],
    ContainerIdentifier: `${specimen}-${series.number}`,
    IssuerOfTheContainerIdentifierSequence: [],
    ContainerTypeCodeSequence: [codeItem(snomed('433466003', 'Microscope slide'))],
    SpecimenDescriptionSequence: [specimenItem(context, image, specimen)],
    AcquisitionContextSequence: [],
    NumberOfOpticalPaths: 1,
    OpticalPathSequence: [
      {
        OpticalPathIdentifier: '1',
        IlluminationTypeCodeSequence: [
          codeItem({ system: '', code: '111744', display: 'Brightfield illumination' }, 'DCM'),
        ],
        IlluminationColorCodeSequence: [codeItem(snomed('414298005', 'Full Spectrum'))],
        ObjectiveLensPower: '20',
      },
    ],
    ImagedVolumeWidth: widthMm,
    ImagedVolumeHeight: widthMm,
    ImagedVolumeDepth: 1,
    TotalPixelMatrixColumns: pixels,
    TotalPixelMatrixRows: pixels,
    TotalPixelMatrixFocalPlanes: 1,
    TotalPixelMatrixOriginSequence: [
      { XOffsetInSlideCoordinateSystem: '20', YOffsetInSlideCoordinateSystem: '40' },
    ],
    ImageOrientationSlide: ['0', '-1', '0', '-1', '0', '0'],
    SharedFunctionalGroupsSequence: [
      {
        PixelMeasuresSequence: [
          {
            SliceThickness: '0.001',
            PixelSpacing: [flavor.spacingMm.toFixed(6), flavor.spacingMm.toFixed(6)],
          },
        ],
        WholeSlideMicroscopyImageFrameTypeSequence: [
          {
            FrameType: [
              flavor.derived ? 'DERIVED' : 'ORIGINAL',
              'PRIMARY',
              flavor.name,
              flavor.derived ? 'RESAMPLED' : 'NONE',
            ],
          },
        ],
        OpticalPathIdentificationSequence: [{ OpticalPathIdentifier: '1' }],
      },
    ],
    NumberOfFrames: frames,
    SamplesPerPixel: 3,
    PhotometricInterpretation: 'RGB',
    PlanarConfiguration: 0,
    Rows: tile,
    Columns: tile,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    PixelData: () => tissue(frames * tile * tile, image.stain),
  };
}

/** Instances of a slide series: the levels from fine to coarse, then thumbnail, overview and label. */
function flavorOf(instance: number, instances: number): Flavor {
  const levels = instances - 3;
  if (instance <= levels) {
    const factor = 2 ** (instance - 1);
    return {
      name: 'VOLUME',
      derived: instance > 1,
      pixels: Math.max(TILE, (TILE * 2 ** (levels - 1)) / factor),
      spacingMm: BASE_SPACING_MM * factor,
    };
  }
  const derivedFactor = 2 ** (levels - 1);
  switch (instance - levels) {
    case 1:
      return { name: 'THUMBNAIL', derived: true, pixels: TILE, spacingMm: BASE_SPACING_MM * derivedFactor };
    case 2:
      return { name: 'OVERVIEW', derived: false, pixels: TILE, spacingMm: 0.5 };
    default:
      return { name: 'LABEL', derived: false, pixels: TILE, spacingMm: 0.5 };
  }
}

function specimenItem(
  context: InstanceContext,
  image: Extract<ImagePlan, { kind: 'slide' }>,
  specimen: string,
): DataSet {
  const step = (items: readonly DataSet[]): DataSet => ({
    SpecimenPreparationStepContentItemSequence: items,
  });
  const item = (nameCode: string, name: string, value: DataSet): DataSet => ({
    ValueType: 'CODE',
    ConceptNameCodeSequence: [codeItem({ system: '', code: nameCode, display: name }, 'DCM')],
    ConceptCodeSequence: [value],
  });
  return {
    SpecimenIdentifier: specimen,
    SpecimenUID: uidOf(context.seed, context.plan.index, 'specimen'),
    IssuerOfTheSpecimenIdentifierSequence: [],
    SpecimenTypeCodeSequence: [codeItem(PROCEDURES[image.organ].specimen)],
    SpecimenShortDescription: `${image.organ} biopsy`,
    SpecimenPreparationSequence: [
      step([
        item('111701', 'Processing type', codeItem(snomed('17636008', 'Specimen collection'))),
        item('111704', 'Sampling Method', codeItem(PROCEDURES[image.organ].biopsy)),
      ]),
      step([
        item('111701', 'Processing type', codeItem(snomed('127790008', 'Staining'))),
        ...STAINS[image.stain].map((stain) => ({
          ValueType: 'CODE',
          ConceptNameCodeSequence: [codeItem(snomed('424361007', 'Using substance'))],
          ConceptCodeSequence: [codeItem(stain)],
        })),
      ]),
    ],
    PrimaryAnatomicStructureSequence: [codeItem(PROCEDURES[image.organ].region)],
  };
}

function tissue(pixels: number, stain: 'HE' | 'IHC'): ArrayBuffer {
  const samples = new Uint8Array(pixels * 3);
  const [red, green, blue] = stain === 'HE' ? [214, 140, 190] : [176, 132, 100];
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const shade = ((pixel * 37) % 41) - 20;
    samples[pixel * 3] = red + shade;
    samples[pixel * 3 + 1] = green + shade;
    samples[pixel * 3 + 2] = blue + shade;
  }
  return samples.buffer;
}
