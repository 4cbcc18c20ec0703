import type { Moment } from '../calendar.ts';
import { concept, loinc, snomed } from '../tables/codes.ts';
import { type Chart, mcode, type Reference } from './chart.ts';
import { observe } from './observation.ts';
import { practitioner } from './registry.ts';

const TRENDS = {
  improved: snomed('268910001', "Patient's condition improved (finding)"),
  stable: snomed('359746009', "Patient's condition stable (finding)"),
  worsened: snomed('271299001', "Patient's condition worsened (finding)"),
} as const;

export function chartDiseaseStatus(
  chart: Chart,
  moment: Moment,
  tumor: Reference,
  trend: keyof typeof TRENDS,
): void {
  observe(
    chart,
    moment,
    undefined,
    concept(loinc('97509-4', 'Cancer disease progression')),
    {
      extension: [
        {
          url: mcode('cancer-disease-status-evidence-type'),
          valueCodeableConcept: { coding: [{ ...snomed('363679005', 'Imaging (procedure)') }] },
        },
      ],
      focus: [tumor],
      performer: [practitioner('oncologist-1')],
      valueCodeableConcept: { coding: [{ ...TRENDS[trend] }], text: TRENDS[trend].display },
    },
    { profile: mcode('cancer-disease-status') },
  );
}

export function chartEcog(chart: Chart, moment: Moment, score: number): void {
  observe(
    chart,
    moment,
    'survey',
    concept(loinc('89247-1', 'ECOG Performance Status score')),
    { valueInteger: score, performer: [practitioner('oncologist-1')] },
    { profile: mcode('ecog-performance-status') },
  );
}
