import type { Moment } from '../calendar.ts';
import type { CancerPlan } from '../plan/patient-plan.ts';
import { SYSTEM } from '../systems.ts';
import { type Coding, concept, snomed } from '../tables/codes.ts';
import { type Chart, mcode, type Reference } from './chart.ts';
import { observe } from './observation.ts';
import { practitioner } from './registry.ts';

type StagingKind = 'clinical' | 'pathologic';

/** Observation.code by category (mCODE STU3 TNM value sets). */
const CODES: Readonly<Record<StagingKind, Readonly<Record<'group' | 't' | 'n' | 'm', Coding>>>> = {
  clinical: {
    group: snomed('399537006', 'Clinical TNM stage grouping'),
    t: snomed('399504009', 'cT category'),
    n: snomed('399534004', 'cN category'),
    m: snomed('399387003', 'cM category'),
  },
  pathologic: {
    group: snomed('399588009', 'Pathologic TNM stage grouping'),
    t: snomed('384625004', 'pT category'),
    n: snomed('371494008', 'pN category'),
    m: snomed('371497001', 'pM category'),
  },
};

const PROFILES = {
  t: 'tnm-primary-tumor-category',
  n: 'tnm-regional-nodes-category',
  m: 'tnm-distant-metastases-category',
} as const;

/** Files T, N, M and the stage group that has them as members; answers the stage group. */
export function stageTumor(
  chart: Chart,
  moment: Moment,
  plan: CancerPlan,
  tumor: Reference,
  kind: StagingKind,
): Reference {
  const { stage } = plan;
  const prefix = kind === 'clinical' ? 'c' : 'p';
  const file = (code: Coding, profile: string, value: string, hasMember?: readonly Reference[]): Reference =>
    observe(
      chart,
      moment,
      'exam',
      concept(code),
      {
        focus: [tumor],
        performer: [practitioner(kind === 'clinical' ? 'oncologist-1' : 'pathologist-1')],
        valueCodeableConcept: { coding: [{ system: SYSTEM.ajcc, code: value, display: value }], text: value },
        method: {
          coding: [
            {
              ...snomed(
                '897275008',
                'American Joint Commission on Cancer, Cancer Staging Manual, 8th edition neoplasm staging system (tumor staging)',
              ),
            },
          ],
        },
        ...(hasMember === undefined ? {} : { hasMember }),
      },
      { profile: mcode(profile) },
    );
  // pathologists do not assign pM0 (AJCC chapter 1): the clinical M stands
  const categories = (['t', 'n', 'm'] as const).map((category) =>
    category === 'm' && stage.m === 'M0'
      ? file(CODES.clinical.m, PROFILES.m, 'cM0')
      : file(CODES[kind][category], PROFILES[category], `${prefix}${stage[category]}`),
  );
  return file(CODES[kind].group, 'tnm-stage-group', stage.group, categories);
}
