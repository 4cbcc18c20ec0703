import { isUtf8 } from 'node:buffer';
import type { Rejection } from '../landing/landing-format.ts';
import { isCarrierBundle } from './fhir-bundle.ts';
import { landBundle } from './fhir-entries.ts';
import type { FhirInput, InputCounts, Tally } from './fhir-input.ts';
import { type JsonObject, readFhirRecord } from './fhir-record.ts';
import { DamagedInput, openInput } from './input-stream.ts';
import { type InputLine, readLines } from './line-reader.ts';

export type { FhirInput, InputCounts } from './fhir-input.ts';

/**
 * Lands an NDJSON file line by line; a bad line never costs its neighbours. A line that is a Bundle of records, such
 * as those of a bulk export's `deleted` files, is unpacked like a document.
 *
 * @throws UnreadableInput
 */
export async function landLines(input: FhirInput): Promise<InputCounts> {
  const tally: Tally = { records: 0, rejected: 0 };
  try {
    for await (const lines of readLines(openInput(input.absolutePath))) {
      for (const line of lines) await landLine(input, tally, line);
    }
  } catch (error) {
    if (!(error instanceof DamagedInput)) throw error;
    await rejectRest(input);
    tally.rejected++;
  }
  return tally;
}

async function landLine(input: FhirInput, tally: Tally, line: InputLine): Promise<void> {
  const place = { line: line.line, offset: line.offset, length: line.length };
  if (line.isTooLong) {
    tally.rejected++;
    const rejection: Rejection = { ...place, code: 'line-too-long', element: undefined };
    await input.landing.reject(rejection, input.origin, line.bytes);
    return;
  }
  const carrier = readCarrier(line.bytes);
  if (carrier !== undefined) {
    await landBundle(input, tally, carrier.bundle, carrier.text, { ...place, element: '' });
    return;
  }
  const reading = readFhirRecord(line.bytes);
  if (input.accept?.(reading, line.bytes) === false) return;
  if (reading.kind === 'rejected') {
    tally.rejected++;
    const { code, element, key } = reading;
    const rejection = { ...place, code, element, key };
    await input.landing.reject(rejection, input.origin, line.bytes);
    return;
  }
  const origin = { path: input.origin.path, line: line.line, element: '' };
  await input.landing.addRecord(reading.record, line.bytes, input.orderTime, origin);
  tally.records++;
}

interface Carrier {
  readonly bundle: JsonObject;
  readonly text: string;
}

/** Looks twice only at lines that have the word in them. */
function readCarrier(bytes: Buffer): Carrier | undefined {
  if (!bytes.includes('"Bundle"') || !isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    const bundle = typeof value === 'object' && value !== null ? (value as JsonObject) : {};
    return isCarrierBundle(bundle) ? { bundle, text } : undefined;
  } catch {
    return undefined;
  }
}

/** A compressed file that ends in the middle: what came before has landed, the rest is one rejection. */
async function rejectRest(input: FhirInput): Promise<void> {
  const rejection: Rejection = { code: 'file-truncated', line: 0, offset: 0, length: 0, element: undefined };
  await input.landing.reject(rejection, input.origin, undefined);
}
