import type { Choice } from './random.ts';

interface Test {
  readonly code: string;
  readonly name: string;
  readonly unit: string;
  readonly digits: number;
  readonly middle: number;
}

const TESTS: readonly Test[] = [
  { code: '718-7', name: 'Hemoglobin [Mass/volume] in Blood', unit: 'g/dL', digits: 1, middle: 13 },
  {
    code: '2160-0',
    name: 'Creatinine [Mass/volume] in Serum or Plasma',
    unit: 'mg/dL',
    digits: 2,
    middle: 1,
  },
  {
    code: '2951-2',
    name: 'Sodium [Moles/volume] in Serum or Plasma',
    unit: 'mmol/L',
    digits: 0,
    middle: 140,
  },
  {
    code: '6690-2',
    name: 'Leukocytes [#/volume] in Blood by Automated count',
    unit: '10*3/uL',
    digits: 2,
    middle: 7,
  },
  {
    code: '2857-1',
    name: 'Prostate specific Ag [Mass/volume] in Serum or Plasma',
    unit: 'ng/mL',
    digits: 3,
    middle: 2,
  },
  { code: '29463-7', name: 'Body weight', unit: 'kg', digits: 1, middle: 75 },
  { code: '8867-4', name: 'Heart rate', unit: '/min', digits: 0, middle: 72 },
  {
    code: '33914-3',
    name: 'Glomerular filtration rate/1.73 sq M.predicted',
    unit: 'mL/min/{1.73_m2}',
    digits: 1,
    middle: 80,
  },
];

const STATUSES = [
  'final',
  'final',
  'final',
  'final',
  'final',
  'final',
  'amended',
  'corrected',
  'preliminary',
];
const GRADES = ['Zubrod 0', 'Zubrod 1', 'Karnofsky ≥ 80 %', 'no evidence of disease', 'tumour “not seen”'];
const WORDS = [
  'specimen',
  'received',
  'haemolysed',
  'repeat',
  'see',
  'comment',
  'Zoë',
  'naïve',
  'normal',
  'range',
  'µg',
];

/** One Observation as a JSON line without its line feed, about 800 bytes: laboratory values, coded findings, panels, texts. */
export function observationLine(index: number, choice: Choice): string {
  const test = TESTS[choice.below(TESTS.length)] ?? TESTS[0];
  if (test === undefined) throw new Error('there is no test');
  const time = timeAt(choice);
  const parts = [
    `"resourceType":"Observation","id":"obs-${index.toString(36)}-${choice.below(1e9).toString(36)}"`,
    `"meta":{"versionId":"${1 + choice.below(3)}","lastUpdated":"${timeAt(choice)}"}`,
    `"status":"${choice.pick(STATUSES)}"`,
    `"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"${choice.chance(0.8) ? 'laboratory' : 'vital-signs'}","display":"Laboratory"}]}]`,
    `"code":{"coding":[{"system":"urn:oid:1.2.840.114350","code":"${choice.below(9000)}","display":"LAB"},{"system":"http://loinc.org","code":"${test.code}","display":"${test.name}"}],"text":"${test.name}"}`,
    `"subject":{"reference":"Patient/p-${choice.below(40_000)}","display":"Patient"}`,
    ...(choice.chance(0.9) ? [`"encounter":{"reference":"Encounter/e-${choice.below(400_000)}"}`] : []),
    choice.chance(0.9)
      ? `"effectiveDateTime":"${choice.chance(0.1) ? time.slice(0, 10) : time}"`
      : `"effectivePeriod":{"start":"${time}","end":"${time}"}`,
    `"issued":"${time.slice(0, 19)}.${100 + choice.below(900)}${time.slice(19)}"`,
    ...valueParts(test, choice),
    ...(choice.chance(0.3) ? [`"note":[{"text":"${sentence(choice)}"}]`] : []),
  ];
  return `{${parts.join(',')}}`;
}

function valueParts(test: Test, choice: Choice): readonly string[] {
  const kind = choice.unit();
  if (kind < 0.72) {
    return [
      `"valueQuantity":${quantity(test, choice)}`,
      ...(choice.chance(0.4)
        ? [`"referenceRange":[{"low":${quantity(test, choice)},"high":${quantity(test, choice)}}]`]
        : []),
      ...(choice.chance(0.2)
        ? [
            `"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"${choice.pick(['H', 'L', 'N'])}"}]}]`,
          ]
        : []),
    ];
  }
  if (kind < 0.82)
    return [
      `"valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"${260_000_000 + choice.below(9999)}","display":"Finding"}],"text":"${choice.pick(GRADES)}"}`,
    ];
  if (kind < 0.88) return [`"valueString":"${sentence(choice)}"`];
  if (kind < 0.9) return [`"valueBoolean":${choice.chance(0.5)}`];
  if (kind < 0.92)
    return [
      `"dataAbsentReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"unknown"}]}`,
    ];
  const component = (code: string, name: string): string =>
    `{"code":{"coding":[{"system":"http://loinc.org","code":"${code}","display":"${name}"}],"text":"${name}"},"valueQuantity":{"value":${60 + choice.below(100)},"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}`;
  return [
    `"component":[${component('8480-6', 'Systolic blood pressure')},${component('8462-4', 'Diastolic blood pressure')}]`,
  ];
}

function quantity(test: Test, choice: Choice): string {
  const value = (test.middle * (0.5 + choice.unit())).toFixed(test.digits);
  return `{"value":${value},"unit":"${test.unit}","system":"http://unitsofmeasure.org","code":"${test.unit}"}`;
}

function sentence(choice: Choice): string {
  return Array.from({ length: 4 + choice.below(12) }, () => choice.pick(WORDS)).join(' ');
}

const two = (number: number): string => String(number).padStart(2, '0');

/** A second of the years 2010 to 2024, with an offset. */
export function timeAt(choice: Choice): string {
  const day = `${2010 + choice.below(15)}-${two(1 + choice.below(12))}-${two(1 + choice.below(28))}`;
  return `${day}T${two(choice.below(24))}:${two(choice.below(60))}:${two(choice.below(60))}${choice.pick(['-05:00', '-04:00', 'Z'])}`;
}
