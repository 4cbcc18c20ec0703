import { REFERENCE_DAY, yearsBetween } from '../calendar.ts';
import { mrnOf, patientKey } from '../keys.ts';
import { type Random, randomStream, spread } from '../random.ts';
import { CANCERS, type Cancer } from '../tables/cancers.ts';
import { FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES } from '../tables/names.ts';
import { STAGES } from '../tables/stages.ts';
import { planMary } from './mary.ts';
import type { CancerPlan, Journey, PatientMess, PatientPlan, Workup } from './patient-plan.ts';
import { planOutcome } from './plan-outcome.ts';
import { numberStudies, planCancerStudies, planWorkupStudies, type StudyDraft } from './plan-studies.ts';
import { chooseRegimen, firstClassOf, planBiomarkers, scheduleTreatments } from './plan-treatment.ts';

const CONTROL_SHARE = 0.3;
const BENIGN_SHARE = 0.08;

/** The journey of one patient, from the seed and the patient's number alone. Number 0 is Mary. */
export function planPatient(seed: number, index: number): PatientPlan {
  if (index === 0) return planMary(seed);
  const random = randomStream(seed, index, 'plan');
  // golden ratio: small demos get the same shares as large ones
  const draw = index === 1 ? 0.999 : spread(seed, index, 0.6180339887498949);
  if (draw < CONTROL_SHARE) return planControl(seed, index, random);
  if (draw < CONTROL_SHARE + BENIGN_SHARE) return planBenign(seed, index, random);
  return planCancerPatient(seed, index, random);
}

function planControl(seed: number, index: number, random: Random): PatientPlan {
  const firstDay = REFERENCE_DAY - random.int(200, 1800);
  const age = Math.round(Math.min(95, Math.max(19, random.normal(58, 17))));
  const dies = random.chance(0.04);
  const lastContactDay = Math.min(REFERENCE_DAY, firstDay + random.int(150, 1800));
  return finish(seed, index, random, {
    sex: random.chance(0.52) ? 'female' : 'male',
    birthDay: birthDayFor(random, firstDay, age),
    journey: { kind: 'control', firstDay },
    lastContactDay,
    ...(dies ? { deathDay: lastContactDay } : {}),
    studies: [],
  });
}

function planBenign(seed: number, index: number, random: Random): PatientPlan {
  const organ = random.pick(['lung', 'lung', 'breast', 'colorectal', 'prostate'] as const);
  const workup = planWorkup(random, REFERENCE_DAY - random.int(60, 1700));
  const age = Math.round(Math.min(90, Math.max(38, random.normal(61, 9))));
  const drafts = planWorkupStudies(random, organ, workup);
  return finish(seed, index, random, {
    sex: organ === 'breast' ? 'female' : organ === 'prostate' || random.chance(0.5) ? 'male' : 'female',
    birthDay: birthDayFor(random, workup.suspicionDay, age),
    journey: { kind: 'benign', organ, workup },
    lastContactDay: Math.min(REFERENCE_DAY, workup.answerDay + random.int(30, 700)),
    studies: numberStudies(seed, index, random, drafts),
  });
}

