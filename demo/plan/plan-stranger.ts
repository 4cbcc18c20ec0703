import { at, REFERENCE_DAY } from '../calendar.ts';
import { accessionOf, uidOf } from '../keys.ts';
import { randomStream } from '../random.ts';
import { FAMILY_NAMES, MALE_NAMES } from '../tables/names.ts';
import type { PatientPlan } from './patient-plan.ts';
import { draftCt, numberSeries } from './plan-series.ts';
import { ctProtocol } from './plan-studies.ts';

/** Numbers of strangers' studies, out of the way of their neighbours' studies. */
const FIRST_STUDY = 90;

/** Every fortieth patient number also brings a CT of somebody the health record does not know. */
export function planStranger(seed: number, index: number): PatientPlan | undefined {
  if (index % 40 !== 5) return undefined;
  const random = randomStream(seed, index, 'stranger');
  const day = REFERENCE_DAY - random.int(10, 900);
  return {
    index,
    key: `unknown-${index}`,
    id: `unknown-${index}`,
    mrn: String(90_000_000 + index),
    given: random.pick(MALE_NAMES),
    family: random.pick(FAMILY_NAMES),
    sex: 'male',
    birthDay: day - random.int(14_000, 30_000),
    journey: { kind: 'control', firstDay: day },
    lastContactDay: day,
    studies: [
      {
        number: FIRST_STUDY,
        uid: uidOf(seed, index, FIRST_STUDY),
        accession: accessionOf(seed, index, FIRST_STUDY),
        moment: at(day, random.int(8, 17), random.int(0, 59)),
        purpose: 'prior',
        description: 'CT CHEST',
        bodyPart: 'CHEST',
        modalities: ['CT'],
        series: numberSeries(seed, index, FIRST_STUDY, draftCt(random, ctProtocol(random, true))),
        inFhir: false,
        inDicom: true,
        flaw: 'none',
      },
    ],
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
