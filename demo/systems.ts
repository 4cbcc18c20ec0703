/** Naming systems of the demo centre and the public code systems its records use. */
export const SYSTEM = {
  mrn: 'https://demo.chiasm.example/mrn',
  accession: 'https://demo.chiasm.example/accession',
  order: 'https://demo.chiasm.example/order',
  regionalId: 'https://regional-registry.example/patient',
  member: 'https://payer.example/member',
  snomed: 'http://snomed.info/sct',
  icd10cm: 'http://hl7.org/fhir/sid/icd-10-cm',
  loinc: 'http://loinc.org',
  rxnorm: 'http://www.nlm.nih.gov/research/umls/rxnorm',
  cvx: 'http://hl7.org/fhir/sid/cvx',
  ucum: 'http://unitsofmeasure.org',
  dicom: 'http://dicom.nema.org/resources/ontology/DCM',
  ajcc: 'http://cancerstaging.org',
  icdo3: 'http://terminology.hl7.org/CodeSystem/icd-o-3',
  hgnc: 'http://www.genenames.org/geneId',
  conditionCategory: 'http://terminology.hl7.org/CodeSystem/condition-category',
  conditionClinical: 'http://terminology.hl7.org/CodeSystem/condition-clinical',
  conditionVerification: 'http://terminology.hl7.org/CodeSystem/condition-ver-status',
  observationCategory: 'http://terminology.hl7.org/CodeSystem/observation-category',
  interpretation: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
  identifierType: 'http://terminology.hl7.org/CodeSystem/v2-0203',
  actCode: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  uri: 'urn:ietf:rfc:3986',
  dicomUid: 'urn:dicom:uid',
} as const;

/** Assigning authority in (0010,0021) IssuerOfPatientID of the centre's own scanners. */
export const ISSUER_OF_PATIENT_ID = 'CHIASM-DEMO';

export const MCODE = 'http://hl7.org/fhir/us/mcode/StructureDefinition/';
export const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition/';
