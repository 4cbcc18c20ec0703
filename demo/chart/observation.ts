import type { Moment } from '../calendar.ts';
import { SYSTEM } from '../systems.ts';
import type { CodeableConcept } from '../tables/codes.ts';
import type { LabTest } from '../tables/labs.ts';
import {
  type AddOptions,
  type Body,
  type Chart,
  dateTime,
  decimal,
  type Json,
  type Reference,
  usCore,
} from './chart.ts';

export type Category = 'laboratory' | 'vital-signs' | 'social-history' | 'survey' | 'exam' | 'imaging';

/** Files an Observation with the elements all of them share. */
export function observe(
  chart: Chart,
  moment: Moment,
  category: Category | undefined,
  code: CodeableConcept,
  rest: Body,
  options: AddOptions = {},
): Reference {
  return chart.add('Observation', moment, observationBody(chart, moment, category, code, rest), options);
}

export function observationBody(
  chart: Chart,
  moment: Moment,
  category: Category | undefined,
  code: CodeableConcept,
  rest: Body,
): Body {
  return {
    status: 'final',
    category:
      category === undefined
        ? undefined
        : [{ coding: [{ system: SYSTEM.observationCategory, code: category }] }],
    code: asJson(code),
    subject: chart.subject,
    effectiveDateTime: dateTime(chart, moment),
    ...rest,
  };
}

export function quantity(value: number, places: number, unit: string): Body {
  return { value: decimal(value, places), unit, system: SYSTEM.ucum, code: unit };
}

/** A laboratory result with range and interpretation. */
export function observeLab(
  chart: Chart,
  moment: Moment,
  test: LabTest,
  value: number,
  encounter: Reference | undefined,
  flaw: 'none' | 'corrected' | 'entered-in-error' = 'none',
): Reference {
  const code = {
    coding: [{ system: SYSTEM.loinc, code: test.code, display: test.display }],
    text: test.display,
  };
  const body = observationBody(chart, moment, 'laboratory', code, {
    status: flaw === 'none' ? 'final' : flaw,
    ...(encounter === undefined ? {} : { encounter }),
    valueQuantity: quantity(Math.max(0, value), test.decimals, test.unit),
    interpretation: [
      {
        coding: [
          { system: SYSTEM.interpretation, code: value < test.low ? 'L' : value > test.high ? 'H' : 'N' },
        ],
      },
    ],
    referenceRange: [
      {
        low: quantity(test.low, test.decimals, test.unit),
        high: quantity(test.high, test.decimals, test.unit),
      },
    ],
  });
  const profile = usCore('observation-lab');
  return chart.add(
    'Observation',
    moment,
    body,
    flaw === 'corrected'
      ? {
          profile,
          earlier: {
            ...body,
            status: 'final',
            valueQuantity: quantity(value * 10, test.decimals, test.unit),
          },
        }
      : { profile },
  );
}

export function asJson(code: CodeableConcept): Json {
  return { coding: code.coding.map((coding) => ({ ...coding })), text: code.text };
}
