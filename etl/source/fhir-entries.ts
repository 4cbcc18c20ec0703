import type { RecordKey } from '../landing/landing-format.ts';
import type { RejectionCode } from '../landing/rejection-code.ts';
import { assignId, type BundleEntry, isCarrierBundle, readBundleEntries, toOneLine } from './fhir-bundle.ts';
import type { FhirInput, Tally } from './fhir-input.ts';
import { type JsonObject, readParsedResource } from './fhir-record.ts';
import { MAX_LINE_BYTES } from './line-reader.ts';

/** Where a piece of a file stands. */
export interface Place {
  /** From 1; 0 in a document. */
  readonly line: number;
  /** Bytes before it in the (decompressed) file. */
  readonly offset: number;
  /** The path of the element that holds it; empty at the top. */
  readonly element: string;
}

/** Lands the entries of a carrier Bundle. `text` is its JSON text. */
export async function landBundle(
  input: FhirInput,
  tally: Tally,
  bundle: JsonObject,
  text: string,
  place: Place,
): Promise<void> {
  const entries = readBundleEntries(bundle, text);
  // A history has the newest version first (https://hl7.org/fhir/R4/http.html#history); the last one landed counts.
  const ordered = bundle['type'] === 'history' ? [...entries].reverse() : entries;
  for (const entry of ordered) {
    await landEntry(input, tally, entry, {
      line: place.line,
      offset: place.offset + entry.offset,
      element: joinPath(place.element, `entry[${entry.index}]`),
    });
  }
}

async function landEntry(input: FhirInput, tally: Tally, entry: BundleEntry, place: Place): Promise<void> {
  const orderTime = entry.lastModified ?? input.orderTime;
  if (entry.method === 'DELETE') {
    const target = deletionTarget(entry.url ?? '');
    if (target === undefined) {
      const element = joinPath(place.element, 'request.url');
      await reject(input, tally, 'deletion-unclear', { ...place, element }, undefined);
    } else input.landing.addTombstone(target.type, target.id, orderTime, input.origin.path);
    return;
  }
  if (entry.resource === undefined || entry.text === undefined || entry.isOutcome) return;
  const { resource } = entry;
  const within = { ...place, element: joinPath(place.element, 'resource') };
  if (isCarrierBundle(resource)) {
    await landBundle(input, tally, resource, entry.text, within);
    return;
  }
  const assigned = typeof resource['id'] === 'string' ? undefined : assignedId(entry, resource);
  const own = assigned === undefined ? entry.text : assignId(entry.text, assigned);
  const value = assigned === undefined ? resource : { id: assigned, ...resource };
  const key = await landResource({ ...input, orderTime }, tally, value, own, within);
  if (key === undefined || entry.fullUrl === undefined || entry.fullUrl === key) return;
  input.landing.addAlias(entry.fullUrl, key, input.origin.path);
}

/** The record that a DELETE names: `Type/id`, also absolute or with a leading slash. */
function deletionTarget(url: string): { readonly type: string; readonly id: string } | undefined {
  const [, type, id] = /(?:^|\/)([A-Z]\w+)\/([^/?#]+)$/.exec(url) ?? [];
  return type === undefined || id === undefined ? undefined : { type, id };
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

/** Lands one resource and returns `Type/id`, or undefined where it is left out or went to quarantine. */
export async function landResource(
  input: FhirInput,
  tally: Tally,
  value: unknown,
  text: string,
  place: Place,
): Promise<string | undefined> {
  const line = Buffer.from(toOneLine(text));
  const reading = readParsedResource(value, text);
  if (input.accept?.(reading, line) === false) return undefined;
  if (reading.kind === 'rejected' || line.length > MAX_LINE_BYTES) {
    const code = reading.kind === 'rejected' ? reading.code : 'line-too-long';
    const element = reading.kind === 'rejected' ? reading.element : undefined;
    const key = reading.kind === 'rejected' ? reading.key : reading.record;
    await reject(
      input,
      tally,
      code,
      { ...place, element: joinPath(place.element, element ?? '') },
      line,
      key,
    );
    return undefined;
  }
  const origin = { path: input.origin.path, line: place.line, element: place.element };
  await input.landing.addRecord(reading.record, line, input.orderTime, origin);
  tally.records++;
  return `${reading.record.type}/${reading.record.id}`;
}

/** Quarantines bytes of the input; undefined where they are left in the source. */
export async function reject(
  input: FhirInput,
  tally: Tally,
  code: RejectionCode,
  place: Place,
  bytes: Buffer | undefined,
  key?: RecordKey,
): Promise<void> {
  tally.rejected++;
  const element = place.element === '' ? undefined : place.element;
  const length = bytes?.length ?? 0;
  const rejection = { code, line: place.line, offset: place.offset, length, element, key };
  await input.landing.reject(rejection, input.origin, bytes);
}

function joinPath(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('.');
}
