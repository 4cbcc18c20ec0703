import { z } from 'zod';
import type { RejectionCode } from './rejection-code.ts';

/** What the index keeps of a landed record. Its key is (source, type, id); (file, type, id) is unique. */
export interface LandedRecord {
  readonly type: string;
  readonly id: string;
  /** `meta.lastUpdated` as an ISO instant, where the record has one. */
  readonly lastUpdated: string | undefined;
  readonly isSubsetted: boolean;
  /** The record carries Chiasm's own provenance tag: it takes no part in identity. */
  readonly isOwn: boolean;
  /** How the record names the patient it belongs to. */
  readonly subject: Subject;
  readonly facts: readonly IdentityFact[];
}

/** Where a record stands in its source. */
export interface RecordPlace {
  /** Of the file, relative to the source's folder. */
  readonly path: string;
  /** Line of the file, from 1; 0 where the whole file is one JSON text or image. */
  readonly line: number;
  /** Its place in a Bundle or array, as a path of element names; empty where it stands alone. */
  readonly element: string;
}

/**
 * `none`: the type has no patient (Organization). `self`: the record is a Patient. `reference`: by literal
 * reference, as written. `identifier`: by logical reference. `missing`: the type has a patient, the record does
 * not say which. `study`: a DICOM instance, by its StudyInstanceUID.
 */
export type Subject =
  | { readonly kind: 'none' | 'self' | 'missing' }
  | { readonly kind: 'reference'; readonly reference: string }
  | { readonly kind: 'identifier'; readonly system: string; readonly value: string }
  | { readonly kind: 'study'; readonly uid: string };

/** Something a record says that can tell whose it is; `system` is an identifier system, issuer or link type. */
export interface IdentityFact {
  readonly kind: FactKind;
  readonly system: string | undefined;
  readonly value: string;
}

export type FactKind =
  | 'identifier'
  | 'accession'
  | 'study-uid'
  | 'sop-instance-uid'
  | 'patient-id'
  | 'other-patient-id'
  | 'link'
  | 'birth-date'
  | 'sex';

/** A piece of input that is not a record. Its bytes stay in landing. */
export interface Rejection {
  readonly code: RejectionCode;
  /** Line in the source file, from 1; 0 where the whole file is meant. */
  readonly line: number;
  /** Byte offset and length in the (decompressed) source file. */
  readonly offset: number;
  readonly length: number;
  /** The element that is wrong, as a path of element names. Never a value. */
  readonly element: string | undefined;
  /** Which record it would have been, where that can be told: a later version of it takes the rejection away. */
  readonly key?: RecordKey | undefined;
}

export interface RecordKey {
  readonly type: string;
  readonly id: string;
}

/** One file of a source, as it was read in a run. */
export interface OriginFile {
  /** Relative to the source's folder. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
  /**
   * `read`: records were taken from it. `touched`: another time, the same content, so what was read before holds.
   * `ignored`: not a kind of file this source reads. `removed`: gone.
   */
  readonly status: 'read' | 'touched' | 'ignored' | 'removed';
  readonly records: number;
  readonly rejected: number;
}

/** `manifest.json` of a run: written last; a run without it never happened. */
export const landingManifest = z.object({
  format: z.literal(2),
  source: z.string(),
  run: z.string(),
  request: z.record(z.string(), z.string()),
  transactionTime: z.string(),
  files: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      lines: z.number().int(),
      bytes: z.number().int(),
      size: z.number().int(),
      sha256: z.string(),
    }),
  ),
  records: z.number().int(),
  rejected: z.number().int(),
  originFiles: z.number().int(),
  ignoredFiles: z.number().int(),
  /** Files whose earlier rejections do not hold any more: mended, or gone. */
  mended: z.number().int(),
  /** What lies beside the lines (tables, rejected bytes): file name → what was written. */
  tables: z.record(z.string(), z.object({ size: z.number().int(), sha256: z.string() })),
  /** How many names (`urn:uuid:…`, absolute URLs) Bundles gave their entries: the rows of `aliases.parquet`. */
  aliases: z.number().int(),
  contentHash: z.string(),
});

export type LandingManifest = Readonly<z.infer<typeof landingManifest>>;
