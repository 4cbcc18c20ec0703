import { type JSONPath, visit as visitJson } from 'jsonc-parser';
import type { JsonObject } from './fhir-record.ts';
import { parseInstant } from './instant.ts';

export interface BundleEntry {
  /** Position in `Bundle.entry`, from 0. */
  readonly index: number;
  readonly fullUrl: string | undefined;
  readonly method: string | undefined;
  readonly url: string | undefined;
  /** When the source changed it (`response.lastModified`), as an ISO instant. */
  readonly lastModified: string | undefined;
  readonly isOutcome: boolean;
  readonly resource: JsonObject | undefined;
  /** The resource's own JSON text; undefined where the entry has none. */
  readonly text: string | undefined;
  /** Where that text begins in the Bundle's text, in bytes of UTF-8. */
  readonly offset: number;
}

/** Bundles that only carry resources. A document or message is a record of its own, and so is a response. */
const CARRIERS = new Set(['collection', 'transaction', 'batch', 'searchset', 'history']);

/** Is it a Bundle whose entries are the records? (https://hl7.org/fhir/R4/bundle.html) */
export function isCarrierBundle(resource: JsonObject): boolean {
  return resource['resourceType'] === 'Bundle' && CARRIERS.has(String(resource['type']));
}

/** The entries of a carrier Bundle, each resource with its text as the source wrote it. */
export function readBundleEntries(bundle: JsonObject, text: string): readonly BundleEntry[] {
  const entries = Array.isArray(bundle['entry']) ? bundle['entry'] : [];
  const texts = sliceObjects(text, 3, entryResource);
  return entries.map((value: unknown, index): BundleEntry => {
    const entry = asObject(value);
    const request = asObject(entry['request']);
    const lastModified = asText(asObject(entry['response'])['lastModified']);
    return {
      index,
      fullUrl: asText(entry['fullUrl']),
      method: asText(request['method']),
      url: asText(request['url']),
      lastModified: lastModified === undefined ? undefined : parseInstant(lastModified),
      isOutcome: asObject(entry['search'])['mode'] === 'outcome',
      resource: isObject(entry['resource']) ? entry['resource'] : undefined,
      text: texts.get(index)?.text,
      offset: texts.get(index)?.offset ?? 0,
    };
  });
}

/** Raw line breaks cannot occur inside a JSON string, so replacing them leaves every value as it was. */
export function toOneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

/** The name of the first member of a resource, put in front of the others: how a server assigns an id. */
export function assignId(text: string, id: string): string {
  return text.replace(/^\s*\{/, `{"id":${JSON.stringify(id)},`);
}

/** The objects in a JSON array of objects: position → text. */
export function sliceMembers(text: string): ReadonlyMap<number, Slice> {
  return sliceObjects(text, 1, ([position]) => (typeof position === 'number' ? position : undefined));
}

export interface Slice {
  readonly text: string;
  /** In bytes of UTF-8. */
  readonly offset: number;
}

function entryResource([first, position, last]: JSONPath): number | undefined {
  return first === 'entry' && typeof position === 'number' && last === 'resource' ? position : undefined;
}

/**
 * The texts of the objects whose path `positionOf` knows. `level` counts the objects around them and themselves:
 * 3 for `{"entry":[{"resource":{`, 1 for `[{`. Takes one pass, bytes are counted as it goes.
 */
function sliceObjects(
  text: string,
  level: number,
  positionOf: (path: JSONPath) => number | undefined,
): ReadonlyMap<number, Slice> {
  const slices = new Map<number, Slice>();
  let depth = 0;
  let begin = -1;
  let position: number | undefined;
  let characters = 0;
  let bytes = 0;
  visitJson(text, {
    onObjectBegin: (offset, _length, _line, _character, path) => {
      depth++;
      if (depth !== level) return;
      position = positionOf(path());
      begin = offset;
    },
    onObjectEnd: (offset, length) => {
      if (depth === level && position !== undefined) {
        bytes += Buffer.byteLength(text.slice(characters, begin));
        characters = begin;
        slices.set(position, { text: text.slice(begin, offset + length), offset: bytes });
        position = undefined;
      }
      depth--;
    },
  });
  return slices;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
