import type { LandingRun } from '../landing/landing-run.ts';
import type { FhirReading } from './fhir-record.ts';

/** A file on its way into landing. */
export interface FhirInput {
  readonly landing: LandingRun;
  readonly origin: { readonly path: string; readonly sha256: string };
  readonly absolutePath: string;
  /** When the source says it wrote the file: the version time of records that have none. */
  readonly orderTime: string;
  /** Sees what a line holds before it lands; false leaves the line out, and it is neither record nor rejection. */
  readonly accept?: (reading: FhirReading, bytes: Buffer) => boolean;
}

export interface InputCounts {
  readonly records: number;
  readonly rejected: number;
}

/** Counts while a file lands. */
export interface Tally {
  records: number;
  rejected: number;
}
