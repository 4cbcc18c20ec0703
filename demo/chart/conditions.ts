import { isoDate, localDateTime, type Moment } from '../calendar.ts';
import type { CancerPlan } from '../plan/patient-plan.ts';
import { SYSTEM } from '../systems.ts';
import type { Coding } from '../tables/codes.ts';
import { METASTASES } from '../tables/metastases.ts';
import { type AddOptions, type Body, type Chart, type Json, mcode, type Reference, usCore } from './chart.ts';

interface ConditionFacts {
  readonly codings: readonly Coding[];
  readonly text: string;
  readonly clinical?: 'active' | 'inactive' | 'resolved' | 'remission' | 'recurrence';
  readonly verification: 'confirmed' | 'provisional' | 'refuted' | 'entered-in-error';
  readonly category?: 'problem-list-item' | 'encounter-diagnosis';
  readonly onset: string;
  readonly rest?: Body;
}

/** Files a Condition; `con-5`: an entered-in-error condition has no clinical status. */
export function diagnose(
  chart: Chart,
  moment: Moment,
  facts: ConditionFacts,
  options: AddOptions = {},
): Reference {
  return chart.add('Condition', moment, conditionBody(chart, moment, facts), {
    profile: usCore(
      facts.category === 'encounter-diagnosis'
        ? 'condition-encounter-diagnosis'
        : 'condition-problems-health-concerns',
    ),
    ...options,
  });
}

function conditionBody(chart: Chart, moment: Moment, facts: ConditionFacts): Body {
  const { verification, clinical = 'active', category = 'problem-list-item' } = facts;
  return {
    ...(verification === 'entered-in-error'
      ? {}
      : { clinicalStatus: status(SYSTEM.conditionClinical, clinical) }),
    verificationStatus: status(SYSTEM.conditionVerification, verification),
    category: [status(SYSTEM.conditionCategory, category)],
    code: { coding: facts.codings.map((coding) => ({ ...coding })), text: facts.text },
    subject: chart.subject,
    onsetDateTime: facts.onset,
    recordedDate: chart.random.chance(0.5) ? isoDate(moment.day) : localDateTime(moment),
    ...facts.rest,
  };
}

/** The confirmed tumour without stage, as first entered in the problem list. */
export function diagnoseTumor(
  chart: Chart,
  moment: Moment,
  plan: CancerPlan,
  duplicated: boolean,
): Reference {
  const facts: ConditionFacts = {
    codings: tumorCodings(plan),
    text: plan.kind.disorder.display.replace(/ \(.*\)$/, ''),
    verification: 'confirmed',
    onset: isoDate(plan.workup.answerDay),
    rest: tumorElements(plan),
  };
  const earlier = conditionBody(chart, moment, { ...facts, verification: 'provisional', rest: {} });
  return diagnose(chart, moment, facts, {
    profile: mcode('primary-cancer-condition'),
    ...(duplicated ? { earlier } : {}),
  });
}

/** The same tumour entered again by the oncologist, with its stage. */
export function diagnoseStagedTumor(
  chart: Chart,
  moment: Moment,
  plan: CancerPlan,
  stages: readonly {
    readonly kind: 'clinical' | 'pathologic';
    readonly group: string;
    readonly assessment: Reference;
  }[],
): Reference {
  const codings = plan.coding === 'icd10' ? [plan.kind.disorder] : [plan.site.icd];
  return diagnose(
    chart,
    moment,
    {
      codings: plan.coding === 'both' ? [plan.kind.disorder, plan.site.icd] : codings,
      text: `${plan.kind.disorder.display.replace(/ \(.*\)$/, '')}, stage ${plan.stage.group}`,
      verification: 'confirmed',
      category: 'encounter-diagnosis',
      onset: isoDate(plan.workup.answerDay),
      rest: {
        ...tumorElements(plan),
        stage: stages.map(({ kind, group, assessment }) => ({
          summary: {
            coding: [{ system: SYSTEM.ajcc, code: group, display: `Stage ${group}` }],
            text: `Stage ${group}`,
          },
          assessment: [assessment],
          type: {
            coding: [
              kind === 'clinical'
                ? { system: SYSTEM.snomed, code: '399537006', display: 'Clinical TNM stage grouping' }
                : { system: SYSTEM.snomed, code: '399588009', display: 'Pathologic TNM stage grouping' },
            ],
          },
        })),
      },
    },
    { profile: mcode('primary-cancer-condition') },
  );
}

export function diagnoseMetastasis(
  chart: Chart,
  moment: Moment,
  site: string,
  primary: Reference,
): Reference {
  const metastasis = METASTASES[site];
  if (metastasis === undefined) throw new Error(`no metastasis ${site}`);
  const both = chart.random.chance(0.4);
  return diagnose(
    chart,
    moment,
    {
      codings: both
        ? [metastasis.disorder, metastasis.icd]
        : [chart.random.chance(0.5) ? metastasis.disorder : metastasis.icd],
      text: metastasis.icd.display,
      verification: 'confirmed',
      onset: isoDate(moment.day),
      rest: {
        extension: [
          { url: 'http://hl7.org/fhir/StructureDefinition/condition-related', valueReference: primary },
        ],
        bodySite: [{ coding: [{ ...metastasis.body }], text: metastasis.body.display }],
      },
    },
    { profile: mcode('secondary-cancer-condition') },
  );
}

function tumorCodings(plan: CancerPlan): readonly Coding[] {
  switch (plan.coding) {
    case 'snomed':
      return [plan.kind.disorder];
    case 'icd10':
      return [plan.site.icd];
    case 'both':
      return [plan.kind.disorder, plan.site.icd];
    default:
      return plan.coding satisfies never;
  }
}

function tumorElements(plan: CancerPlan): Body {
  const { body, side } = plan.site;
  return {
    extension: [
      {
        url: mcode('histology-morphology-behavior'),
        valueCodeableConcept: {
          coding: [{ ...plan.kind.morphology }, { system: SYSTEM.icdo3, code: plan.kind.icdo3 }],
          text: plan.kind.morphology.display.replace(/ \(.*\)$/, ''),
        },
      },
    ],
    bodySite: [
      {
        ...(side === undefined
          ? {}
          : {
              extension: [
                { url: mcode('laterality-qualifier'), valueCodeableConcept: { coding: [{ ...side }] } },
              ],
            }),
        coding: [{ ...body }],
        text: body.display.replace(/ \(.*\)$/, ''),
      },
    ],
  };
}

function status(system: string, code: string): Json {
  return { coding: [{ system, code }] };
}
