import { type Moment, REFERENCE_DAY } from '../calendar.ts';
import type { CancerPlan } from '../plan/patient-plan.ts';
import { SYSTEM } from '../systems.ts';
import { concept, loinc, snomed } from '../tables/codes.ts';
import { type Body, type Chart, mcode, type Reference } from './chart.ts';
import { observe, quantity } from './observation.ts';
import { CENTRE } from './registry.ts';

/** Receptors, PD-L1 and driver genes of the tumour, on the biopsy specimen. */
export function reportBiomarkers(
  chart: Chart,
  moment: Moment,
  plan: CancerPlan,
  tumor: Reference,
  specimen: Reference,
): void {
  if (moment.day > REFERENCE_DAY) return;
  const { markers } = plan;
  const marker = (code: string, display: string, value: Body): Reference =>
    observe(
      chart,
      moment,
      'laboratory',
      concept(loinc(code, display)),
      { focus: [tumor], specimen, performer: [CENTRE], ...value },
      { profile: mcode('tumor-marker-test') },
    );
  if (markers.er !== undefined) {
    marker('16112-5', 'Estrogen receptor [Interpretation] in Tissue', presence(markers.er > 0));
    marker('14228-1', 'Cells.estrogen receptor/100 cells in Tissue by Immune stain', percent(markers.er));
  }
  if (markers.pr !== undefined) {
    marker('16113-3', 'Progesterone receptor [Interpretation] in Tissue', presence(markers.pr > 0));
  }
  if (markers.her2 !== undefined) {
    marker('48676-1', 'HER2 [Interpretation] in Tissue', presence(markers.her2));
  }
  if (markers.pdl1Percent !== undefined) {
    marker('83052-1', 'PD-L1 by clone 22C3 [Presence] in Tissue by Immune stain', {
      ...presence(markers.pdl1Percent > 0),
      component: [
        {
          code: {
            coding: [
              {
                ...loinc(
                  '83053-9',
                  'Cells.programmed cell death ligand 1/100 viable tumor cells in Tissue by Immune stain',
                ),
              },
            ],
          },
          ...percent(markers.pdl1Percent),
        },
      ],
    });
  }
  if (markers.egfr !== undefined)
    variant(
      chart,
      moment,
      specimen,
      'HGNC:3236',
      'EGFR',
      markers.egfr ? 'NM_005228.5:c.2573T>G' : undefined,
      tumor,
    );
  if (markers.alk !== undefined)
    variant(chart, moment, specimen, 'HGNC:427', 'ALK', markers.alk ? 'EML4-ALK fusion' : undefined, tumor);
}

/** mCODE genomic variant: present with its description, or absent. */
function variant(
  chart: Chart,
  moment: Moment,
  specimen: Reference,
  gene: string,
  symbol: string,
  finding: string | undefined,
  tumor: Reference,
): void {
  observe(
    chart,
    moment,
    'laboratory',
    concept(loinc('69548-6', 'Genetic variant assessment')),
    {
      focus: [tumor],
      specimen,
      valueCodeableConcept:
        finding === undefined
          ? { coding: [{ ...loinc('LA9634-2', 'Absent') }], text: 'Absent' }
          : { coding: [{ ...loinc('LA9633-4', 'Present') }], text: 'Present' },
      component: [
        {
          code: { coding: [{ ...loinc('48018-6', 'Gene studied [ID]') }] },
          valueCodeableConcept: {
            coding: [{ system: SYSTEM.hgnc, code: gene, display: symbol }],
            text: symbol,
          },
        },
        {
          code: { coding: [{ ...loinc('48002-0', 'Genomic source class [Type]') }] },
          valueCodeableConcept: { coding: [{ ...loinc('LA6684-0', 'Somatic') }] },
        },
        ...(finding === undefined
          ? []
          : [
              {
                code: { coding: [{ ...loinc('81252-9', 'Discrete genetic variant') }] },
                valueCodeableConcept: { text: finding },
              },
            ]),
      ],
    },
    { profile: mcode('genomic-variant') },
  );
}

function presence(positive: boolean): Body {
  return {
    valueCodeableConcept: {
      coding: [
        {
          ...(positive
            ? snomed('10828004', 'Positive (qualifier value)')
            : snomed('260385009', 'Negative (qualifier value)')),
        },
      ],
      text: positive ? 'Positive' : 'Negative',
    },
  };
}

function percent(value: number): Body {
  return { valueQuantity: quantity(value, 0, '%') };
}