function planCancerPatient(seed: number, index: number, random: Random): PatientPlan {
  const kind = index === 1 ? CANCERS[0] : chooseCancer(spread(seed, index, Math.SQRT2 - 1));
  if (kind === undefined) throw new Error('no cancers');
  const age = Math.round(Math.min(93, Math.max(30, random.normal(...kind.age))));
  const workup = planWorkup(random, REFERENCE_DAY - random.int(45, 1800));
  const diagnosisDay = workup.biopsyDay;
  const stage = random.weighted(STAGES[kind.group]);
  const markers = planBiomarkers(random, kind);
  const ecog = random.weighted([
    { weight: 35, score: 0 },
    { weight: 42, score: 1 },
    { weight: 17, score: 2 },
    { weight: 6, score: 3 },
  ]).score;
  const regimen = chooseRegimen(spread(seed, index, Math.sqrt(3) - 1), kind, stage, markers);
  const startDay = workup.answerDay + (regimen.steps.length === 0 ? 0 : random.int(14, 45));
  const outcome = planOutcome(random, kind, stage, regimen.effect, { age, ecog, diagnosisDay, startDay });
  const treatments = scheduleTreatments(
    random,
    regimen,
    startDay,
    outcome.lastContactDay - 2,
    outcome.progressionDay,
  );
  const firstClass = firstClassOf(treatments);
  const metastatic = stage.m !== 'M0';
  const cancer: CancerPlan = {
    kind,
    site: random.pick(kind.sites),
    stage,
    workup,
    diagnosisDay,
    ecog,
    markers,
    regimen,
    treatments,
    metastases: metastatic ? kind.metastases.filter((_, at) => at === 0 || random.chance(0.3)) : [],
    response: random.chance(0.55) ? 'improved' : 'stable',
    coding: random.pick(['snomed', 'snomed', 'icd10', 'both'] as const),
    ...(firstClass === undefined ? {} : { firstClass }),
    ...(outcome.progressionDay === undefined
      ? {}
      : { progressionDay: outcome.progressionDay, progressionSite: random.pick(kind.metastases) }),
  };
  const drafts: StudyDraft[] = [
    ...planWorkupStudies(random, kind.organ, workup),
    ...planCancerStudies(random, cancer, random.int(55, 95), outcome.lastContactDay),
  ];
  return finish(seed, index, random, {
    sex: random.chance(kind.female) ? 'female' : 'male',
    birthDay: birthDayFor(random, workup.answerDay, age),
    journey: { kind: 'cancer', cancer },
    lastContactDay: outcome.lastContactDay,
    ...(outcome.deathDay === undefined ? {} : { deathDay: outcome.deathDay }),
    studies: numberStudies(seed, index, random, drafts),
  });
}

/** Nine in ten have their image within 60 days before the answer, the others waited longer. */
function planWorkup(random: Random, answerDay: number): Workup {
  const biopsyDay = answerDay - random.int(3, 8);
  const imagingDay = biopsyDay - (random.chance(0.9) ? random.int(3, 45) : random.int(65, 120));
  return { suspicionDay: imagingDay - random.int(2, 20), imagingDay, biopsyDay, answerDay };
}

function chooseCancer(draw: number): Cancer | undefined {
  let left = draw;
  for (const cancer of CANCERS) {
    left -= cancer.share;
    if (left < 0) return cancer;
  }
  return CANCERS[CANCERS.length - 1];
}

function birthDayFor(random: Random, day: number, age: number): number {
  const birthDay = day - Math.round(age * 365.25) - random.int(0, 360);
  return yearsBetween(birthDay, day) < 18 ? day - 18 * 366 : birthDay;
}

type Fate = Pick<PatientPlan, 'sex' | 'birthDay' | 'journey' | 'deathDay' | 'lastContactDay' | 'studies'>;

function finish(seed: number, index: number, random: Random, fate: Fate): PatientPlan {
  const key = patientKey(seed, index);
  return {
    index,
    key,
    id: key,
    mrn: mrnOf(seed, index),
    given: random.pick(fate.sex === 'female' ? FEMALE_NAMES : MALE_NAMES),
    family: random.pick(FAMILY_NAMES),
    ...fate,
    mess: planMess(index, random, fate.journey),
  };
}

function planMess(index: number, random: Random, journey: Journey): PatientMess {
  return {
    // fixed places, so that the smallest demo has one of each
    duplicateRecord: index === 4 || random.chance(0.03),
    onlyRegionalId: journey.kind === 'control' && (index % 6 === 3 || random.chance(0.03)),
    duplicateLine: index === 2 || random.chance(0.05),
    correctedObservation: index === 1 || random.chance(0.08),
    enteredInError: index === 2 || random.chance(0.04),
    duplicateFile: index === 1 || random.chance(0.05),
    birthDatePrecision: random.chance(0.95) ? 'day' : random.chance(0.5) ? 'month' : 'year',
  };
}
