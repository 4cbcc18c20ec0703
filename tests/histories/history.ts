/**
 * What happens to a hospital, as plain data. A history tells of a few people and images of its own; several histories
 * share a hospital, night for night. Letters and small numbers stand for ids and contents (see records.ts).
 */

export type Letter = 'a' | 'b' | 'c';
export type FhirSource = 'ehr' | 'lab';

/** How a record says whose it is. */
export interface SubjectSpec {
  readonly way:
    | 'plain'
    | 'absolute'
    | 'versioned'
    | 'conditional'
    | 'logical'
    | 'id-name'
    | 'bundle-name'
    | 'group'
    | 'none';
  readonly patient: Letter;
  /** The number of the medical record, for `conditional` and `logical`. */
  readonly number: 1 | 2;
}

export interface PatientSpec {
  readonly type: 'Patient';
  /** 0: none; 3: a person of 90 and over. */
  readonly birth: 0 | 1 | 2 | 3;
  readonly sex: 0 | 1 | 2;
  /** Medical record number; 0: none. */
  readonly number: 0 | 1 | 2;
  readonly link: Letter | '';
}

export type ClinicalType =
  | 'Condition'
  | 'Observation'
  | 'Encounter'
  | 'ImagingStudy'
  | 'MedicationAdministration'
  | 'ServiceRequest';

export interface ClinicalSpec {
  readonly type: ClinicalType;
  readonly subject: SubjectSpec;
  readonly variant: 0 | 1 | 2 | 3;
  /** Another record of the same history that this one refers to; `''`: none. */
  readonly other: Letter | '';
  readonly accession: 0 | 1 | 2;
}

export interface SharedSpec {
  readonly type: 'Medication' | 'Practitioner';
  readonly variant: 0 | 1 | 2 | 3;
}

export type RecordSpec = {
  readonly id: Letter;
  /** Day of `meta.lastUpdated`; null: no meta. */
  readonly day: number | null;
  readonly isSubsetted: boolean;
} & (PatientSpec | ClinicalSpec | SharedSpec);

export type Line =
  | { readonly kind: 'record'; readonly record: RecordSpec; readonly name: Letter | '' }
  | {
      readonly kind: 'delete';
      readonly type: RecordSpec['type'];
      readonly id: Letter;
      readonly day: number | null;
    }
  | { readonly kind: 'broken' };

export interface ImageSpec {
  readonly sop: 1 | 2 | 3;
  readonly study: 1 | 2;
  readonly series: 1 | 2;
  /** The patient id in the file; 0: none. */
  readonly number: 0 | 1 | 2;
  readonly issuer: 0 | 1 | 2;
  readonly accession: 0 | 1 | 2;
  readonly birth: 0 | 1 | 2;
  readonly thickness: 1 | 2 | 3;
}

export type Event =
  | {
      /** A file of records comes, or takes the place of the one with its name. */
      readonly kind: 'write';
      readonly source: FhirSource;
      readonly file: 0 | 1 | 2;
      readonly form: 'ndjson' | 'gz' | 'cut-gz' | 'bundle';
      /** Day of the file's time: that of records without meta. */
      readonly day: number;
      readonly lines: readonly Line[];
    }
  | { readonly kind: 'vanish'; readonly source: FhirSource; readonly file: 0 | 1 | 2 }
  /** The same lines once more, under another name and in reverse. */
  | { readonly kind: 'export-again'; readonly source: FhirSource; readonly file: 0 | 1 | 2 }
  | {
      readonly kind: 'image';
      readonly file: Letter;
      readonly form: 'part10' | 'json';
      readonly image: ImageSpec;
    }
  | { readonly kind: 'remove-image' | 'break-image' | 'touch-image'; readonly file: Letter }
  | { readonly kind: 'move-image'; readonly file: Letter; readonly to: Letter };

/** Its events, night for night. */
export type History = readonly (readonly Event[])[];

export interface Night {
  /** A source that cannot be read that night. */
  readonly unreadable: FhirSource | 'pacs' | '';
  /** What comes that night; the rest of the events does not happen. */
  readonly only: 'all' | 'records' | 'images';
  /** What somebody changed in the models before. */
  readonly change: 'none' | 'view-column' | 'mart-sql';
}

export interface HospitalHistory {
  readonly profile: 'research' | 'identified';
  readonly nights: readonly Night[];
  readonly histories: readonly History[];
}
