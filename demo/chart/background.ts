import { at, isoDate, localDateTime } from '../calendar.ts';
import type { PatientPlan } from '../plan/patient-plan.ts';
import { SYSTEM } from '../systems.ts';
import { ALLERGENS, COMORBIDITIES, SMOKING } from '../tables/background.ts';
import { concept, loinc, snomed } from '../tables/codes.ts';
import { type Chart, usCore } from './chart.ts';
import { diagnose } from './conditions.ts';
import { visit } from './encounters.ts';
import { asJson, observe, quantity } from './observation.ts';
import { registrationDay } from './person.ts';
import { CENTRE, PAYER, practitioner } from './registry.ts';

/** What any patient has: a first visit, long-standing conditions, vital signs, cover, consent. */
export function chartBackground(chart: Chart, plan: PatientPlan): void {
  const { random } = chart;
  const first = at(registrationDay(plan), random.int(8, 11), random.int(0, 59));
  visit(chart, first, 'office');
  for (const { share, disorder, icd, drug } of COMORBIDITIES) {
    if (!random.chance(share)) continue;
    const years = random.int(1, 18);
    const onset = isoDate(first.day - years * 365);
    diagnose(chart, first, {
      codings: random.chance(0.5) ? [disorder] : random.chance(0.5) ? [icd] : [disorder, icd],
      text: icd.display,
      verification: 'confirmed',
      // what the patient remembers: a year, seldom a month
      onset: random.chance(0.6) ? onset.slice(0, 4) : random.chance(0.5) ? onset.slice(0, 7) : onset,
    });
    chart.add('MedicationStatement', first, {
      status: 'active',
      medicationCodeableConcept: asJson(concept(drug)),
      subject: chart.subject,
      effectivePeriod: { start: onset.slice(0, 4) },
      dateAsserted: isoDate(first.day),
    });
  }
  chartVitals(chart, plan, first.day);
  chart.add(
    'Coverage',
    first,
    {
      identifier: [{ system: SYSTEM.member, value: `M${plan.mrn}` }],
      status: 'active',
      type: {
        coding: [{ system: SYSTEM.actCode, code: random.chance(0.6) ? 'PUBLICPOL' : 'EHCPOL' }],
      },
      subscriber: chart.subject,
      beneficiary: chart.subject,
      relationship: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/subscriber-relationship', code: 'self' }],
      },
      period: { start: `${isoDate(first.day).slice(0, 4)}-01-01` },
      payor: [PAYER],
    },
    { profile: usCore('coverage') },
  );
  chart.add('Consent', first, {
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'research' }] },
    category: [{ coding: [{ system: SYSTEM.loinc, code: '59284-0', display: 'Consent Document' }] }],
    patient: chart.subject,
    dateTime: localDateTime(first),
    organization: [CENTRE],
    policyRule: { coding: [{ system: SYSTEM.actCode, code: 'OPTIN' }] },
    provision: { type: random.chance(0.93) ? 'permit' : 'deny' },
  });
  if (random.chance(0.25)) chartAllergy(chart, first.day);
  if (random.chance(0.7))
    chartImmunization(chart, Math.max(first.day, plan.lastContactDay - random.int(20, 400)));
  if (random.chance(0.5)) chartDocument(chart, first.day);
}

function chartVitals(chart: Chart, plan: PatientPlan, day: number): void {
  const { random } = chart;
  const moment = at(day, 11, 10);
  const tall = Math.round(random.normal(plan.sex === 'female' ? 162 : 176, 6));
  const vitals = [
    ['8302-2', 'Body height', tall, 0, 'cm', 'body-height'],
    ['29463-7', 'Body weight', random.normal(26, 4) * (tall / 100) ** 2, 1, 'kg', 'body-weight'],
  ] as const;
  for (const [code, display, value, places, unit, profile] of vitals) {
    observe(
      chart,
      moment,
      'vital-signs',
      concept(loinc(code, display)),
      { valueQuantity: quantity(value, places, unit) },
      { profile: usCore(profile) },
    );
  }
  observe(
    chart,
    moment,
    'vital-signs',
    concept(loinc('85354-9', 'Blood pressure panel with all children optional')),
    {
      component: [
        ['8480-6', 'Systolic blood pressure', random.normal(128, 13)] as const,
        ['8462-4', 'Diastolic blood pressure', random.normal(77, 8)] as const,
      ].map(([code, display, value]) => ({
        code: { coding: [{ ...loinc(code, display) }] },
        valueQuantity: quantity(value, 0, 'mm[Hg]'),
      })),
    },
    { profile: usCore('blood-pressure') },
  );
  const { weight: _, ...smoking } = random.weighted(SMOKING);
  observe(
    chart,
    moment,
    'social-history',
    concept(loinc('72166-2', 'Tobacco smoking status')),
    { valueCodeableConcept: { coding: [smoking], text: smoking.display } },
    { profile: usCore('smokingstatus') },
  );
}

function chartAllergy(chart: Chart, day: number): void {
  const allergen = chart.random.pick(ALLERGENS);
  chart.add(
    'AllergyIntolerance',
    at(day, 11, 20),
    {
      clinicalStatus: {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' },
        ],
      },
      verificationStatus: {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification',
            code: 'confirmed',
          },
        ],
      },
      type: 'allergy',
      code: asJson(concept(allergen)),
      patient: chart.subject,
      recordedDate: isoDate(day),
    },
    { profile: usCore('allergyintolerance') },
  );
}

function chartImmunization(chart: Chart, day: number): void {
  chart.add(
    'Immunization',
    at(day, 9, 30),
    {
      status: 'completed',
      vaccineCode: {
        coding: [
          { system: SYSTEM.cvx, code: '140', display: 'Influenza, seasonal, injectable, preservative free' },
        ],
      },
      patient: chart.subject,
      occurrenceDateTime: isoDate(day),
      primarySource: true,
    },
    { profile: usCore('immunization') },
  );
}

/** Metadata of a note; the note itself stays in the document store. */
function chartDocument(chart: Chart, day: number): void {
  const moment = at(day, 16, chart.random.int(0, 59));
  chart.add(
    'DocumentReference',
    moment,
    {
      status: 'current',
      type: { coding: [{ ...loinc('11488-4', 'Consult note') }] },
      category: [
        {
          coding: [
            {
              system: 'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category',
              code: 'clinical-note',
            },
          ],
        },
      ],
      subject: chart.subject,
      date: localDateTime(moment).replace(/:00([+-])/, ':00.000$1'),
      author: [practitioner('primary-care-1')],
      content: [
        {
          attachment: {
            contentType: 'text/plain',
            url: 'https://demo.chiasm.example/documents/withheld',
            title: 'Consult note',
          },
        },
      ],
    },
    { profile: usCore('documentreference') },
  );
}

/** The oncologist's plan for the tumour. */
export function chartCarePlan(
  chart: Chart,
  day: number,
  intent: string,
  regimen: string,
  addresses: string,
): void {
  chart.add(
    'CarePlan',
    at(day, 16),
    {
      text: {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml">${intent}: ${regimen}</div>`,
      },
      status: 'active',
      intent: 'plan',
      category: [
        {
          coding: [
            { system: 'http://hl7.org/fhir/us/core/CodeSystem/careplan-category', code: 'assess-plan' },
            { ...snomed('395082007', 'Cancer care plan (record artifact)') },
          ],
        },
      ],
      title: `Cancer care plan: ${regimen}`,
      subject: chart.subject,
      period: { start: isoDate(day) },
      addresses: [{ reference: addresses }],
    },
    { profile: usCore('careplan') },
  );
}
