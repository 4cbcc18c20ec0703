import type { AgentKey } from './agents.ts';
import type { CancerGroup } from './cancers.ts';
import type { StageNumeral } from './stages.ts';

export type TreatmentClass =
  | 'chemotherapy'
  | 'immunotherapy'
  | 'targeted therapy'
  | 'hormone therapy'
  | 'radiotherapy'
  | 'surgery';

/** One part of a treatment; `start` is in days from the first day of treatment. */
export type Step =
  | { readonly kind: 'surgery'; readonly start: number }
  | {
      readonly kind: 'radiotherapy';
      readonly start: number;
      readonly cGy: number;
      readonly fractions: number;
      readonly nodesCGy?: number;
    }
  | {
      readonly kind: 'drugs';
      readonly start: number;
      readonly agents: readonly AgentKey[];
      readonly cycles: number;
      readonly every: number;
    };

/** `effect` names the row of the hazard table; `needs` is the biomarker without which it is not given. */
export interface Regimen {
  readonly key: string;
  readonly effect: Effect;
  readonly weight: number;
  readonly needs?: 'egfr' | 'alk' | 'pdl1-high' | 'hr-positive' | 'her2-positive' | 'driver-negative';
  readonly intent: 'curative' | 'palliative';
  readonly steps: readonly Step[];
}

export type Effect =
  | 'none'
  | 'surgery'
  | 'chemoradiation'
  | 'chemo'
  | 'chemo-immuno'
  | 'immuno'
  | 'targeted'
  | 'hormone'
  | 'radiation';

const surgery: Step = { kind: 'surgery', start: 0 };
const none: Regimen = {
  key: 'best-supportive-care',
  effect: 'none',
  weight: 1,
  intent: 'palliative',
  steps: [],
};

function drugs(start: number, agents: readonly AgentKey[], cycles: number, every: number): Step {
  return { kind: 'drugs', start, agents, cycles, every };
}

function radiation(start: number, cGy: number, fractions: number, nodesCGy?: number): Step {
  return { kind: 'radiotherapy', start, cGy, fractions, ...(nodesCGy === undefined ? {} : { nodesCGy }) };
}

function regimen(
  key: string,
  effect: Effect,
  weight: number,
  intent: Regimen['intent'],
  steps: readonly Step[],
  needs?: Regimen['needs'],
): Regimen {
  return { key, effect, weight, intent, steps, ...(needs === undefined ? {} : { needs }) };
}

const lungIV: readonly Regimen[] = [
  regimen('pembrolizumab', 'immuno', 10, 'palliative', [drugs(0, ['pembrolizumab'], 17, 21)], 'pdl1-high'),
  regimen(
    'nivolumab-ipilimumab',
    'immuno',
    2,
    'palliative',
    [drugs(0, ['nivolumab'], 12, 28), drugs(0, ['ipilimumab'], 6, 42)],
    'driver-negative',
  ),
  // the checkpoint inhibitor joins at the second cycle, once PD-L1 is back
  regimen(
    'carboplatin-pemetrexed-pembrolizumab',
    'chemo-immuno',
    3,
    'palliative',
    [drugs(0, ['carboplatin', 'pemetrexed'], 4, 21), drugs(21, ['pembrolizumab'], 15, 21)],
    'driver-negative',
  ),
  regimen(
    'carboplatin-paclitaxel',
    'chemo',
    2,
    'palliative',
    [drugs(0, ['carboplatin', 'paclitaxel'], 4, 21)],
    'driver-negative',
  ),
  regimen('osimertinib', 'targeted', 30, 'palliative', [drugs(0, ['osimertinib'], 12, 30)], 'egfr'),
  regimen('alectinib', 'targeted', 30, 'palliative', [drugs(0, ['alectinib'], 12, 30)], 'alk'),
  regimen(
    'palliative-radiotherapy-nivolumab',
    'radiation',
    3,
    'palliative',
    [radiation(0, 3000, 10), drugs(28, ['nivolumab'], 8, 28)],
    'driver-negative',
  ),
  { ...none, weight: 1.2 },
];

