import { hasIssuer } from './dicom/instance.ts';
import type { PatientPlan, StudyPlan } from './plan/patient-plan.ts';
import { numeralOf } from './tables/stages.ts';

export interface QuestionRow {
  readonly patients: number;
  /** followed for a year or more after diagnosis, or dead before */
  readonly atRiskOneYear: number;
  readonly aliveAtOneYear: number;
}

/**
 * How a DICOM study can be joined to its patient, by the strongest evidence it carries. `conflict`: issuer and id say
 * one patient, the accession says another; not to be joined to the other.
 */
export type ExpectedLink = 'issuer' | 'accession' | 'study-uid' | 'none' | 'conflict' | 'unknown-patient';

/** What was generated, and what is true in the model it was generated from. */
export interface DemoSummary {
  readonly seed: number;
  readonly patients: number;
  /** lines by resource type, earlier versions of a resource included */
  readonly lines: Readonly<Record<string, number>>;
  /** distinct resources by type */
  readonly resources: Readonly<Record<string, number>>;
  readonly dicom: {
    readonly studies: number;
    readonly series: number;
    readonly instances: number;
    /** files written; duplicates and files that are no DICOM included */
    readonly files: number;
    readonly links: Readonly<Record<ExpectedLink, number>>;
  };
  readonly journeys: Readonly<Record<'control' | 'benign' | 'cancer', number>>;
  readonly cancers: Readonly<Record<string, number>>;
  readonly deaths: number;
  readonly mess: DemoMess;
  /**
   * Lung cancer, stage III or IV, a linked chest CT in DICOM at most 60 days before the diagnosis with a series of
   * 2.5 mm or thinner: by class of first treatment. With images `none` it tells what the images would have shown.
   */
  readonly question: Readonly<Record<string, QuestionRow>>;
}

