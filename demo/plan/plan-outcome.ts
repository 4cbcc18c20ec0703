import { REFERENCE_DAY } from '../calendar.ts';
import type { Random } from '../random.ts';
import type { Cancer } from '../tables/cancers.ts';
import type { Effect } from '../tables/regimens.ts';
import { numeralOf, type Stage } from '../tables/stages.ts';
import {
  HAZARD_PER_DECADE,
  HAZARD_PER_ECOG,
  HAZARD_RATIO,
  PROGRESSION_PROBABILITY,
  PROGRESSION_SHARE,
  UNTREATED_MEDIAN_MONTHS,
  WEIBULL_SHAPE,
} from '../tables/survival.ts';

export interface Outcome {
  readonly deathDay?: number;
  readonly lastContactDay: number;
  readonly progressionDay?: number;
}

/**
 * Draws death from a Weibull curve: S(t) = exp(-ln 2 · HR · (t / median)^shape), counted from `startDay` (first
 * treatment, or diagnosis when there is none). Follow-up ends at the reference day or at a loss to follow-up.
 */
export function planOutcome(
  random: Random,
  cancer: Cancer,
  stage: Stage,
  effect: Effect,
  patient: {
    readonly age: number;
    readonly ecog: number;
    readonly diagnosisDay: number;
    readonly startDay: number;
  },
): Outcome {
  const numeral = numeralOf(stage.group);
  const median = UNTREATED_MEDIAN_MONTHS[cancer.group][numeral] * 30.44;
  const hazard =
    HAZARD_RATIO[effect] *
    HAZARD_PER_ECOG ** (patient.ecog - 1) *
    HAZARD_PER_DECADE ** ((patient.age - 65) / 10);
  const days = median * (-Math.log(1 - random.unit()) / (Math.LN2 * hazard)) ** (1 / WEIBULL_SHAPE);
  const survival = clearOfOneYear(Math.max(12, Math.round(days)) + patient.startDay - patient.diagnosisDay);
  const deathDay = patient.diagnosisDay + survival;
  const progresses = random.chance(PROGRESSION_PROBABILITY[numeral]);
  const share = PROGRESSION_SHARE + (random.unit() - 0.5) * 0.4;
  const lost = random.chance(0.12) ? random.int(90, 900) : Number.POSITIVE_INFINITY;
  const followedTo = Math.min(REFERENCE_DAY - random.int(0, 45), patient.startDay + lost);
  const died = deathDay <= followedTo;
  const lastContactDay = died
    ? deathDay
    : patient.diagnosisDay + clearOfOneYear(Math.max(13, followedTo - patient.diagnosisDay));
  const progressionDay = patient.startDay + Math.round(Math.min(days, 3650) * share);
  return {
    lastContactDay,
    ...(died ? { deathDay } : {}),
    ...(progresses && progressionDay >= patient.startDay + 50 && progressionDay < lastContactDay - 14
      ? { progressionDay }
      : {}),
  };
}

/** Keeps events away from the anniversary, where counting conventions differ (365 or 366 days, inclusive or not). */
function clearOfOneYear(days: number): number {
  return days >= 360 && days <= 370 ? 358 : days;
}
