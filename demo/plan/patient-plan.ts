import type { Moment } from '../calendar.ts';
import type { Cancer, Organ, TumorSite } from '../tables/cancers.ts';
import type { Regimen, TreatmentClass } from '../tables/regimens.ts';
import type { CtScanner, Scanner } from '../tables/scanners.ts';
import type { Stage } from '../tables/stages.ts';

/** A patient's whole journey as plain data; charts (FHIR) and studies (DICOM) are written from it. */
export interface PatientPlan {
  readonly index: number;
  /** prefix of the ids of the patient's resources */
  readonly key: string;
  readonly id: string;
  readonly mrn: string;
  readonly given: string;
  readonly family: string;
  readonly sex: 'female' | 'male';
  readonly birthDay: number;
  readonly journey: Journey;
  readonly deathDay?: number;
  /** day of the last recorded contact; nothing is charted after it */
  readonly lastContactDay: number;
  readonly studies: readonly StudyPlan[];
  readonly mess: PatientMess;
}

export type Journey =
  | { readonly kind: 'control'; readonly firstDay: number }
  | {
      readonly kind: 'benign';
      readonly organ: 'lung' | 'breast' | 'colorectal' | 'prostate';
      readonly workup: Workup;
    }
  | { readonly kind: 'cancer'; readonly cancer: CancerPlan };

/** Suspicion, image, biopsy and the day of the pathologist's answer. */
export interface Workup {
  readonly suspicionDay: number;
  readonly imagingDay: number;
  readonly biopsyDay: number;
  readonly answerDay: number;
}

export interface CancerPlan {
  readonly kind: Cancer;
  readonly site: TumorSite;
  readonly stage: Stage;
  readonly workup: Workup;
  /** date of diagnosis: the day the malignant tissue was taken = workup.biopsyDay */
  readonly diagnosisDay: number;
  readonly ecog: number;
  readonly markers: Biomarkers;
  readonly regimen: Regimen;
  readonly treatments: readonly Treatment[];
  /** class of the first treatment given, if any was */
  readonly firstClass?: TreatmentClass;
  readonly metastases: readonly string[];
  /** the disease's answer to treatment at the first assessment */
  readonly response: 'improved' | 'stable';
  readonly progressionDay?: number;
  readonly progressionSite?: string;
  readonly coding: 'snomed' | 'icd10' | 'both';
}

export interface Biomarkers {
  readonly egfr?: boolean;
  readonly alk?: boolean;
  readonly pdl1Percent?: number;
  readonly er?: number;
  readonly pr?: number;
  readonly her2?: boolean;
}

/** A step of the regimen with real days, cut off at death or last contact. */
export type Treatment =
  | { readonly kind: 'surgery'; readonly day: number }
  | {
      readonly kind: 'radiotherapy';
      readonly startDay: number;
      readonly endDay: number;
      readonly cGy: number;
      readonly nodesCGy?: number;
      readonly fractions: number;
      readonly plannedFractions: number;
    }
  | {
      readonly kind: 'drugs';
      readonly agents: readonly string[];
      readonly days: readonly number[];
      readonly plannedCycles: number;
      readonly every: number;
    };

export interface StudyPlan {
  readonly number: number;
  readonly uid: string;
  readonly accession: string;
  readonly moment: Moment;
  readonly purpose: 'diagnostic' | 'pathology' | 'staging' | 'follow-up' | 'prior';
  readonly description: string;
  readonly bodyPart: string;
  readonly modalities: readonly string[];
  readonly series: readonly SeriesPlan[];
  readonly inFhir: boolean;
  readonly inDicom: boolean;
  /** what is wrong with the identifying elements of the DICOM files */
  readonly flaw: StudyFlaw;
}

/**
 * `no-issuer`: (0010,0021) missing; `absent-accession`: (0008,0050) empty; `unknown-accession`: an accession no
 * order has; `foreign-accession`: the accession of another patient's order; `no-issuer-no-accession`: both missing.
 */
export type StudyFlaw =
  | 'none'
  | 'no-issuer'
  | 'absent-accession'
  | 'unknown-accession'
  | 'foreign-accession'
  | 'no-issuer-no-accession';

export interface SeriesPlan {
  readonly number: number;
  readonly uid: string;
  readonly description: string;
  readonly instances: number;
  readonly image: ImagePlan;
}

export type ImagePlan =
  | {
      readonly kind: 'ct';
      readonly scanner: CtScanner;
      readonly kernel: string;
      readonly sliceThicknessMm: number;
      readonly contrast: boolean;
      readonly lowDose: boolean;
    }
  | { readonly kind: 'localizer'; readonly scanner: CtScanner }
  | { readonly kind: 'pet'; readonly scanner: CtScanner; readonly weightKg: number; readonly doseMBq: number }
  | { readonly kind: 'mr'; readonly scanner: Scanner; readonly sliceThicknessMm: number }
  | { readonly kind: 'mammogram'; readonly scanner: Scanner }
  | { readonly kind: 'slide'; readonly scanner: Scanner; readonly stain: 'HE' | 'IHC'; readonly organ: Organ }
  | {
      readonly kind: 'segmentation';
      readonly scanner: Scanner;
      readonly segments: number;
      readonly of: number;
    };

/** Deviations of real records that this patient carries. */
export interface PatientMess {
  readonly duplicateRecord: boolean;
  readonly onlyRegionalId: boolean;
  readonly duplicateLine: boolean;
  readonly correctedObservation: boolean;
  readonly enteredInError: boolean;
  readonly duplicateFile: boolean;
  readonly birthDatePrecision: 'day' | 'month' | 'year';
}
