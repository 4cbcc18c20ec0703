import { dayOf } from '../calendar.ts';
import { mrnOf, patientKey } from '../keys.ts';
import { randomStream } from '../random.ts';
import { cancerByKey } from '../tables/cancers.ts';
import { REGIMENS } from '../tables/regimens.ts';
import { CT_SCANNERS, GE_CT_INDEX } from '../tables/scanners.ts';
import { STAGES } from '../tables/stages.ts';
import type { CancerPlan, PatientPlan } from './patient-plan.ts';
import { draftCt, draftSlides } from './plan-series.ts';
import { ctProtocol, numberStudies, petStudy } from './plan-studies.ts';
import { firstClassOf, scheduleTreatments } from './plan-treatment.ts';

const WEIGHT_KG = 64;

/**
 * Mary Abernathy, 62: cough → chest CT (1.25 mm) → CT-guided biopsy → slide →
 * adenocarcinoma of the right upper lobe, IIIA → chemoradiation → durvalumab → PET/CT with contours.
 */
export function planMary(seed: number): PatientPlan {
  const random = randomStream(seed, 0, 'plan');
  const kind = cancerByKey('lung-adenocarcinoma');
  const [site] = kind.sites;
  const stage = STAGES.nsclc.find(({ group }) => group === 'IIIA');
  const regimen = REGIMENS.nsclc.III.find(({ key }) => key === 'chemoradiation-durvalumab');
  const scanner = CT_SCANNERS[GE_CT_INDEX];
  if (site === undefined || stage === undefined || regimen === undefined || scanner === undefined) {
    throw new Error('the tables lack a row of the first patient');
  }
  const workup = {
    suspicionDay: dayOf('2025-08-25'),
    imagingDay: dayOf('2025-09-02'),
    biopsyDay: dayOf('2025-09-16'),
    answerDay: dayOf('2025-09-22'),
  };
  const diagnosisDay = workup.biopsyDay;
  const lastContactDay = dayOf('2026-06-23');
  const treatments = scheduleTreatments(random, regimen, dayOf('2025-10-13'), lastContactDay - 2, undefined);
  const firstClass = firstClassOf(treatments);
  const cancer: CancerPlan = {
    kind,
    site,
    stage,
    workup,
    diagnosisDay,
    ecog: 1,
    markers: { egfr: false, alk: false, pdl1Percent: 60 },
    regimen,
    treatments,
    metastases: [],
    response: 'improved',
    coding: 'both',
    ...(firstClass === undefined ? {} : { firstClass }),
  };
  const known = { inFhir: true, inDicom: true, flaw: 'none' } as const;
  const studies = numberStudies(seed, 0, random, [
    {
      day: workup.imagingDay,
      purpose: 'diagnostic',
      description: 'CT CHEST W CONTRAST',
      bodyPart: 'CHEST',
      modalities: ['CT'],
      series: draftCt(random, {
        ...ctProtocol(random, true),
        scanner,
        contrast: true,
        localizer: true,
        thinMm: 1.25,
      }),
      ...known,
    },
    {
      day: workup.biopsyDay + 2,
      purpose: 'pathology',
      description: 'Surgical pathology',
      bodyPart: 'LUNG',
      modalities: ['SM'],
      series: draftSlides(random, 'lung', 3, true),
      ...known,
    },
    { ...petStudy(random, dayOf('2025-10-01'), 'staging', WEIGHT_KG, 2), ...known },
    {
      day: dayOf('2025-12-18'),
      purpose: 'follow-up',
      description: 'CT CHEST FOLLOW-UP',
      bodyPart: 'CHEST',
      modalities: ['CT'],
      series: draftCt(random, { ...ctProtocol(random, true), scanner, contrast: true, thinMm: 1.25 }),
      ...known,
    },
    { ...petStudy(random, dayOf('2026-06-09'), 'follow-up', WEIGHT_KG, 1), ...known },
  ]);
  return {
    index: 0,
    key: patientKey(seed, 0),
    id: patientKey(seed, 0),
    mrn: mrnOf(seed, 0),
    given: 'Mary',
    family: 'Abernathy',
    sex: 'female',
    birthDay: dayOf('1963-04-17'),
    journey: { kind: 'cancer', cancer },
    lastContactDay,
    studies,
    mess: {
      duplicateRecord: false,
      onlyRegionalId: false,
      duplicateLine: false,
      correctedObservation: false,
      enteredInError: false,
      duplicateFile: false,
      birthDatePrecision: 'day',
    },
  };
}
