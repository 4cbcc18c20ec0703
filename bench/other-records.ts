import { timeAt } from './observations.ts';
import type { Choice } from './random.ts';

const NAMES = ['Chen', 'Okafor', 'García', 'Müller', 'O’Neill', 'Nguyễn', 'Silva', 'Kowalski'];
const GIVEN = ['Mary', 'José', 'Wei', 'Aïcha', 'Olga', 'Tom', 'Zoë'];
const SITES = ['254837009', '363406005', '254637007', '399068003'];
const DRUGS = ['583214', '1657981', '2555', '3639'];

type Line = (index: number, choice: Choice) => string;

const reference = (type: string, letter: string, bound: number) => (choice: Choice) =>
  `{"reference":"${type}/${letter}-${choice.below(bound)}"}`;
const patient = reference('Patient', 'p', 40_000);
const encounter = reference('Encounter', 'e', 400_000);

function meta(choice: Choice): string {
  return `"meta":{"versionId":"1","lastUpdated":"${timeAt(choice)}"}`;
}

function coded(system: string, code: string, text: string): string {
  return `{"coding":[{"system":"${system}","code":"${code}","display":"${text}"}],"text":"${text}"}`;
}

/** JSON lines of the other types of a cancer centre, 500 to 1,000 bytes each. */
export const otherLines: Readonly<Record<'Patient' | 'Encounter' | 'Condition' | 'MedicationRequest', Line>> =
  {
    Patient: (index, choice) =>
      `{"resourceType":"Patient","id":"p-${index}",${meta(choice)},"extension":[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[{"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"${choice.pick(['2106-3', '2054-5', '2028-9'])}"}},{"url":"text","valueString":"as said"}]}],"identifier":[{"type":${coded('http://terminology.hl7.org/CodeSystem/v2-0203', 'MR', 'MRN')},"system":"urn:oid:1.2.3.4","value":"${choice.below(1e9)}"}],"active":${choice.chance(0.95)},"name":[{"use":"official","family":"${choice.pick(NAMES)}","given":["${choice.pick(GIVEN)}","${choice.pick(GIVEN)}"]}],"gender":"${choice.pick(['female', 'male', 'other'])}","birthDate":"${timeAt(choice).slice(0, 10)}",${choice.chance(0.1) ? `"deceasedDateTime":"${timeAt(choice)}",` : ''}"address":[{"line":["${choice.below(9999)} Main St"],"city":"Springfield","state":"MA","postalCode":"0${1000 + choice.below(8999)}","country":"US"}],"communication":[{"language":${coded('urn:ietf:bcp:47', 'en', 'English')}}]}`,
    Encounter: (index, choice) =>
      `{"resourceType":"Encounter","id":"e-${index}",${meta(choice)},"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"${choice.pick(['AMB', 'IMP', 'EMER'])}"},"type":[${coded('http://snomed.info/sct', '185345009', 'Encounter for symptom')}],"subject":${patient(choice)},"participant":[{"individual":{"reference":"Practitioner/d-${choice.below(900)}"}}],"period":{"start":"${timeAt(choice)}","end":"${timeAt(choice)}"},"reasonCode":[${coded('http://snomed.info/sct', choice.pick(SITES), 'Neoplasm')}],"location":[{"location":{"display":"Ward ${choice.below(40)}"}}],"serviceProvider":{"reference":"Organization/o-${choice.below(12)}"}}`,
    Condition: (index, choice) =>
      `{"resourceType":"Condition","id":"c-${index}",${meta(choice)},"clinicalStatus":${coded('http://terminology.hl7.org/CodeSystem/condition-clinical', choice.pick(['active', 'remission', 'resolved']), 'Status')},"verificationStatus":${coded('http://terminology.hl7.org/CodeSystem/condition-ver-status', 'confirmed', 'Confirmed')},"category":[${coded('http://terminology.hl7.org/CodeSystem/condition-category', 'problem-list-item', 'Problem')}],"code":${coded('http://snomed.info/sct', choice.pick(SITES), 'Malignant neoplasm')},"bodySite":[${coded('http://snomed.info/sct', '76752008', 'Breast')}],"subject":${patient(choice)},"encounter":${encounter(choice)},"onsetDateTime":"${timeAt(choice).slice(0, choice.chance(0.3) ? 7 : 10)}","recordedDate":"${timeAt(choice)}","stage":[{"summary":${coded('http://cancerstaging.org', 'IIA', 'Stage IIA')},"type":${coded('http://snomed.info/sct', '260998006', 'Clinical staging')}}]}`,
    MedicationRequest: (index, choice) =>
      `{"resourceType":"MedicationRequest","id":"m-${index}",${meta(choice)},"status":"${choice.pick(['active', 'completed', 'stopped'])}","intent":"order","medicationCodeableConcept":${coded('http://www.nlm.nih.gov/research/umls/rxnorm', choice.pick(DRUGS), 'Chemotherapy agent')},"subject":${patient(choice)},"encounter":${encounter(choice)},"authoredOn":"${timeAt(choice)}","requester":{"reference":"Practitioner/d-${choice.below(900)}"},"dosageInstruction":[{"text":"as directed","timing":{"repeat":{"frequency":${1 + choice.below(3)},"period":${1 + choice.below(21)}.0,"periodUnit":"d"}},"route":${coded('http://snomed.info/sct', '47625008', 'Intravenous')},"doseAndRate":[{"doseQuantity":{"value":${(choice.unit() * 200).toFixed(2)},"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}}]}]}`,
  };
