import { at, isoDate, localDateTime } from '../calendar.ts';
import { replacedId, replacedMrn } from '../keys.ts';
import type { PatientPlan } from '../plan/patient-plan.ts';
import { SYSTEM, US_CORE } from '../systems.ts';
import { ETHNICITIES, PLACES, RACES } from '../tables/names.ts';
import { type Body, type Chart, mcode, usCore } from './chart.ts';
import { CENTRE, practitioner } from './registry.ts';

/** The Patient record; a registration made twice becomes two records, the older replaced by the newer. */
export function chartPerson(chart: Chart, plan: PatientPlan): void {
  const { random } = chart;
  const registered = at(registrationDay(plan), 8, random.int(0, 59));
  const body = patientBody(chart, plan);
  const profile = plan.journey.kind === 'cancer' ? mcode('cancer-patient') : usCore('patient');
  if (plan.mess.duplicateRecord) {
    const { link: _, ...old } = body;
    chart.add(
      'Patient',
      registered,
      {
        ...old,
        active: false,
        identifier: [mrn(replacedMrn(plan.mrn))],
        telecom: undefined,
        deceasedDateTime: undefined,
        link: [{ other: chart.subject, type: 'replaced-by' }],
      },
      { id: replacedId(plan.key), profile },
    );
  }
  chart.add('Patient', at(plan.lastContactDay, 18), body, { id: plan.id, profile });
}

export function registrationDay(plan: PatientPlan): number {
  switch (plan.journey.kind) {
    case 'control':
      return plan.journey.firstDay;
    case 'benign':
      return plan.journey.workup.suspicionDay;
    case 'cancer':
      return plan.journey.cancer.workup.suspicionDay;
    default:
      return plan.journey satisfies never;
  }
}

function patientBody(chart: Chart, plan: PatientPlan): Body {
  const { random } = chart;
  const race = random.weighted(RACES);
  const ethnicity = random.weighted(ETHNICITIES);
  const place = random.pick(PLACES);
  const birthDate = isoDate(plan.birthDay);
  return {
    extension: [
      ombExtension('race', race),
      ombExtension('ethnicity', ethnicity),
      { url: `${US_CORE}us-core-birthsex`, valueCode: plan.sex === 'female' ? 'F' : 'M' },
    ],
    identifier: plan.mess.onlyRegionalId
      ? [{ system: SYSTEM.regionalId, value: `R-${plan.mrn}` }]
      : [mrn(plan.mrn)],
    active: true,
    name: [
      { use: 'official', text: `${plan.given} ${plan.family}`, family: plan.family, given: [plan.given] },
    ],
    telecom: [{ system: 'phone', value: `555-01${String(random.int(0, 99)).padStart(2, '0')}`, use: 'home' }],
    gender: plan.sex,
    birthDate:
      plan.mess.birthDatePrecision === 'day'
        ? birthDate
        : birthDate.slice(0, plan.mess.birthDatePrecision === 'month' ? 7 : 4),
    deceasedDateTime:
      plan.deathDay === undefined
        ? undefined
        : random.chance(0.6)
          ? isoDate(plan.deathDay)
          : localDateTime(at(plan.deathDay, random.int(0, 23), random.int(0, 59))),
    address: [
      {
        use: 'home',
        line: [`${random.int(1, 999)} Example Street`],
        city: place.city,
        state: place.state,
        postalCode: place.postalCode,
        country: 'US',
      },
    ],
    maritalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', ...random.pick(MARITAL) }],
    },
    communication: [
      {
        language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'en', display: 'English' }] },
        preferred: true,
      },
    ],
    generalPractitioner: [practitioner('primary-care-1')],
    managingOrganization: CENTRE,
    link: plan.mess.duplicateRecord
      ? [{ other: { reference: `Patient/${replacedId(plan.key)}` }, type: 'replaces' }]
      : undefined,
  };
}

const MARITAL = [
  { code: 'M', display: 'Married' },
  { code: 'S', display: 'Never Married' },
  { code: 'W', display: 'Widowed' },
] as const;

function mrn(value: string): Body {
  return {
    use: 'usual',
    type: {
      coding: [{ system: SYSTEM.identifierType, code: 'MR', display: 'Medical record number' }],
      text: 'Medical record number',
    },
    system: SYSTEM.mrn,
    value,
  };
}

function ombExtension(
  name: 'race' | 'ethnicity',
  row: { readonly code: string; readonly display: string },
): Body {
  return {
    url: `${US_CORE}us-core-${name}`,
    extension: [
      {
        url: 'ombCategory',
        valueCoding: { system: 'urn:oid:2.16.840.1.113883.6.238', code: row.code, display: row.display },
      },
      { url: 'text', valueString: row.display },
    ],
  };
}
