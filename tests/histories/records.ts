import { type DataSet, encodeFile, encodeHeader } from '../../demo/dicom/encode.ts';
import type { ClinicalSpec, ImageSpec, Letter, RecordSpec, SubjectSpec } from './history.ts';

/** Identifier systems and servers of the hospitals in these tests. */
export const MRN = 'https://hospital.example/mrn';
export const ACCESSION = 'https://hospital.example/accession';
export const NPI = 'https://hospital.example/npi';
export const BASE_URLS = { ehr: 'https://ehr.example/fhir', lab: 'https://lab.example/fhir' } as const;
export const ISSUERS: readonly (string | undefined)[] = [undefined, 'HOSP', 'OTHER'];
export const BIRTH_DATES = [undefined, '1960-05-05', '1961-06-06', '1930-03-03'] as const;
export const SEXES = [undefined, 'male', 'female'] as const;

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2024, 0, 1);

/** The moment of a day, in milliseconds since 1970. */
export function momentOf(day: number): number {
  return FIRST_DAY + day * DAY_MS;
}

/** Names that only the history with this number uses. */
export interface Names {
  readonly id: (type: string, letter: Letter) => string;
  readonly medicalRecord: (number: number) => string;
  readonly accession: (number: number) => string;
  readonly provider: (number: number) => string;
  /** What Bundles call a record. */
  readonly bundleName: (letter: Letter) => string;
  readonly study: (study: number) => string;
  readonly series: (study: number, series: number) => string;
  readonly instance: (sop: number) => string;
}

export function namesOf(history: number): Names {
  const own = `h${history}`;
  const uid = `1.2.840.99.${history + 1}`;
  return {
    id: (type, letter) => `${own}-${type}-${letter}`,
    medicalRecord: (number) => `${own}-7${number}`,
    accession: (number) => `${own}-A${number}`,
    provider: (number) => `${own}-N${number}`,
    bundleName: (letter) => `urn:uuid:${own}-name-${letter}`,
    study: (study) => `${uid}.${study}`,
    series: (study, series) => `${uid}.${study}.${series}`,
    instance: (sop) => `${uid}.9.${sop}`,
  };
}

type Resource = Readonly<Record<string, unknown>>;

/** The FHIR resource that a spec stands for. */
export function resourceOf(spec: RecordSpec, source: keyof typeof BASE_URLS, names: Names): Resource {
  const meta = {
    ...(spec.day === null ? {} : { lastUpdated: new Date(momentOf(spec.day)).toISOString() }),
    ...(spec.isSubsetted ? { tag: [{ code: 'SUBSETTED' }] } : {}),
  };
  return {
    resourceType: spec.type,
    id: names.id(spec.type, spec.id),
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
    ...bodyOf(spec, source, names),
  };
}

function bodyOf(spec: RecordSpec, source: keyof typeof BASE_URLS, names: Names): Resource {
  switch (spec.type) {
    case 'Patient':
      return defined({
        birthDate: BIRTH_DATES[spec.birth],
        gender: SEXES[spec.sex],
        identifier:
          spec.number === 0 ? undefined : [{ system: MRN, value: names.medicalRecord(spec.number) }],
        link:
          spec.link === ''
            ? undefined
            : [{ other: { reference: `Patient/${names.id('Patient', spec.link)}` }, type: 'seealso' }],
      });
    case 'Medication':
      return defined({ code: concept(RXNORM, ['2555', '40048', '161', undefined][spec.variant]) });
    case 'Practitioner':
      return defined({
        identifier:
          spec.variant % 3 === 0 ? undefined : [{ system: NPI, value: names.provider(spec.variant % 3) }],
      });
    default:
      return {
        ...defined({ subject: subjectOf(spec.subject, source, names) }),
        ...clinicalBody(spec, names),
      };
  }
}

const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
const LOINC = 'http://loinc.org';

