import { later, localDateTime, type Moment } from '../calendar.ts';
import { SYSTEM } from '../systems.ts';
import { type Coding, concept, snomed } from '../tables/codes.ts';
import { type Chart, type Reference, usCore } from './chart.ts';
import { asJson } from './observation.ts';
import { CENTRE, practitioner } from './registry.ts';

const VISITS = {
  office: snomed('185349003', 'Encounter for check up (procedure)'),
  consultation: snomed('11429006', 'Consultation (procedure)'),
  treatment: snomed('185347001', 'Encounter for problem (procedure)'),
  inpatient: snomed('32485007', 'Hospital admission (procedure)'),
} as const;

/** Where each kind of visit is made. */
const SERVICES = {
  office: snomed('394814009', 'General practice (specialty) (qualifier value)'),
  consultation: snomed('394593009', 'Medical oncology (qualifier value)'),
  treatment: snomed('394593009', 'Medical oncology (qualifier value)'),
  inpatient: snomed('394609007', 'General surgery (qualifier value)'),
} as const;

/** An encounter of some hours or, for `inpatient`, some days. */
export function visit(
  chart: Chart,
  moment: Moment,
  kind: keyof typeof VISITS,
  reason?: Coding,
  days = 0,
): Reference {
  const end = later(moment, days === 0 ? chart.random.int(20, 180) : days * 1440 - 60);
  const inpatient = kind === 'inpatient';
  return chart.add(
    'Encounter',
    end,
    {
      status: 'finished',
      class: {
        system: SYSTEM.actCode,
        code: inpatient ? 'IMP' : 'AMB',
        display: inpatient ? 'inpatient encounter' : 'ambulatory',
      },
      type: [asJson(concept(VISITS[kind]))],
      serviceType: asJson(concept(SERVICES[kind])),
      subject: chart.subject,
      participant: [{ individual: practitioner(kind === 'office' ? 'primary-care-1' : 'oncologist-1') }],
      period: { start: localDateTime(moment), end: localDateTime(end) },
      ...(reason === undefined ? {} : { reasonCode: [asJson(concept(reason))] }),
      location: [{ location: { reference: 'Location/demo-main-campus' } }],
      serviceProvider: CENTRE,
    },
    { profile: usCore('encounter') },
  );
}
