import type { Rejection } from '../landing/landing-format.ts';
import type { LandingRun } from '../landing/landing-run.ts';
import { readFhirRecord } from './fhir-record.ts';
import { openInput } from './input-stream.ts';
import { type InputLine, readLines } from './line-reader.ts';

/** A file on its way into landing. */
export interface FhirInput {
  readonly landing: LandingRun;
  readonly origin: { readonly path: string; readonly sha256: string };
  readonly absolutePath: string;
  /** When the source says it wrote the file: the version time of records that have none. */
  readonly orderTime: string;
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
        if (await landLine(input, line)) records++;
        else rejected++;
      }
    }
  } catch (error) {
    if (!isDecompressionError(error)) throw error;
    await rejectRest(input);
    rejected++;
  }
  return { records, rejected };
}

async function landLine(input: FhirInput, line: InputLine): Promise<boolean> {
  const place = { line: line.line, offset: line.offset, length: line.length };
  if (line.isTooLong) {
    await input.landing.reject(
      { ...place, code: 'line-too-long', element: undefined },
      input.origin,
      line.bytes,
    );
    return false;
  }
  const reading = readFhirRecord(line.bytes);
  if (reading.kind === 'rejected') {
    const rejection = { ...place, code: reading.code, element: reading.element };
    await input.landing.reject(rejection, input.origin, line.bytes);
    return false;
  }
  await input.landing.addRecord(reading.record, line.bytes, input.orderTime, input.origin.path);
  return true;
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
