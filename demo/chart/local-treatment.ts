import { at, isoDate, localDateTime } from '../calendar.ts';
import type { CancerPlan, Treatment } from '../plan/patient-plan.ts';
import { SYSTEM } from '../systems.ts';
import { type Coding, concept, snomed } from '../tables/codes.ts';
import { PROCEDURES } from '../tables/procedures.ts';
import { type Body, type Chart, mcode, type Reference } from './chart.ts';
import { intentExtension } from './drugs.ts';
import { visit } from './encounters.ts';
import { asJson } from './observation.ts';
import { practitioner } from './registry.ts';

/** Operation on the primary tumour, with its admission. */
export function chartSurgery(
  chart: Chart,
  plan: CancerPlan,
  treatment: Extract<Treatment, { kind: 'surgery' }>,
  tumor: Reference,
  lastContactDay: number,
): void {
  const start = at(treatment.day, 8, chart.random.int(0, 59));
  const days = Math.max(0, Math.min(chart.random.int(2, 6), lastContactDay - treatment.day));
  const encounter = visit(chart, start, 'inpatient', plan.kind.disorder, Math.max(1, days));
  const code = PROCEDURES[plan.kind.organ].surgery;
  chart.add(
    'Procedure',
    start,
    {
      extension: [intentExtension(plan.regimen.intent)],
      status: 'completed',
      category: asJson(concept(snomed('387713003', 'Surgical procedure (procedure)'))),
      code: asJson(concept(code)),
      subject: chart.subject,
      encounter,
      performedPeriod: {
        start: localDateTime(start),
        end: localDateTime({ ...start, minute: start.minute + chart.random.int(90, 300) }),
      },
      performer: [{ actor: practitioner('surgeon-1') }],
      reasonReference: [tumor],
      bodySite: [asJson(concept(plan.site.body))],
    },
    { profile: mcode('cancer-related-surgical-procedure') },
  );
}

/** mCODE radiotherapy course summary and its volumes (BodyStructure). */
export function chartRadiotherapy(
  chart: Chart,
  plan: CancerPlan,
  treatment: Extract<Treatment, { kind: 'radiotherapy' }>,
  tumor: Reference,
  key: string,
): void {
  const stereotactic = treatment.plannedFractions <= 5;
  const planned = at(treatment.startDay - 1, 14);
  const volumes = [
    volume(
      chart,
      plan,
      planned,
      `${key}-ptv`,
      'Primary tumor PTV',
      plan.site.body,
      treatment.cGy,
      treatment.fractions,
    ),
    ...(treatment.nodesCGy === undefined
      ? []
      : [
          volume(
            chart,
            plan,
            planned,
            `${key}-nodes`,
            'Regional lymph nodes',
            snomed('59441001', 'Structure of lymph node (body structure)'),
            treatment.nodesCGy,
            treatment.fractions,
          ),
        ]),
  ];
  const complete = treatment.fractions >= treatment.plannedFractions;
  chart.add(
    'Procedure',
    at(treatment.endDay, 16),
    {
      extension: [
        intentExtension(plan.regimen.intent),
        {
          url: mcode('radiotherapy-modality-and-technique'),
          extension: [
            coded(
              'radiotherapy-modality',
              snomed('1156506007', 'External beam radiation therapy using photons (procedure)'),
            ),
            coded(
              'radiotherapy-technique',
              stereotactic
                ? snomed('1162782007', 'Three dimensional external beam radiation therapy (procedure)')
                : snomed('1156530009', 'Volumetric Modulated Arc Therapy (procedure)'),
            ),
          ],
        },
        { url: mcode('radiotherapy-sessions'), valueUnsignedInt: treatment.fractions },
        ...volumes,
      ],
      status: complete ? 'completed' : 'stopped',
      ...(complete
        ? {}
        : { statusReason: asJson(concept(snomed('407563006', 'Treatment not tolerated (situation)'))) }),
      category: asJson(concept(snomed('108290001', 'Radiation oncology AND/OR radiotherapy (procedure)'))),
      code: asJson(concept(snomed('1217123003', 'Radiotherapy course of treatment (regime/therapy)'))),
      subject: chart.subject,
      performedPeriod: { start: isoDate(treatment.startDay), end: isoDate(treatment.endDay) },
      performer: [{ actor: practitioner('radiation-oncologist-1') }],
      reasonReference: [tumor],
      bodySite: [asJson(concept(PROCEDURES[plan.kind.organ].region))],
    },
    { profile: mcode('radiotherapy-course-summary') },
  );
}

function volume(
  chart: Chart,
  plan: CancerPlan,
  moment: ReturnType<typeof at>,
  name: string,
  description: string,
  location: Coding,
  cGy: number,
  fractions: number,
): Body {
  const { side } = plan.site;
  const structure = chart.add(
    'BodyStructure',
    moment,
    {
      identifier: [{ use: 'usual', value: name }],
      active: true,
      morphology: asJson(concept(snomed('228793007', 'Planning target volume (observable entity)'))),
      location: asJson(concept(location)),
      ...(side === undefined ? {} : { locationQualifier: [asJson(concept(side))] }),
      description,
      patient: chart.subject,
    },
    { profile: mcode('radiotherapy-volume') },
  );
  return {
    url: mcode('radiotherapy-dose-delivered-to-volume'),
    extension: [
      { url: 'volume', valueReference: structure },
      {
        url: 'totalDoseDelivered',
        valueQuantity: { value: cGy, unit: 'cGy', system: SYSTEM.ucum, code: 'cGy' },
      },
      { url: 'fractionsDelivered', valueUnsignedInt: fractions },
    ],
  };
}

function coded(name: string, code: Coding): Body {
  return { url: mcode(name), valueCodeableConcept: { coding: [{ ...code }] } };
}
