import { at, localDateTime } from '../calendar.ts';
import { specimenIdentifier } from '../keys.ts';
import type { Workup } from '../plan/patient-plan.ts';
import { SYSTEM } from '../systems.ts';
import type { Organ } from '../tables/cancers.ts';
import { type Coding, concept, loinc } from '../tables/codes.ts';
import { PROCEDURES } from '../tables/procedures.ts';
import { type Chart, type Reference, usCore } from './chart.ts';
import { asJson } from './observation.ts';
import { CENTRE, practitioner } from './registry.ts';

export interface Biopsy {
  readonly specimen: Reference;
  readonly report: Reference;
}

/** Biopsy, specimen and the pathologist's report. */
export function chartBiopsy(
  chart: Chart,
  key: string,
  workup: Workup,
  organ: Organ,
  body: Coding,
  encounter: Reference,
  conclusion: { readonly text: string; readonly code: Coding },
): Biopsy {
  const taken = at(workup.biopsyDay, 10, chart.random.int(0, 59));
  const codes = PROCEDURES[organ];
  const guided = organ === 'lung' ? 'CT-guided percutaneous needle biopsy of the lung' : codes.biopsy.display;
  chart.add(
    'Procedure',
    taken,
    {
      status: 'completed',
      category: asJson({
        coding: [{ system: SYSTEM.snomed, code: '103693007', display: 'Diagnostic procedure (procedure)' }],
        text: 'Diagnostic procedure',
      }),
      code: { ...(asJson(concept(codes.biopsy)) as object), text: guided },
      subject: chart.subject,
      encounter,
      performedDateTime: localDateTime(taken),
      performer: [{ actor: practitioner(organ === 'lung' ? 'radiologist-1' : 'surgeon-1') }],
      bodySite: [asJson(concept(body))],
    },
    { profile: usCore('procedure') },
  );
  const specimen = chart.add(
    'Specimen',
    taken,
    {
      identifier: [{ system: 'https://demo.chiasm.example/specimen', value: specimenIdentifier(key) }],
      accessionIdentifier: { system: 'https://demo.chiasm.example/specimen', value: specimenIdentifier(key) },
      status: 'available',
      type: asJson(concept(codes.specimen)),
      subject: chart.subject,
      receivedTime: localDateTime(at(workup.biopsyDay, 15)),
      collection: {
        collectedDateTime: localDateTime(taken),
        method: asJson(concept(codes.biopsy)),
        bodySite: asJson(concept(body)),
      },
    },
    { profile: usCore('specimen') },
  );
  const signed = at(workup.answerDay, 11, chart.random.int(0, 59));
  const report = chart.add(
    'DiagnosticReport',
    signed,
    {
      status: 'final',
      category: [
        {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/v2-0074',
              code: 'PAT',
              display: 'Pathology (gross & histopath, not surgical)',
            },
            { system: SYSTEM.loinc, code: 'LP7839-6', display: 'Pathology' },
          ],
        },
      ],
      code: asJson(concept(loinc('60568-3', 'Pathology Synoptic report'))),
      subject: chart.subject,
      encounter,
      effectiveDateTime: localDateTime(taken),
      issued: localDateTime(signed),
      performer: [CENTRE],
      resultsInterpreter: [practitioner('pathologist-1')],
      specimen: [specimen],
      conclusion: conclusion.text,
      conclusionCode: [asJson(concept(conclusion.code))],
    },
    { profile: usCore('diagnosticreport-note') },
  );
  return { specimen, report };
}
