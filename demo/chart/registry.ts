import { at, dayOf, instant } from '../calendar.ts';
import { type Reference, usCore, writeResource } from './chart.ts';

const SPECIALTIES = [
  ['oncologist-1', 'Amara', 'Okonkwo', '207RX0202X', 'Medical Oncology Physician'],
  ['oncologist-2', 'Henrik', 'Dahl', '207RX0202X', 'Medical Oncology Physician'],
  [
    'surgeon-1',
    'Lucia',
    'Ferrari',
    '208G00000X',
    'Thoracic Surgery (Cardiothoracic Vascular Surgery) Physician',
  ],
  ['radiologist-1', 'Wei', 'Chen', '2085R0202X', 'Diagnostic Radiology Physician'],
  ['pathologist-1', 'Nora', 'Lindgren', '207ZP0102X', 'Anatomic Pathology & Clinical Pathology Physician'],
  ['radiation-oncologist-1', 'Tomas', 'Novak', '2085R0001X', 'Radiation Oncology Physician'],
  ['primary-care-1', 'Jane', 'Doherty', '207Q00000X', 'Family Medicine Physician'],
] as const;

export const CENTRE: Reference = {
  reference: 'Organization/chiasm-demo-centre',
  display: 'Chiasm Demo Cancer Centre',
};
export const PAYER: Reference = { reference: 'Organization/demo-payer', display: 'Demo Health Plan' };

export function practitioner(id: (typeof SPECIALTIES)[number][0]): Reference {
  return { reference: `Practitioner/${id}` };
}

/** The centre itself and its people: resources that belong to no patient. */
export function registryLines(): readonly { readonly type: string; readonly text: string }[] {
  const updated = { versionId: '1', lastUpdated: instant(at(dayOf('2020-01-06'), 9), 0) };
  const organization = (
    reference: Reference,
    code: string,
    display: string,
  ): { readonly type: string; readonly text: string } => ({
    type: 'Organization',
    text: writeResource({
      resourceType: 'Organization',
      id: reference.reference.slice('Organization/'.length),
      meta: { ...updated, profile: [usCore('organization')] },
      active: true,
      type: [
        {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code, display }],
        },
      ],
      name: reference['display'],
    }),
  });
  const people = SPECIALTIES.map(
    ([id, given, family, code, display], index): { readonly type: string; readonly text: string } => ({
      type: 'Practitioner',
      text: writeResource({
        resourceType: 'Practitioner',
        id,
        meta: { ...updated, profile: [usCore('practitioner')] },
        identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: String(9_999_900_000 + index) }],
        active: true,
        name: [{ use: 'official', family, given: [given], prefix: ['Dr.'] }],
        qualification: [
          { code: { coding: [{ system: 'http://nucc.org/provider-taxonomy', code, display }] } },
        ],
      }),
    }),
  );
  const location = {
    type: 'Location',
    text: writeResource({
      resourceType: 'Location',
      id: 'demo-main-campus',
      meta: { ...updated, profile: [usCore('location')] },
      status: 'active',
      name: 'Main campus',
      managingOrganization: CENTRE,
    }),
  };
  return [
    organization(CENTRE, 'prov', 'Healthcare Provider'),
    organization(PAYER, 'pay', 'Payer'),
    ...people,
    location,
  ];
}
