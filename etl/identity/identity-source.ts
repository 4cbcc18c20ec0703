/** What identity has to know of a source. */
export interface IdentitySource {
  readonly name: string;
  /** Absolute references below it are the source's own. */
  readonly baseUrl?: string | undefined;
  /** IssuerOfPatientID → FHIR identifier system. */
  readonly patientIdIssuers?: Readonly<Record<string, string>> | undefined;
  /** The issuer of patient ids in files that name none. */
  readonly defaultIssuer?: string | undefined;
  /** Issuer in IssuerOfAccessionNumberSequence → FHIR identifier system. */
  readonly accessionIssuers?: Readonly<Record<string, string>> | undefined;
  /** FHIR identifier system of accession numbers in files that name no issuer. */
  readonly accessionSystem?: string | undefined;
}