function clinicalBody(spec: ClinicalSpec, names: Names): Resource {
  const { variant } = spec;
  const other = (type: string): Resource | undefined =>
    spec.other === '' ? undefined : { reference: `${type}/${names.id(type, spec.other)}` };
  const accession =
    spec.accession === 0
      ? []
      : [{ type: { coding: [{ code: 'ACSN' }] }, system: ACCESSION, value: names.accession(spec.accession) }];
  switch (spec.type) {
    case 'Condition':
      return defined({
        code: concept(ICD, ['C50.911', 'C34.90', 'E11.9', 'C79.51'][variant]),
        verificationStatus: concept(
          'http://terminology.hl7.org/CodeSystem/condition-ver-status',
          variant === 3 ? 'provisional' : 'confirmed',
        ),
        onsetDateTime: ['2020-02-03', '2021-03', '2019', undefined][variant],
        encounter: other('Encounter'),
      });
    case 'Observation':
      return defined({
        status: 'final',
        code: concept(LOINC, ['718-7', '718-7', '21908-9', '2857-1'][variant]),
        category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory')],
        effectiveDateTime: ['2023-05-01', '2023-05-02T10:00:00+02:00', '2020-02', '2022'][variant],
        valueQuantity: variant === 2 ? undefined : { value: 10.5 + variant, unit: 'g/dL', code: 'g/dL' },
        valueCodeableConcept: variant === 2 ? concept('http://snomed.info/sct', '258219007') : undefined,
        focus: other('Condition') === undefined ? undefined : [other('Condition')],
      });
    case 'Encounter':
      return defined({
        status: 'finished',
        class: { code: ['AMB', 'IMP', 'EMER', 'VR'][variant] },
        period: { start: `2023-01-0${variant + 1}`, end: '2023-01-09' },
        participant: [
          {
            individual: {
              reference:
                spec.accession === 0
                  ? `Practitioner/${names.id('Practitioner', 'a')}`
                  : `Practitioner?identifier=${NPI}|${names.provider(spec.accession)}`,
            },
          },
        ],
        reasonReference: other('Condition') === undefined ? undefined : [other('Condition')],
      });
    case 'ImagingStudy': {
      const uid = names.study(variant === 3 ? 2 : 1);
      const identifier = [
        ...(variant === 0 ? [] : [{ system: 'urn:dicom:uid', value: `urn:oid:${uid}` }]),
        ...accession,
      ];
      return defined({
        identifier: identifier.length === 0 ? undefined : identifier,
        status: 'available',
        started: `2023-03-0${variant + 1}`,
        modality: [{ code: 'CT' }],
        numberOfSeries: 1,
        numberOfInstances: variant,
        basedOn: other('ServiceRequest') === undefined ? undefined : [other('ServiceRequest')],
        series: [
          { uid: names.series(variant === 3 ? 2 : 1, 1), modality: { code: 'CT' }, numberOfInstances: 2 },
        ],
      });
    }
    case 'MedicationAdministration':
      return defined({
        status: 'completed',
        medicationCodeableConcept: variant === 0 ? concept(RXNORM, '2555') : undefined,
        medicationReference:
          variant === 0
            ? undefined
            : { reference: `Medication/${names.id('Medication', spec.other || 'a')}` },
        effectiveDateTime: `2023-02-0${variant + 1}`,
        reasonReference: other('Condition') === undefined ? undefined : [other('Condition')],
      });
    case 'ServiceRequest':
      return defined({
        status: 'active',
        intent: 'order',
        identifier: accession.length === 0 ? undefined : accession,
        authoredOn: `2023-02-1${variant}`,
        encounter: other('Encounter'),
      });
    default:
      return spec.type satisfies never;
  }
}

/** The reference of a subject, or undefined. */
function subjectOf(
  { way, patient, number }: SubjectSpec,
  source: keyof typeof BASE_URLS,
  names: Names,
): Resource | undefined {
  const id = names.id('Patient', patient);
  switch (way) {
    case 'plain':
      return { reference: `Patient/${id}` };
    case 'absolute':
      return { reference: `${BASE_URLS[source]}/Patient/${id}` };
    case 'versioned':
      return { reference: `Patient/${id}/_history/7` };
    case 'conditional':
      return { reference: `Patient?identifier=${MRN}|${names.medicalRecord(number)}` };
    case 'logical':
      return { identifier: { system: MRN, value: names.medicalRecord(number) } };
    case 'id-name':
      return { reference: `urn:uuid:${id}` };
    case 'bundle-name':
      return { reference: names.bundleName(patient) };
    case 'group':
      return { reference: 'Group/all' };
    case 'none':
      return undefined;
    default:
      return way satisfies never;
  }
}

/** The header of an image by keyword. */
export function dataSetOf(image: ImageSpec, names: Names): DataSet {
  const issuer = ISSUERS[image.issuer];
  return defined({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
    SOPInstanceUID: names.instance(image.sop),
    StudyDate: `2023031${image.study}`,
    AccessionNumber: image.accession === 0 ? undefined : names.accession(image.accession),
    Modality: 'CT',
    PatientID: image.number === 0 ? undefined : names.medicalRecord(image.number),
    IssuerOfPatientID: image.number === 0 ? undefined : issuer,
    PatientBirthDate: BIRTH_DATES[image.birth]?.replaceAll('-', ''),
    SliceThickness: String(image.thickness),
    StudyInstanceUID: names.study(image.study),
    SeriesInstanceUID: names.series(image.study, image.series),
  }) as DataSet;
}

/** The bytes of a DICOM file: Part 10 with two bytes of pixels, or the DICOM JSON Model. */
export function imageBytes(dataSet: DataSet, form: 'part10' | 'json'): Buffer {
  if (form === 'json') return Buffer.from(`[${encodeHeader(dataSet)}]`);
  return encodeFile({
    ...dataSet,
    Rows: 1,
    Columns: 1,
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 0,
    SamplesPerPixel: 1,
    PixelData: () => new Uint16Array([7]).buffer,
  });
}

function concept(system: string, code: string | undefined): Resource | undefined {
  return code === undefined ? undefined : { coding: [{ system, code }] };
}

/** Without the members that are undefined. */
function defined(members: Readonly<Record<string, unknown>>): Resource {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
