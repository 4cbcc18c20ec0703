import type { Rejection } from '../landing/landing-format.ts';
import type { LandingRun } from '../landing/landing-run.ts';
import { type FhirReading, readFhirRecord } from './fhir-record.ts';
import { openInput } from './input-stream.ts';
import { type InputLine, readLines } from './line-reader.ts';

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

/** Lands an NDJSON file line by line; a bad line never costs its neighbours. */
export async function landLines(input: FhirInput): Promise<InputCounts> {
  let records = 0;
  let rejected = 0;
  try {
    for await (const lines of readLines(openInput(input.absolutePath))) {
      for (const line of lines) {
        const landed = await landLine(input, line);
        if (landed === 'record') records++;
        else if (landed === 'rejected') rejected++;
      }
    }
  } catch (error) {
    if (!isDecompressionError(error)) throw error;
    await rejectRest(input);
    rejected++;
  }
  return { records, rejected };
}

async function landLine(input: FhirInput, line: InputLine): Promise<'record' | 'rejected' | 'left-out'> {
  const place = { line: line.line, offset: line.offset, length: line.length };
  if (line.isTooLong) {
    await input.landing.reject(
      { ...place, code: 'line-too-long', element: undefined },
      input.origin,
      line.bytes,
    );
    return 'rejected';
  }
  const reading = readFhirRecord(line.bytes);
  if (input.accept?.(reading, line.bytes) === false) return 'left-out';
  if (reading.kind === 'rejected') {
    const rejection = { ...place, code: reading.code, element: reading.element };
    await input.landing.reject(rejection, input.origin, line.bytes);
    return 'rejected';
  }
  await input.landing.addRecord(reading.record, line.bytes, input.orderTime, input.origin.path);
  return 'record';
}

/** A compressed file that ends in the middle: what came before has landed, the rest is one rejection. */
async function rejectRest(input: FhirInput): Promise<void> {
  const rejection: Rejection = { code: 'file-truncated', line: 0, offset: 0, length: 0, element: undefined };
  await input.landing.reject(rejection, input.origin, undefined);
}

function isDecompressionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    code.startsWith('Z_') || /^(unexpected EOF|invalid zstd data|invalid block|corrupt)/i.test(error.message)
  );
}
