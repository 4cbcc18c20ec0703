import { isUtf8 } from 'node:buffer';
import { isCarrierBundle, sliceMembers } from './fhir-bundle.ts';
import { landBundle, landResource, type Place, reject } from './fhir-entries.ts';
import type { FhirInput, InputCounts, Tally } from './fhir-input.ts';
import { landLines } from './fhir-lines.ts';
import type { JsonObject } from './fhir-record.ts';
import { DamagedInput, readWhole } from './input-stream.ts';

/** A document is parsed as a whole, so it has to fit into a JavaScript string. */
const MAX_DOCUMENT_BYTES = 400 * 1024 * 1024;
const WHOLE: Place = { line: 0, offset: 0, element: '' };

/**
 * Lands a `.json` file: one resource, one Bundle, an array of either, or lines after all.
 *
 * @throws UnreadableInput
 */
export async function landDocument(input: FhirInput): Promise<InputCounts> {
  const tally: Tally = { records: 0, rejected: 0 };
  let bytes: Buffer | undefined;
  try {
    bytes = await readWhole(input.absolutePath, MAX_DOCUMENT_BYTES);
  } catch (error) {
    if (!(error instanceof DamagedInput)) throw error;
    await reject(input, tally, 'file-truncated', WHOLE, undefined);
    return tally;
  }
  if (bytes === undefined) {
    await reject(input, tally, 'file-too-large', WHOLE, undefined);
    return tally;
  }
  if (!isUtf8(bytes)) {
    await reject(input, tally, 'invalid-utf8', WHOLE, bytes);
    return tally;
  }
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  if (text.trim() === '') return tally;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (isLines(text)) return landLines(input);
    await reject(input, tally, 'invalid-json', WHOLE, bytes);
    return tally;
  }
  const start = { ...WHOLE, offset: bytes.length - Buffer.byteLength(text) };
  if (Array.isArray(value)) await landArray(input, tally, value, text, start);
  else await landValue(input, tally, value, text, start);
  return tally;
}

async function landArray(
  input: FhirInput,
  tally: Tally,
  values: readonly unknown[],
  text: string,
  start: Place,
): Promise<void> {
  const slices = sliceMembers(text);
  for (const [index, value] of values.entries()) {
    const slice = slices.get(index);
    const place = { line: 0, offset: start.offset + (slice?.offset ?? 0), element: `[${index}]` };
    await landValue(input, tally, value, slice?.text ?? JSON.stringify(value), place);
  }
}

async function landValue(
  input: FhirInput,
  tally: Tally,
  value: unknown,
  text: string,
  place: Place,
): Promise<void> {
  if (isObject(value) && isCarrierBundle(value)) await landBundle(input, tally, value, text, place);
  else await landResource(input, tally, value, text, place);
}

/** Several lines of which the first is a JSON text of its own. */
function isLines(text: string): boolean {
  const first = text.slice(0, text.indexOf('\n'));
  try {
    return typeof JSON.parse(first) === 'object';
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
