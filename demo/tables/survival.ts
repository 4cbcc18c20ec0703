import type { CancerGroup } from './cancers.ts';
import type { Effect } from './regimens.ts';
import type { StageNumeral } from './stages.ts';

/** Median survival in months without treatment directed at the cancer. */
export const UNTREATED_MEDIAN_MONTHS: Readonly<Record<CancerGroup, Readonly<Record<StageNumeral, number>>>> =
  {
    nsclc: { I: 30, II: 18, III: 8, IV: 4.5 },
    sclc: { I: 14, II: 10, III: 5, IV: 3 },
    breast: { I: 120, II: 72, III: 36, IV: 14 },
    colorectal: { I: 96, II: 60, III: 30, IV: 8 },
    prostate: { I: 200, II: 160, III: 90, IV: 24 },
    melanoma: { I: 180, II: 70, III: 30, IV: 7 },
    pancreas: { I: 14, II: 10, III: 7, IV: 3.5 },
  };

/** Hazard ratio of death against no treatment. */
export const HAZARD_RATIO: Readonly<Record<Effect, number>> = {
  none: 1,
  surgery: 0.22,
  chemoradiation: 0.3,
  radiation: 0.5,
  chemo: 0.5,
  'chemo-immuno': 0.33,
  immuno: 0.28,
  targeted: 0.2,
  hormone: 0.35,
};

/** Shape of the Weibull survival curve: hazards rise a little with time. */
export const WEIBULL_SHAPE = 1.15;

/** Hazard multiplier per ECOG point and per decade above 65. */
export const HAZARD_PER_ECOG = 1.3;
export const HAZARD_PER_DECADE = 1.12;

/** Progression comes at this share of the survival time on average (uniform within ± 0.2), if it comes. */
export const PROGRESSION_SHARE = 0.55;
export const PROGRESSION_PROBABILITY: Readonly<Record<StageNumeral, number>> = {
  I: 0.12,
  II: 0.25,
  III: 0.6,
  IV: 0.85,
};
