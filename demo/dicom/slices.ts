import { dicomDate, dicomTime, later } from '../calendar.ts';
import type { ImagePlan } from '../plan/patient-plan.ts';
import { snomed } from '../tables/codes.ts';
import type { DataSet } from './encode.ts';
import {
  blobPixels,
  codeItem,
  commonModules,
  frameOfReferenceUid,
  type InstanceContext,
  monochrome,
} from './instance.ts';

const SIZE = 16;

type Image<K extends ImagePlan['kind']> = Extract<ImagePlan, { kind: K }>;

/** CT Image IOD (PS3.3 A.3): one axial slice, or the localizer. */
export function ctDataSet(context: InstanceContext, image: Image<'ct'> | Image<'localizer'>): DataSet {
  const localizer = image.kind === 'localizer';
  const thickness = localizer ? undefined : image.sliceThicknessMm;
  return {
    ...commonModules(context),
    ...plane(context, thickness, 350),
    ImageType: localizer ? ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] : ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    ...(!localizer && image.contrast
      ? { ContrastBolusAgent: 'Iohexol 350', ContrastBolusRoute: 'IV', ContrastBolusVolume: '90' }
      : {}),
    ScanOptions: localizer ? 'SCOUT MODE' : 'HELICAL MODE',
    KVP: '120',
    DataCollectionDiameter: '500',
    ReconstructionDiameter: '350',
    GantryDetectorTilt: '0',
    ExposureTime: localizer ? '2500' : '500',
    XRayTubeCurrent: localizer ? '10' : image.lowDose ? '45' : '220',
    Exposure: localizer ? '5' : image.lowDose ? '22' : '110',
    ...(localizer ? {} : { ConvolutionKernel: image.kernel }),
    ProtocolName: context.study.description,
    PatientPosition: 'HFS',
    ...(localizer ? {} : { SpiralPitchFactor: 0.984, CTDIvol: image.lowDose ? 1.6 : 7.4 }),
    ...monochrome(SIZE, SIZE, 16, true),
    WindowCenter: '40',
    WindowWidth: '400',
    RescaleIntercept: '0',
    RescaleSlope: '1',
    RescaleType: 'HU',
    PixelData: () => blobPixels(SIZE, -800, 40, context.instance),
  };
}

/** MR Image IOD (PS3.3 A.4). */
export function mrDataSet(context: InstanceContext, image: Image<'mr'>): DataSet {
  return {
    ...commonModules(context),
    ...plane(context, image.sliceThicknessMm, 180),
    ImageType: ['ORIGINAL', 'PRIMARY', 'M'],
    ScanningSequence: 'SE',
    SequenceVariant: 'SK',
    ScanOptions: '',
    MRAcquisitionType: '2D',
    SequenceName: context.series.description,
    RepetitionTime: '3200',
    EchoTime: '100',
    EchoTrainLength: '16',
    MagneticFieldStrength: '3',
    PatientPosition: 'FFS',
    ...monochrome(SIZE, SIZE, 12, false),
    PixelData: () => blobPixels(SIZE, 300, 120, context.instance),
  };
}

