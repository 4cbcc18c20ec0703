import { isUtf8 } from 'node:buffer';
import type { RejectionCode } from '../landing/rejection-code.ts';
import { assignId, type BundleEntry, isCarrierBundle, readBundleEntries, toOneLine } from './fhir-bundle.ts';
import { type FhirInput, type InputCounts, landLines } from './fhir-lines.ts';
import { type JsonObject, readParsedResource } from './fhir-record.ts';
import { readWhole } from './input-stream.ts';
import { MAX_LINE_BYTES } from './line-reader.ts';

/** A document is parsed as a whole, so it has to fit into a JavaScript string. */
const MAX_DOCUMENT_BYTES = 400 * 1024 * 1024;

interface Tally {
  records: number;
  rejected: number;
}

/** Lands a `.json` file: one resource, one Bundle, an array of either, or lines after all. */
export async function landDocument(input: FhirInput): Promise<InputCounts> {
  const bytes = await readWhole(input.absolutePath, MAX_DOCUMENT_BYTES);
  const tally: Tally = { records: 0, rejected: 0 };
  if (bytes === undefined) {
    await reject(input, tally, 'file-too-large', undefined, undefined);
    return tally;
  }
  if (!isUtf8(bytes)) {
    await reject(input, tally, 'invalid-utf8', undefined, bytes);
    return tally;
  }
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  if (text.trim() === '') return tally;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (isLines(text)) return landLines(input);
    await reject(input, tally, 'invalid-json', undefined, bytes);
    return tally;
  }
  const isBundle = isObject(value) && isCarrierBundle(value);
  if (isObject(value) && isBundle) await landBundle(input, tally, value, text);
  else await landResource(input, tally, value, text, undefined, 0);
  return tally;
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

async function landBundle(input: FhirInput, tally: Tally, bundle: JsonObject, text: string): Promise<void> {
  for (const entry of readBundleEntries(bundle, text)) await landEntry(input, tally, entry, text);
}

async function landEntry(input: FhirInput, tally: Tally, entry: BundleEntry, text: string): Promise<void> {
  if (entry.method === 'DELETE') {
    const [type, id] = (entry.url ?? '').split('/');
    if (type !== undefined && id !== undefined && /^[A-Z]\w+$/.test(type)) {
      input.landing.addTombstone(type, id, input.orderTime, input.origin.path);
      return;
    }
  }
  if (entry.resource === undefined || entry.text === undefined || entry.isOutcome) return;
  const { resource } = entry;
  const prefix = `entry[${entry.index}].resource`;
  const offset = Buffer.byteLength(text.slice(0, entry.offset));
  if (isCarrierBundle(resource)) {
    await landBundle(input, tally, resource, entry.text);
    return;
  }
  const assigned = typeof resource['id'] === 'string' ? undefined : assignedId(entry, resource);
  const own = assigned === undefined ? entry.text : assignId(entry.text, assigned);
  const value = assigned === undefined ? resource : { id: assigned, ...resource };
  const key = await landResource(input, tally, value, own, prefix, offset);
  if (key === undefined || entry.fullUrl === undefined || entry.fullUrl === key) return;
  input.landing.addAlias(entry.fullUrl, key, input.origin.path);
}

/** What a server would call a resource that comes without an id: its place in the Bundle's own naming. */
function assignedId(entry: BundleEntry, resource: JsonObject): string | undefined {
  const type = String(resource['resourceType']);
  if (entry.method === 'PUT' && entry.url?.startsWith(`${type}/`)) return entry.url.slice(type.length + 1);
  const urn = /^urn:uuid:([0-9a-fA-F-]{36})$/.exec(entry.fullUrl ?? '')?.[1];
  if (urn !== undefined) return urn;
  const segments = (entry.fullUrl ?? '').split('/');
  return segments.length > 2 && segments.at(-2) === type ? segments.at(-1) : undefined;
}

/** Lands one resource and returns `Type/id`, or undefined where it went to quarantine. */
async function landResource(
  input: FhirInput,
  tally: Tally,
  value: unknown,
  text: string,
  prefix: string | undefined,
  offset: number,
): Promise<string | undefined> {
  const line = Buffer.from(toOneLine(text));
  const reading = readParsedResource(value, text);
  if (reading.kind === 'rejected' || line.length > MAX_LINE_BYTES) {
    const code = reading.kind === 'rejected' ? reading.code : 'line-too-long';
    const element = reading.kind === 'rejected' ? reading.element : undefined;
    const path = [prefix, element].filter((each) => each !== undefined && each !== '').join('.');
    await reject(input, tally, code, path === '' ? undefined : path, line, offset);
    return undefined;
  }
  await input.landing.addRecord(reading.record, line, input.orderTime, input.origin.path);
  tally.records++;
  return `${reading.record.type}/${reading.record.id}`;
}

async function reject(
  input: FhirInput,
  tally: Tally,
  code: RejectionCode,
  element: string | undefined,
  bytes: Buffer | undefined,
  offset = 0,
): Promise<void> {
  tally.rejected++;
  const rejection = { code, line: 0, offset, length: bytes?.length ?? 0, element };
  await input.landing.reject(rejection, input.origin, bytes);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