/** Treatments given by cancer and stage, chosen by weight among those whose need is met. */
export const REGIMENS: Readonly<Record<CancerGroup, Readonly<Record<StageNumeral, readonly Regimen[]>>>> = {
  nsclc: {
    I: [
      regimen('lobectomy', 'surgery', 6, 'curative', [surgery]),
      regimen('sbrt', 'radiation', 2, 'curative', [radiation(0, 5400, 3)]),
    ],
    II: [
      regimen('lobectomy-cisplatin-pemetrexed', 'surgery', 5, 'curative', [
        surgery,
        drugs(45, ['cisplatin', 'pemetrexed'], 4, 21),
      ]),
      regimen('sbrt', 'radiation', 1, 'curative', [radiation(0, 5000, 5)]),
    ],
    III: [
      regimen('chemoradiation-durvalumab', 'chemoradiation', 4, 'curative', [
        drugs(0, ['carboplatin', 'paclitaxel'], 4, 14),
        radiation(2, 6000, 30, 5000),
        drugs(70, ['durvalumab'], 12, 28),
      ]),
      regimen('radiotherapy-carboplatin', 'radiation', 3.5, 'curative', [
        radiation(0, 6000, 30, 4500),
        drugs(56, ['carboplatin', 'paclitaxel'], 4, 21),
      ]),
      regimen('lobectomy-cisplatin-pemetrexed', 'surgery', 2.5, 'curative', [
        surgery,
        drugs(45, ['cisplatin', 'pemetrexed'], 4, 21),
      ]),
      none,
    ],
    IV: lungIV,
  },
  sclc: {
    I: [
      regimen('cisplatin-etoposide-radiotherapy', 'chemoradiation', 1, 'curative', [
        drugs(0, ['cisplatin', 'etoposide'], 4, 21),
        radiation(24, 4500, 30),
      ]),
    ],
    II: [
      regimen('cisplatin-etoposide-radiotherapy', 'chemoradiation', 1, 'curative', [
        drugs(0, ['cisplatin', 'etoposide'], 4, 21),
        radiation(24, 4500, 30),
      ]),
    ],
    III: [
      regimen('cisplatin-etoposide-radiotherapy', 'chemoradiation', 5, 'curative', [
        drugs(0, ['cisplatin', 'etoposide'], 4, 21),
        radiation(24, 4500, 30),
      ]),
      none,
    ],
    IV: [
      regimen('carboplatin-etoposide-atezolizumab', 'chemo-immuno', 5, 'palliative', [
        drugs(0, ['carboplatin', 'etoposide'], 4, 21),
        drugs(21, ['atezolizumab'], 8, 21),
      ]),
      none,
    ],
  },
  breast: {
    I: [
      regimen(
        'lumpectomy-radiotherapy',
        'surgery',
        3,
        'curative',
        [surgery, radiation(45, 4005, 15), drugs(80, ['letrozole'], 10, 90)],
        'hr-positive',
      ),
      regimen('lumpectomy', 'surgery', 1, 'curative', [surgery, radiation(45, 4005, 15)]),
    ],
    II: [
      regimen('neoadjuvant-ac-t', 'surgery', 3, 'curative', [
        drugs(0, ['doxorubicin', 'cyclophosphamide'], 4, 14),
        drugs(56, ['paclitaxel'], 4, 14),
        { kind: 'surgery', start: 135 },
        radiation(180, 5000, 25),
      ]),
      regimen(
        'trastuzumab-paclitaxel',
        'targeted',
        6,
        'curative',
        [surgery, drugs(40, ['paclitaxel'], 4, 21), drugs(40, ['trastuzumab'], 14, 21)],
        'her2-positive',
      ),
      regimen(
        'lumpectomy-endocrine',
        'surgery',
        4,
        'curative',
        [surgery, radiation(50, 5000, 25), drugs(90, ['anastrozole'], 10, 90)],
        'hr-positive',
      ),
    ],
    III: [
      regimen('neoadjuvant-ac-t', 'surgery', 3, 'curative', [
        drugs(0, ['doxorubicin', 'cyclophosphamide'], 4, 14),
        drugs(56, ['paclitaxel'], 4, 14),
        { kind: 'surgery', start: 135 },
        radiation(180, 5000, 25),
      ]),
    ],
    IV: [
      regimen(
        'letrozole-palbociclib',
        'hormone',
        4,
        'palliative',
        [drugs(0, ['letrozole'], 8, 90), drugs(1, ['palbociclib'], 12, 28)],
        'hr-positive',
      ),
      regimen('paclitaxel', 'chemo', 1, 'palliative', [drugs(0, ['paclitaxel'], 6, 21)]),
    ],
  },
  colorectal: {
    I: [regimen('colectomy', 'surgery', 1, 'curative', [surgery])],
    II: [regimen('colectomy', 'surgery', 1, 'curative', [surgery])],
    III: [
      regimen('colectomy-folfox', 'surgery', 1, 'curative', [
        surgery,
        drugs(42, ['oxaliplatin', 'fluorouracil'], 12, 14),
      ]),
    ],
    IV: [
      regimen('folfox', 'chemo', 4, 'palliative', [drugs(0, ['oxaliplatin', 'fluorouracil'], 10, 14)]),
      regimen('capecitabine', 'chemo', 1, 'palliative', [drugs(0, ['capecitabine'], 8, 21)]),
      none,
    ],
  },
  prostate: {
    I: [
      regimen('active-surveillance', 'surgery', 1, 'curative', []),
      regimen('prostatectomy', 'surgery', 3, 'curative', [surgery]),
    ],
    II: [
      regimen('prostatectomy', 'surgery', 2, 'curative', [surgery]),
      regimen('radiotherapy-adt', 'radiation', 2, 'curative', [
        radiation(0, 7800, 39),
        drugs(14, ['leuprolide'], 2, 90),
      ]),
    ],
    III: [
      regimen('adt-radiotherapy', 'radiation', 1, 'curative', [
        drugs(0, ['leuprolide'], 6, 90),
        radiation(60, 7800, 39, 4500),
      ]),
    ],
    IV: [
      regimen('adt-abiraterone', 'hormone', 3, 'palliative', [
        drugs(0, ['leuprolide'], 10, 90),
        drugs(30, ['abiraterone'], 10, 30),
      ]),
      regimen('adt-docetaxel', 'chemo', 1, 'palliative', [
        drugs(0, ['leuprolide'], 8, 90),
        drugs(20, ['docetaxel'], 6, 21),
      ]),
    ],
  },
  melanoma: {
    I: [regimen('wide-excision', 'surgery', 1, 'curative', [surgery])],
    II: [regimen('wide-excision', 'surgery', 1, 'curative', [surgery])],
    III: [
      regimen('excision-nivolumab', 'immuno', 1, 'curative', [surgery, drugs(45, ['nivolumab'], 12, 28)]),
    ],
    IV: [regimen('pembrolizumab', 'immuno', 4, 'palliative', [drugs(0, ['pembrolizumab'], 14, 21)]), none],
  },
  pancreas: {
    I: [regimen('whipple', 'surgery', 1, 'curative', [surgery, drugs(56, ['gemcitabine'], 6, 28)])],
    II: [regimen('whipple', 'surgery', 1, 'curative', [surgery, drugs(56, ['gemcitabine'], 6, 28)])],
    III: [regimen('gemcitabine', 'chemo', 3, 'palliative', [drugs(0, ['gemcitabine'], 6, 28)]), none],
    IV: [regimen('gemcitabine', 'chemo', 3, 'palliative', [drugs(0, ['gemcitabine'], 5, 28)]), none],
  },
};