/** PET Image IOD (PS3.3 A.21) with what SUV needs: weight, dose, half-life, times, decay correction. */
export function petDataSet(context: InstanceContext, image: Image<'pet'>): DataSet {
  const { study, series } = context;
  const injected = later(study.moment, -62);
  return {
    ...commonModules(context),
    ...plane(context, 3, 700),
    ImageType: ['ORIGINAL', 'PRIMARY'],
    PatientWeight: String(image.weightKg),
    PatientSize: '1.68',
    CorrectedImage: ['NORM', 'DTIM', 'ATTN', 'SCAT', 'DECY', 'RAN'],
    SeriesType: ['WHOLE BODY', 'IMAGE'],
    Units: 'BQML',
    CountsSource: 'EMISSION',
    RandomsCorrectionMethod: 'DLYD',
    AttenuationCorrectionMethod: 'measured,CT',
    DecayCorrection: 'START',
    ReconstructionMethod: 'OSEM',
    ScatterCorrectionMethod: 'Model-based',
    FrameReferenceTime: '0',
    ActualFrameDuration: '120000',
    DecayFactor: '1',
    NumberOfSlices: series.instances,
    ImageIndex: context.instance,
    CollimatorType: 'NONE',
    RadiopharmaceuticalInformationSequence: [
      {
        Radiopharmaceutical: 'Fluorodeoxyglucose',
        RadiopharmaceuticalStartTime: dicomTime(injected.minute),
        RadiopharmaceuticalStartDateTime: `${dicomDate(injected.day)}${dicomTime(injected.minute)}`,
        RadionuclideTotalDose: String(image.doseMBq * 1_000_000),
        RadionuclideHalfLife: '6586.2',
        RadionuclidePositronFraction: '0.9673',
        RadionuclideCodeSequence: [codeItem(snomed('77004003', '18-Fluorine'))],
        RadiopharmaceuticalCodeSequence: [codeItem(snomed('35321007', 'Fluorodeoxyglucose F^18^'))],
      },
    ],
    PatientOrientationCodeSequence: [
      {
        ...codeItem(snomed('102538003', 'Recumbent body position')),
        PatientOrientationModifierCodeSequence: [codeItem(snomed('40199007', 'Supine body position'))],
      },
    ],
    PatientGantryRelationshipCodeSequence: [codeItem(snomed('102540001', 'Headfirst'))],
    ...monochrome(SIZE, SIZE, 16, true),
    RescaleIntercept: '0',
    RescaleSlope: '2.5',
    PixelData: () => blobPixels(SIZE, 800, 6000, context.instance),
  };
}

/** Digital Mammography X-Ray Image IOD (PS3.3 A.27): the four screening views. */
export function mammogramDataSet(context: InstanceContext): DataSet {
  const [laterality = 'L', view = 'CC'] = (
    ['R CC', 'L CC', 'R MLO', 'L MLO'][context.instance - 1] ?? 'L CC'
  ).split(' ');
  return {
    ...commonModules(context),
    ImageType: ['ORIGINAL', 'PRIMARY', ''],
    PresentationIntentType: 'FOR PRESENTATION',
    PatientOrientation: laterality === 'R' ? ['P', 'L'] : ['A', 'R'],
    ImageLaterality: laterality,
    ViewPosition: view,
    KVP: '29',
    OrganExposed: 'BREAST',
    ViewCodeSequence: [
      {
        ...codeItem(
          view === 'CC' ? snomed('399162004', 'cranio-caudal') : snomed('399368009', 'medio-lateral oblique'),
        ),
        ViewModifierCodeSequence: [],
      },
    ],
    AcquisitionContextSequence: [],
    BodyPartThickness: '58',
    CompressionForce: '89',
    PositionerType: 'MAMMOGRAPHIC',
    ImagerPixelSpacing: ['0.07', '0.07'],
    DetectorType: 'DIRECT',
    AnatomicRegionSequence: [codeItem(snomed('76752008', 'Breast'))],
    BurnedInAnnotation: 'NO',
    LossyImageCompression: '00',
    PixelIntensityRelationship: 'LOG',
    PixelIntensityRelationshipSign: -1,
    RescaleIntercept: '0',
    RescaleSlope: '1',
    RescaleType: 'US',
    PresentationLUTShape: 'IDENTITY',
    ...monochrome(SIZE, SIZE, 12, false),
    WindowCenter: '2048',
    WindowWidth: '4096',
    PixelData: () => blobPixels(SIZE, 900, 3000, context.instance),
  };
}

/** Image Plane and Frame of Reference modules: slices stacked along the body axis. */
function plane(context: InstanceContext, thicknessMm: number | undefined, fieldMm: number): DataSet {
  const spacing = (fieldMm / SIZE).toFixed(4);
  const z = -200 + (context.instance - 1) * (thicknessMm ?? 0);
  const corner = (-fieldMm / 2).toFixed(1);
  return {
    ...(thicknessMm === undefined
      ? {}
      : { SliceThickness: String(thicknessMm), SpacingBetweenSlices: String(thicknessMm) }),
    ImagePositionPatient: [corner, corner, z.toFixed(3)],
    ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
    FrameOfReferenceUID: frameOfReferenceUid(context),
    PositionReferenceIndicator: '',
    SliceLocation: z.toFixed(3),
    PixelSpacing: [spacing, spacing],
  };
}
