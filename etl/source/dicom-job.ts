import type { DicomFacts } from './dicom-facts.ts';
import type { DicomRejection } from './dicom-header.ts';

/** Work for a reading thread. */
export type DicomJob =
  | { readonly kind: 'file'; readonly path: string; readonly uri: string; readonly size: number }
  /** DICOM JSON Model objects, one a line; uris are `<uri>#<line>`. */
  | { readonly kind: 'lines'; readonly uri: string; readonly lines: readonly NumberedLine[] }
  /** A JSON array of DICOM JSON Model objects; uris are `<uri>#<position>`, counted from 1. */
  | { readonly kind: 'array'; readonly path: string; readonly uri: string; readonly size: number }
  /** A file that killed its thread, once more, only to name it. */
  | { readonly kind: 'hash'; readonly path: string; readonly uri: string };

export interface NumberedLine {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** What became of one file, line or array member. */
export type DicomOutcome =
  | { readonly kind: 'record'; readonly uri: string; readonly line: string; readonly facts: DicomFacts }
  | {
      readonly kind: 'rejected';
      readonly uri: string;
      readonly code: DicomRejection;
      readonly sha256: string;
    };

export type DicomReport =
  | { readonly kind: 'done'; readonly outcomes: readonly DicomOutcome[] }
  /** The thread listens, or its long work goes on. */
  | { readonly kind: 'alive' };
