import { choiceFor } from './random.ts';

/** A visit brings so many laboratory results. */
export const RESULTS_PER_VISIT = 20;
/** A patient comes so many times, on average. */
const VISITS_PER_PATIENT = 5;
const FIRST_DAY = Date.UTC(2010, 0, 1);
const DAYS = 15 * 365;
const DAY = 86_400_000;

/**
 * A hospital whose every visit and result follows from its number, so that a night can change a result that was
 * written long ago. Visits are numbered in the order of time; result `r` belongs to visit `r / 20`.
 */
export interface Hospital {
  readonly visits: number;
  readonly patients: number;
}

export interface Visit {
  readonly number: number;
  readonly patient: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export function hospitalOf(results: number): Hospital {
  const visits = Math.ceil(results / RESULTS_PER_VISIT);
  return { visits, patients: Math.max(1, Math.round(visits / VISITS_PER_PATIENT)) };
}

/** The visits that have a number of the hospital's fall into 15 years; the later ones follow, so many each night. */
export function visitOf(hospital: Hospital, number: number, perNight: number): Visit {
  const choice = choiceFor('visit', number);
  const day =
    number < hospital.visits
      ? Math.floor((number / hospital.visits) * DAYS)
      : DAYS + Math.floor((number - hospital.visits) / perNight);
  return {
    number,
    // Few patients come often, most come seldom.
    patient: Math.floor(hospital.patients * choice.unit() ** 1.5),
    time: FIRST_DAY + day * DAY + (7 + choice.below(12)) * 3_600_000 + choice.below(3600) * 1000,
  };
}

/** The day on which a night's changes were made, as an instant. */
export function nightInstant(night: number): string {
  return instant(FIRST_DAY + (DAYS + night) * DAY + DAY - 1);
}

interface LabTest {
  readonly code: string;
  readonly name: string;
  readonly unit: string;
  readonly digits: number;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

const TESTS: readonly LabTest[] = [
  labTest('718-7', 'Hemoglobin [Mass/volume] in Blood', 'g/dL', 1, 13, 12, 16),
  labTest('6690-2', 'Leukocytes [#/volume] in Blood by Automated count', '10*3/uL', 2, 7, 4.5, 11),
  labTest('777-3', 'Platelets [#/volume] in Blood by Automated count', '10*3/uL', 0, 240, 150, 400),
  labTest('4544-3', 'Hematocrit [Volume Fraction] of Blood by Automated count', '%', 1, 40, 36, 46),
  labTest('789-8', 'Erythrocytes [#/volume] in Blood by Automated count', '10*6/uL', 2, 4.6, 4.1, 5.1),
  labTest('787-2', 'MCV [Entitic volume] by Automated count', 'fL', 1, 90, 80, 100),
  labTest('785-6', 'MCH [Entitic mass] by Automated count', 'pg', 1, 30, 27, 33),
  labTest('786-4', 'MCHC [Mass/volume] by Automated count', 'g/dL', 1, 34, 32, 36),
  labTest('788-0', 'Erythrocyte distribution width [Ratio] by Automated count', '%', 1, 13, 11.5, 14.5),
  labTest('751-8', 'Neutrophils [#/volume] in Blood by Automated count', '10*3/uL', 2, 4, 1.8, 7.7),
  labTest('2160-0', 'Creatinine [Mass/volume] in Serum or Plasma', 'mg/dL', 2, 1, 0.6, 1.3),
  labTest('3094-0', 'Urea nitrogen [Mass/volume] in Serum or Plasma', 'mg/dL', 0, 15, 7, 20),
  labTest('2951-2', 'Sodium [Moles/volume] in Serum or Plasma', 'mmol/L', 0, 140, 136, 145),
  labTest('2823-3', 'Potassium [Moles/volume] in Serum or Plasma', 'mmol/L', 1, 4.2, 3.5, 5.1),
  labTest('2075-0', 'Chloride [Moles/volume] in Serum or Plasma', 'mmol/L', 0, 102, 98, 107),
  labTest('17861-6', 'Calcium [Mass/volume] in Serum or Plasma', 'mg/dL', 1, 9.4, 8.5, 10.5),
  labTest('1742-6', 'Alanine aminotransferase [Enzymatic activity/volume] in Serum', 'U/L', 0, 28, 7, 56),
  labTest('1920-8', 'Aspartate aminotransferase [Enzymatic activity/volume] in Serum', 'U/L', 0, 26, 10, 40),
  labTest('1975-2', 'Bilirubin.total [Mass/volume] in Serum or Plasma', 'mg/dL', 1, 0.7, 0.1, 1.2),
  labTest('2039-6', 'Carcinoembryonic Ag [Mass/volume] in Serum or Plasma', 'ng/mL', 2, 2, 0, 5),
];

function labTest(
  code: string,
  name: string,
  unit: string,
  digits: number,
  middle: number,
  low: number,
  high: number,
): LabTest {
  return { code, name, unit, digits, middle, low, high };
}

export function resultId(number: number): string {
  return `lab-${number.toString(36).padStart(6, '0')}`;
}

/** One laboratory Observation as a JSON line without its line feed, about 1,050 bytes; a correction has `version` 2. */
export function resultLine(visit: Visit, nth: number, version: number, updated: string): string {
  const number = visit.number * RESULTS_PER_VISIT + nth;
  const choice = choiceFor(`result ${version}`, number);
  const test = TESTS[nth % TESTS.length];
  if (test === undefined) throw new Error('there is no test');
  const { code, name, unit, digits, middle, low, high } = test;
  const time = instant(visit.time);
  const quantity = (value: number): string =>
    `{"value":${value.toFixed(digits)},"unit":"${unit}","system":"http://unitsofmeasure.org","code":"${unit}"}`;
  const value = middle * (0.5 + choice.unit());
  const flag = value < low ? 'L' : value > high ? 'H' : 'N';
  return `{"resourceType":"Observation","id":"${resultId(number)}","meta":{"versionId":"${version}","lastUpdated":"${updated}"},"identifier":[{"system":"urn:oid:1.2.840.114350.1.13.1","value":"${1e9 + number}"}],"status":"${version === 1 ? 'final' : 'corrected'}","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory","display":"Laboratory"}],"text":"Laboratory"}],"code":{"coding":[{"system":"urn:oid:1.2.840.114350","code":"${1500 + nth}","display":"LAB"},{"system":"http://loinc.org","code":"${code}","display":"${name}"}],"text":"${name}"},"subject":{"reference":"Patient/p-${visit.patient}","display":"Patient"},"encounter":{"reference":"Encounter/e-${visit.number}"},"effectiveDateTime":"${time}","issued":"${time}","valueQuantity":${quantity(value)},"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"${flag}"}]}],"referenceRange":[{"low":${quantity(low)},"high":${quantity(high)}}]}`;
}

export function patientLine(number: number): string {
  const choice = choiceFor('patient', number);
  const birth = instant(Date.UTC(1935 + choice.below(70), choice.below(12), 1 + choice.below(28)));
  return `{"resourceType":"Patient","id":"p-${number}","meta":{"versionId":"1","lastUpdated":"2010-01-01T00:00:00.000Z"},"identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"urn:oid:1.2.3.4","value":"${1e7 + number}"}],"active":true,"name":[{"use":"official","family":"${choice.pick(NAMES)}","given":["${choice.pick(GIVEN)}"]}],"gender":"${choice.pick(['female', 'male'])}","birthDate":"${birth.slice(0, 10)}","address":[{"line":["${choice.below(9999)} Main St"],"city":"Springfield","state":"MA","postalCode":"0${1000 + choice.below(8999)}","country":"US"}]}`;
}

export function encounterLine(visit: Visit): string {
  const choice = choiceFor('encounter', visit.number);
  const start = instant(visit.time - 1_800_000);
  return `{"resourceType":"Encounter","id":"e-${visit.number}","meta":{"versionId":"1","lastUpdated":"${instant(visit.time)}"},"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"${choice.pick(['AMB', 'AMB', 'AMB', 'IMP', 'EMER'])}"},"type":[{"coding":[{"system":"http://snomed.info/sct","code":"185345009","display":"Encounter for symptom"}]}],"subject":{"reference":"Patient/p-${visit.patient}"},"period":{"start":"${start}","end":"${instant(visit.time + 3_600_000)}"},"serviceProvider":{"reference":"Organization/o-${choice.below(12)}"}}`;
}

export function conditionLine(visit: Visit): string {
  const choice = choiceFor('condition', visit.number);
  const [code, display] = SITES[choice.below(SITES.length)] ?? ['', ''];
  const time = instant(visit.time);
  return `{"resourceType":"Condition","id":"c-${visit.number}","meta":{"versionId":"1","lastUpdated":"${time}"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"problem-list-item"}]}],"code":{"coding":[{"system":"http://snomed.info/sct","code":"${code}","display":"${display}"}],"text":"${display}"},"subject":{"reference":"Patient/p-${visit.patient}"},"encounter":{"reference":"Encounter/e-${visit.number}"},"onsetDateTime":"${time.slice(0, 10)}","recordedDate":"${time}"}`;
}

const NAMES = ['Chen', 'Okafor', 'García', 'Müller', 'O’Neill', 'Nguyễn', 'Silva', 'Kowalski'];
const GIVEN = ['Mary', 'José', 'Wei', 'Aïcha', 'Olga', 'Tom', 'Zoë'];
const SITES = [
  ['254837009', 'Malignant neoplasm of breast'],
  ['363406005', 'Malignant neoplasm of colon'],
  ['254637007', 'Non-small cell lung cancer'],
  ['399068003', 'Malignant neoplasm of prostate'],
  ['38341003', 'Hypertensive disorder'],
  ['73211009', 'Diabetes mellitus'],
] as const;

export function instant(time: number): string {
  return new Date(time).toISOString();
}
