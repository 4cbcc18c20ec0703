import { at } from '../calendar.ts';
import { accessionOf, uidOf } from '../keys.ts';
import type { Random } from '../random.ts';
import type { Organ } from '../tables/cancers.ts';
import { PROCEDURES } from '../tables/procedures.ts';
import { CT_SCANNERS } from '../tables/scanners.ts';
import type { CancerPlan, StudyFlaw, StudyPlan, Workup } from './patient-plan.ts';
import {
  draftCt,
  draftMammography,
  draftMr,
  draftPetCt,
  draftSlides,
  numberSeries,
  type SeriesDraft,
} from './plan-series.ts';

interface StudyDraft {
  readonly day: number;
  readonly purpose: StudyPlan['purpose'];
  readonly description: string;
  readonly bodyPart: string;
  readonly modalities: readonly string[];
  readonly series: readonly SeriesDraft[];
  readonly inFhir: boolean;
  readonly inDicom: boolean;
  readonly flaw: StudyFlaw;
}

/** The studies of a suspicion: the image that raised it and the slide that answered it. */
export function planWorkupStudies(random: Random, organ: Organ, workup: Workup): readonly StudyDraft[] {
  const drafts: StudyDraft[] = [];
  const diagnostic = draftDiagnostic(random, organ);
  if (diagnostic !== undefined) {
    const { bodyPart } = PROCEDURES[organ];
    drafts.push({
      day: workup.imagingDay,
      purpose: 'diagnostic',
      bodyPart,
      ...diagnostic,
      ...(organ === 'lung'
        ? { inFhir: random.chance(0.85), inDicom: random.chance(0.96) }
        : presence(random)),
      flaw: drawFlaw(random),
    });
  }
  if (random.chance(0.55)) {
    const levels = random.int(2, 3);
    drafts.push({
      day: Math.min(workup.biopsyDay + 2, workup.answerDay),
      purpose: 'pathology',
      description: 'Surgical pathology',
      bodyPart: organ.toUpperCase(),
      modalities: ['SM'],
      series: draftSlides(random, organ, levels, organ === 'lung' && random.chance(0.4)),
      inFhir: random.chance(0.5),
      inDicom: true,
      flaw: random.chance(0.06) ? 'no-issuer-no-accession' : random.chance(0.1) ? 'no-issuer' : 'none',
    });
  }
  return drafts;
}

/** Staging PET/CT, follow-up CT and, in some patients, a CT from years before. */
export function planCancerStudies(
  random: Random,
  plan: CancerPlan,
  weightKg: number,
  lastContactDay: number,
): readonly StudyDraft[] {
  const drafts: StudyDraft[] = [];
  const { organ } = plan.kind;
  const petDay = plan.workup.answerDay + random.int(4, 12);
  if (organ === 'lung' && random.chance(0.35) && petDay <= lastContactDay) {
    drafts.push(petStudy(random, petDay, 'staging', weightKg));
  }
  const controlled = organ !== 'prostate' && organ !== 'breast';
  for (let month = 3; controlled && month <= 24; month += random.int(3, 6)) {
    const day = plan.workup.answerDay + month * 30 + random.int(-6, 6);
    if (day > lastContactDay - 2) break;
    if (!random.chance(0.45)) continue;
    drafts.push(
      organ === 'lung' && random.chance(0.2)
        ? petStudy(random, day, 'follow-up', weightKg)
        : {
            day,
            purpose: 'follow-up',
            description: 'CT CHEST FOLLOW-UP',
            bodyPart: 'CHEST',
            modalities: ['CT'],
            series: draftCt(random, ctProtocol(random, random.chance(0.5))),
            ...presence(random),
            flaw: random.chance(0.05) ? 'foreign-accession' : drawFlaw(random),
          },
    );
  }
  if (organ === 'lung' && random.chance(0.15)) {
    drafts.push({
      day: plan.workup.answerDay - random.int(200, 900),
      purpose: 'prior',
      description: 'CT CHEST LOW DOSE SCREENING',
      bodyPart: 'CHEST',
      modalities: ['CT'],
      series: draftCt(random, { ...ctProtocol(random, true), contrast: false, lowDose: true }),
      inFhir: random.chance(0.4),
      inDicom: true,
      flaw: random.chance(0.3) ? 'no-issuer-no-accession' : 'none',
    });
  }
  return drafts;
}

/** Orders the drafts by day and gives them numbers, UIDs and accessions. */
export function numberStudies(
  seed: number,
  patient: number,
  random: Random,
  drafts: readonly StudyDraft[],
): readonly StudyPlan[] {
  return [...drafts]
    .sort((one, other) => one.day - other.day)
    .map(({ day, series, ...draft }, index) => {
      const number = index + 1;
      return {
        ...draft,
        number,
        uid: uidOf(seed, patient, number),
        accession: accessionOf(seed, patient, number),
        moment: at(day, random.int(8, 16), random.int(0, 59)),
        series: numberSeries(seed, patient, number, series),
      };
    });
}

export type { StudyDraft };

export function petStudy(
  random: Random,
  day: number,
  purpose: 'staging' | 'follow-up',
  weightKg: number,
  segments = random.chance(0.6) ? random.int(1, 3) : 0,
): StudyDraft {
  return {
    day,
    purpose,
    description: 'PET/CT SKULL BASE TO MID-THIGH',
    bodyPart: 'WHOLEBODY',
    modalities: segments > 0 ? ['CT', 'PT', 'SEG'] : ['CT', 'PT'],
    series: draftPetCt(random, weightKg, segments),
    ...presence(random),
    flaw: drawFlaw(random),
  };
}

export function ctProtocol(random: Random, thin: boolean): Parameters<typeof draftCt>[1] {
  return {
    scanner: random.pick(CT_SCANNERS),
    region: 'CHEST',
    thin,
    contrast: random.chance(0.6),
    lowDose: false,
    localizer: random.chance(0.3),
  };
}

function draftDiagnostic(
  random: Random,
  organ: Organ,
): Pick<StudyDraft, 'description' | 'modalities' | 'series'> | undefined {
  switch (organ) {
    case 'lung':
      return {
        description: 'CT CHEST',
        modalities: ['CT'],
        series: draftCt(random, ctProtocol(random, random.chance(0.85))),
      };
    case 'colorectal':
    case 'pancreas':
      return {
        description: 'CT ABDOMEN PELVIS',
        modalities: ['CT'],
        series: draftCt(random, {
          ...ctProtocol(random, random.chance(0.4)),
          region: 'ABDOMEN',
          contrast: true,
        }),
      };
    case 'breast':
      return { description: 'MG SCREENING BILATERAL', modalities: ['MG'], series: draftMammography() };
    case 'prostate':
      return random.chance(0.6)
        ? { description: 'MR PROSTATE', modalities: ['MR'], series: draftMr() }
        : undefined;
    case 'skin':
      return undefined;
    default:
      return organ satisfies never;
  }
}

function presence(random: Random): { readonly inFhir: boolean; readonly inDicom: boolean } {
  const draw = random.unit();
  return { inFhir: draw < 0.8, inDicom: draw < 0.7 || draw >= 0.8 };
}

function drawFlaw(random: Random): StudyFlaw {
  const draw = random.unit();
  if (draw < 0.76) return 'none';
  if (draw < 0.84) return 'no-issuer';
  if (draw < 0.9) return 'absent-accession';
  if (draw < 0.94) return 'unknown-accession';
  return 'no-issuer-no-accession';
}
