import { at, later, localDateTime } from '../calendar.ts';
import { uidOf } from '../keys.ts';
import { instanceClass } from '../plan/instances.ts';
import type { PatientPlan, SeriesPlan, StudyPlan } from '../plan/patient-plan.ts';
import { SYSTEM } from '../systems.ts';
import type { Organ } from '../tables/cancers.ts';
import { type Coding, concept } from '../tables/codes.ts';
import { CT_FOLLOW_UP, PET_CT, PROCEDURES } from '../tables/procedures.ts';
import { type Body, type Chart, type Reference, usCore } from './chart.ts';
import { asJson } from './observation.ts';
import { CENTRE, practitioner } from './registry.ts';

/** Order, study and report of one imaging study; a `prior` study came from elsewhere and has no order. */
export function chartStudy(
  chart: Chart,
  seed: number,
  plan: PatientPlan,
  study: StudyPlan,
  organ: Organ,
  reason: Coding | undefined,
  conclusion: string,
): void {
  const order = study.purpose === 'prior' ? undefined : orderStudy(chart, study, organ, reason);
  if (!study.inFhir && order === undefined) return;
  const imagingStudy = study.inFhir ? fileStudy(chart, seed, plan, study, organ, order) : undefined;
  if (study.purpose === 'pathology') return;
  const reported = later(study.moment, chart.random.int(90, 1200));
  if (reported.day > plan.lastContactDay) return;
  chart.add(
    'DiagnosticReport',
    reported,
    {
      status: 'final',
      category: [
        {
          coding: [
            { system: SYSTEM.loinc, code: 'LP29684-5', display: 'Radiology' },
            { system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'RAD' },
          ],
        },
      ],
      code: asJson(concept(studyCode(study, organ))),
      subject: chart.subject,
      effectiveDateTime: localDateTime(study.moment),
      issued: localDateTime(reported),
      performer: [practitioner('radiologist-1')],
      ...(order === undefined ? {} : { basedOn: [order] }),
      ...(imagingStudy === undefined ? {} : { imagingStudy: [imagingStudy] }),
      conclusion,
    },
    { profile: usCore('diagnosticreport-note') },
  );
}

function orderStudy(chart: Chart, study: StudyPlan, organ: Organ, reason: Coding | undefined): Reference {
  const ordered = at(
    study.moment.day - chart.random.int(1, 2),
    chart.random.int(9, 16),
    chart.random.int(0, 59),
  );
  return chart.add(
    'ServiceRequest',
    ordered,
    {
      identifier: [accession(study)],
      status: 'completed',
      intent: 'order',
      category: [
        { coding: [{ system: SYSTEM.snomed, ...(study.purpose === 'pathology' ? PATHOLOGY : IMAGING) }] },
      ],
      code: asJson(concept(studyCode(study, organ))),
      subject: chart.subject,
      occurrenceDateTime: localDateTime(study.moment),
      authoredOn: localDateTime(ordered),
      requester: practitioner(study.purpose === 'diagnostic' ? 'primary-care-1' : 'oncologist-1'),
      ...(reason === undefined ? {} : { reasonCode: [asJson(concept(reason))] }),
    },
    { profile: usCore('servicerequest') },
  );
}

function fileStudy(
  chart: Chart,
  seed: number,
  plan: PatientPlan,
  study: StudyPlan,
  organ: Organ,
  order: Reference | undefined,
): Reference {
  const bodySite = PROCEDURES[organ].region;
  return chart.add('ImagingStudy', later(study.moment, 40), {
    identifier: [
      { system: SYSTEM.dicomUid, value: `urn:oid:${study.uid}` },
      ...(order === undefined ? [] : [accession(study)]),
    ],
    status: 'available',
    modality: study.modalities.map((code) => ({ system: SYSTEM.dicom, code })),
    subject: chart.subject,
    started: localDateTime(study.moment),
    ...(order === undefined ? {} : { basedOn: [order] }),
    numberOfSeries: study.series.length,
    numberOfInstances: study.series.reduce((sum, series) => sum + series.instances, 0),
    description: study.description,
    series: study.series.map((series) => seriesBody(seed, plan, study, series, bodySite)),
  });
}

function seriesBody(
  seed: number,
  plan: PatientPlan,
  study: StudyPlan,
  series: SeriesPlan,
  bodySite: Coding,
): Body {
  const { modality, sopClass } = instanceClass(series.image);
  return {
    uid: series.uid,
    number: series.number,
    modality: { system: SYSTEM.dicom, code: modality },
    description: series.description,
    numberOfInstances: series.instances,
    bodySite: { ...bodySite },
    instance: Array.from({ length: series.instances }, (_, index) => ({
      uid: uidOf(seed, plan.index, study.number, series.number, index + 1),
      sopClass: { system: SYSTEM.uri, code: `urn:oid:${sopClass}` },
      number: index + 1,
    })),
  };
}

function accession(study: StudyPlan): Body {
  return {
    use: 'official',
    type: {
      coding: [{ system: SYSTEM.identifierType, code: 'ACSN', display: 'Accession ID' }],
    },
    system: SYSTEM.accession,
    value: study.accession,
    assigner: CENTRE,
  };
}

function studyCode(study: StudyPlan, organ: Organ): Coding {
  switch (study.purpose) {
    case 'diagnostic':
      return PROCEDURES[organ].imagingOrder;
    case 'pathology':
      return {
        system: SYSTEM.snomed,
        code: '108257001',
        display: 'Anatomic pathology procedure (procedure)',
      };
    case 'staging':
    case 'follow-up':
    case 'prior':
      return study.modalities.includes('PT') ? PET_CT : CT_FOLLOW_UP;
    default:
      return study.purpose satisfies never;
  }
}

const IMAGING = { code: '363679005', display: 'Imaging (procedure)' };
const PATHOLOGY = { code: '108252007', display: 'Laboratory procedure (procedure)' };