export interface DemoMess {
  readonly earlierVersions: number;
  readonly correctedObservations: number;
  readonly enteredInErrorObservations: number;
  readonly replacedPatients: number;
  readonly patientsWithoutMrn: number;
  readonly partialBirthDates: number;
  readonly brokenLines: number;
  readonly notDicomFiles: number;
  readonly duplicateFiles: number;
  readonly studiesWithoutIssuer: number;
  readonly studiesWithoutAccession: number;
  readonly studiesWithUnknownAccession: number;
  readonly studiesWithForeignAccession: number;
  readonly studiesOfUnknownPatients: number;
  readonly studiesOnlyInFhir: number;
  readonly studiesOnlyInDicom: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Counts while the patients pass by. */
export interface Tally {
  readonly lines: Map<string, number>;
  readonly resources: Map<string, number>;
  readonly journeys: Writable<DemoSummary['journeys']>;
  readonly cancers: Map<string, number>;
  readonly dicom: Writable<Omit<DemoSummary['dicom'], 'links'>>;
  readonly links: Writable<Record<ExpectedLink, number>>;
  readonly mess: Writable<DemoMess>;
  readonly question: Map<string, Writable<QuestionRow>>;
  deaths: number;
}

export function openTally(): Tally {
  return {
    lines: new Map(),
    resources: new Map(),
    journeys: { control: 0, benign: 0, cancer: 0 },
    cancers: new Map(),
    dicom: { studies: 0, series: 0, instances: 0, files: 0 },
    links: { issuer: 0, accession: 0, 'study-uid': 0, none: 0, conflict: 0, 'unknown-patient': 0 },
    mess: {
      earlierVersions: 0,
      correctedObservations: 0,
      enteredInErrorObservations: 0,
      replacedPatients: 0,
      patientsWithoutMrn: 0,
      partialBirthDates: 0,
      brokenLines: 0,
      notDicomFiles: 0,
      duplicateFiles: 0,
      studiesWithoutIssuer: 0,
      studiesWithoutAccession: 0,
      studiesWithUnknownAccession: 0,
      studiesWithForeignAccession: 0,
      studiesOfUnknownPatients: 0,
      studiesOnlyInFhir: 0,
      studiesOnlyInDicom: 0,
    },
    question: new Map(),
    deaths: 0,
  };
}

export function countLine(tally: Tally, type: string, isEarlierVersion: boolean): void {
  add(tally.lines, type);
  if (isEarlierVersion) tally.mess.earlierVersions += 1;
  else add(tally.resources, type);
}

/** Counts a patient's journey, studies and deviations. */
export function countPatient(tally: Tally, plan: PatientPlan): void {
  tally.journeys[plan.journey.kind] += 1;
  if (plan.journey.kind === 'cancer') add(tally.cancers, plan.journey.cancer.kind.key);
  if (plan.deathDay !== undefined) tally.deaths += 1;
  if (plan.mess.duplicateRecord) tally.mess.replacedPatients += 1;
  if (plan.mess.onlyRegionalId) tally.mess.patientsWithoutMrn += 1;
  if (plan.mess.birthDatePrecision !== 'day') tally.mess.partialBirthDates += 1;
  if (plan.mess.correctedObservation) tally.mess.correctedObservations += 1;
  if (plan.mess.enteredInError) tally.mess.enteredInErrorObservations += 1;
  for (const study of plan.studies) countStudy(tally, study);
  answerQuestion(tally, plan);
}

export function expectedLink(study: StudyPlan): ExpectedLink {
  if (study.flaw === 'foreign-accession') return 'conflict';
  if (hasIssuer(study)) return 'issuer';
  if (study.flaw === 'no-issuer' && study.purpose !== 'prior') return 'accession';
  return study.inFhir ? 'study-uid' : 'none';
}

export function closeTally(tally: Tally, seed: number, patients: number): DemoSummary {
  const { links, dicom, lines, resources, cancers, question, ...rest } = tally;
  return {
    seed,
    patients,
    lines: sorted(lines),
    resources: sorted(resources),
    dicom: { ...dicom, links },
    ...rest,
    cancers: sorted(cancers),
    question: sorted(question),
  };
}

function countStudy(tally: Tally, study: StudyPlan): void {
  const { mess } = tally;
  if (study.inFhir && !study.inDicom) mess.studiesOnlyInFhir += 1;
  if (!study.inDicom) return;
  tally.links[expectedLink(study)] += 1;
  if (!study.inFhir) mess.studiesOnlyInDicom += 1;
  if (!hasIssuer(study)) mess.studiesWithoutIssuer += 1;
  if (study.flaw === 'absent-accession' || study.flaw === 'no-issuer-no-accession')
    mess.studiesWithoutAccession += 1;
  if (study.flaw === 'unknown-accession') mess.studiesWithUnknownAccession += 1;
  if (study.flaw === 'foreign-accession') mess.studiesWithForeignAccession += 1;
}

function answerQuestion(tally: Tally, plan: PatientPlan): void {
  if (plan.journey.kind !== 'cancer') return;
  const { cancer } = plan.journey;
  const numeral = numeralOf(cancer.stage.group);
  if (cancer.kind.organ !== 'lung' || (numeral !== 'III' && numeral !== 'IV')) return;
  if (!plan.studies.some((study) => isThinChestCt(study, cancer.diagnosisDay))) return;
  const survived = (plan.deathDay ?? Number.POSITIVE_INFINITY) - cancer.diagnosisDay;
  const followed = plan.lastContactDay - cancer.diagnosisDay;
  const key = cancer.firstClass ?? 'none';
  const row = tally.question.get(key) ?? { patients: 0, atRiskOneYear: 0, aliveAtOneYear: 0 };
  row.patients += 1;
  if (survived <= 365 || followed >= 365) row.atRiskOneYear += 1;
  if (survived > 365 && followed >= 365) row.aliveAtOneYear += 1;
  tally.question.set(key, row);
}

function isThinChestCt(study: StudyPlan, diagnosisDay: number): boolean {
  const before = diagnosisDay - study.moment.day;
  const link = expectedLink(study);
  return (
    study.inDicom &&
    study.bodyPart === 'CHEST' &&
    before >= 0 &&
    before <= 60 &&
    (link === 'issuer' || link === 'accession' || link === 'study-uid') &&
    study.series.some(({ image }) => image.kind === 'ct' && image.sliceThicknessMm <= 2.5)
  );
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sorted<T>(map: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  return Object.fromEntries([...map].sort(([one], [other]) => (one < other ? -1 : 1)));
}
