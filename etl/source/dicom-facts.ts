/** What identity and merge need to know of a record without reading it again. */
export interface DicomFacts {
  readonly sopInstanceUid: string;
  readonly studyInstanceUid?: string;
  readonly seriesInstanceUid?: string;
  readonly patientId?: string;
  /** IssuerOfPatientID, otherwise the universal entity id of its qualifiers. */
  readonly issuerOfPatientId?: string;
  readonly accessionNumber?: string;
  readonly issuerOfAccession?: string;
  /** As the file writes it: `YYYYMMDD`. */
  readonly patientBirthDate?: string;
  readonly patientSex?: string;
  readonly otherPatientIds?: readonly { readonly id: string; readonly issuer?: string }[];
}

type Encoded = Readonly<Record<string, unknown>>;

/** From the encoded header; `undefined` without SOPInstanceUID. */
export function gatherFacts(header: Encoded): DicomFacts | undefined {
  const sopInstanceUid = textAt(header, 'SOPInstanceUID');
  if (sopInstanceUid === undefined) return undefined;
  const otherPatientIds = [
    ...itemsAt(header, 'OtherPatientIDsSequence').flatMap((item) => identifierOf(item)),
    ...valuesAt(header, 'OtherPatientIDs').map((id) => ({ id })),
  ];
  const accessionIssuer = itemsAt(header, 'IssuerOfAccessionNumberSequence')[0];
  return {
    sopInstanceUid,
    ...present('studyInstanceUid', textAt(header, 'StudyInstanceUID')),
    ...present('seriesInstanceUid', textAt(header, 'SeriesInstanceUID')),
    ...present('patientId', textAt(header, 'PatientID')),
    ...present('issuerOfPatientId', issuerOf(header)),
    ...present('accessionNumber', textAt(header, 'AccessionNumber')),
    ...present('issuerOfAccession', entityOf(accessionIssuer)),
    ...present('patientBirthDate', textAt(header, 'PatientBirthDate')),
    ...present('patientSex', textAt(header, 'PatientSex')),
    ...(otherPatientIds.length > 0 && { otherPatientIds }),
  };
}

function identifierOf(item: Encoded): readonly { readonly id: string; readonly issuer?: string }[] {
  const id = textAt(item, 'PatientID');
  return id === undefined ? [] : [{ id, ...present('issuer', issuerOf(item)) }];
}

function issuerOf(dataset: Encoded): string | undefined {
  const qualifiers = itemsAt(dataset, 'IssuerOfPatientIDQualifiersSequence')[0];
  return textAt(dataset, 'IssuerOfPatientID') ?? (qualifiers && textAt(qualifiers, 'UniversalEntityID'));
}

/** HL7v2 hierarchic designator (PS3.3 10.14). */
function entityOf(item: Encoded | undefined): string | undefined {
  return item && (textAt(item, 'LocalNamespaceEntityID') ?? textAt(item, 'UniversalEntityID'));
}

function present<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
}

function textAt(dataset: Encoded, keyword: string): string | undefined {
  const value = dataset[keyword];
  return typeof value === 'string' ? value : undefined;
}

function valuesAt(dataset: Encoded, keyword: string): readonly string[] {
  const values = dataset[keyword];
  return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
}

function itemsAt(dataset: Encoded, keyword: string): readonly Encoded[] {
  const items = dataset[keyword];
  return Array.isArray(items) ? (items as readonly Encoded[]) : [];
}
