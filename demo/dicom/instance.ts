import { dicomDate, dicomOffset, dicomTime, later, yearsBetween } from '../calendar.ts';
import { accessionOf, replacedMrn, uidOf } from '../keys.ts';
import { instanceClass } from '../plan/instances.ts';
import type { PatientPlan, SeriesPlan, StudyPlan } from '../plan/patient-plan.ts';
import { ISSUER_OF_PATIENT_ID } from '../systems.ts';
import type { Coding } from '../tables/codes.ts';
import type { Scanner } from '../tables/scanners.ts';
import type { DataSet } from './encode.ts';

/** What a writer needs to know of one instance. */
export interface InstanceContext {
  readonly seed: number;
  readonly plan: PatientPlan;
  readonly study: StudyPlan;
  readonly series: SeriesPlan;
  /** 1-based */
  readonly instance: number;
}

export function instanceUid({ seed, plan, study, series, instance }: InstanceContext): string {
  return uidOf(seed, plan.index, study.number, series.number, instance);
}

export function frameOfReferenceUid({ seed, plan, study }: InstanceContext): string {
  return uidOf(seed, plan.index, study.number, 'frame');
}

/** Patient, Study, Series, Equipment and SOP Common modules. */
export function commonModules(context: InstanceContext): DataSet {
  const { plan, study, series } = context;
  const { modality, sopClass } = instanceClass(series.image);
  const moment = later(study.moment, series.number * 4);
  const date = dicomDate(moment.day);
  const time = dicomTime(moment.minute, context.instance % 60);
  const scanner: Scanner = series.image.scanner;
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    SOPClassUID: sopClass,
    SOPInstanceUID: instanceUid(context),
    StudyDate: dicomDate(study.moment.day),
    SeriesDate: date,
    AcquisitionDate: date,
    ContentDate: date,
    AcquisitionDateTime: `${date}${time}`,
    StudyTime: dicomTime(study.moment.minute),
    SeriesTime: dicomTime(moment.minute),
    AcquisitionTime: time,
    ContentTime: time,
    TimezoneOffsetFromUTC: dicomOffset(study.moment.day),
    AccessionNumber: accessionNumber(context),
    Modality: modality,
    Manufacturer: scanner.manufacturer,
    InstitutionName: 'Chiasm Demo Cancer Centre',
    ReferringPhysicianName: 'Doherty^Jane^^Dr.',
    StationName: scanner.station,
    StudyDescription: study.description,
    SeriesDescription: series.description,
    ManufacturerModelName: scanner.model,
    PatientName: `${plan.family}^${plan.given}`,
    // a study before the merge carries the number of the replaced record
    PatientID: plan.mess.duplicateRecord && study.number === 1 ? replacedMrn(plan.mrn) : plan.mrn,
    ...(hasIssuer(study) ? { IssuerOfPatientID: ISSUER_OF_PATIENT_ID } : {}),
    PatientBirthDate: dicomDate(plan.birthDay),
    PatientSex: plan.sex === 'female' ? 'F' : 'M',
    PatientAge: `${String(yearsBetween(plan.birthDay, study.moment.day)).padStart(3, '0')}Y`,
    BodyPartExamined: study.bodyPart,
    DeviceSerialNumber: scanner.serial,
    SoftwareVersions: scanner.software,
    StudyInstanceUID: study.uid,
    SeriesInstanceUID: series.uid,
    StudyID: String(study.number),
    SeriesNumber: series.number,
    AcquisitionNumber: 1,
    InstanceNumber: context.instance,
  };
}

export function hasIssuer(study: StudyPlan): boolean {
  return study.flaw !== 'no-issuer' && study.flaw !== 'no-issuer-no-accession';
}

function accessionNumber({ seed, study }: InstanceContext): string {
  switch (study.flaw) {
    case 'none':
    case 'no-issuer':
      return study.accession;
    case 'absent-accession':
    case 'no-issuer-no-accession':
      return '';
    case 'unknown-accession':
      return `X${study.accession}`.slice(0, 16);
    case 'foreign-accession':
      // the first order of patient 1, who always has one
      return accessionOf(seed, 1, 1);
    default:
      return study.flaw satisfies never;
  }
}

/** A code sequence item; SNOMED CT goes by the designator SCT (PS3.16 section 8). */
export function codeItem({ code, display }: Coding, designator = 'SCT'): DataSet {
  return {
    CodeValue: code,
    CodingSchemeDesignator: designator,
    CodeMeaning: display.replace(/ \(.*\)$/, '').slice(0, 64),
  };
}

/** Image Pixel module of a monochrome image. */
export function monochrome(rows: number, columns: number, bitsStored: number, signed: boolean): DataSet {
  return {
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    BitsAllocated: 16,
    BitsStored: bitsStored,
    HighBit: bitsStored - 1,
    PixelRepresentation: signed ? 1 : 0,
  };
}

/** A round blob on a flat ground, as 16-bit little-endian samples: something to see, nothing to diagnose. */
export function blobPixels(size: number, ground: number, blob: number, phase: number): ArrayBuffer {
  const pixels = new Int16Array(size * size);
  const centre = size / 2 + Math.sin(phase) * (size / 8);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const distance = Math.hypot(row - size / 2, column - centre);
      const body = distance < size * 0.42 ? ground : -1000;
      pixels[row * size + column] = Math.round(
        distance < size * 0.14 ? blob : ground >= 0 ? Math.max(0, body) : body,
      );
    }
  }
  return pixels.buffer;
}
