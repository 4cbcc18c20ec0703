import { visit as visitJson } from 'jsonc-parser';
import type { JsonObject } from './fhir-record.ts';

export interface BundleEntry {
  /** Position in `Bundle.entry`, from 0. */
  readonly index: number;
  readonly fullUrl: string | undefined;
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly isOutcome: boolean;
  readonly resource: JsonObject | undefined;
  /** The resource's own JSON text without line breaks; undefined where the entry has none. */
  readonly text: string | undefined;
  /** Where that text begins in the Bundle's text, in characters. */
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
  const texts = sliceEntryResources(text);
  return entries.map((value: unknown, index): BundleEntry => {
    const entry = asObject(value);
    const request = asObject(entry['request']);
    return {
      index,
      fullUrl: asText(entry['fullUrl']),
      method: asText(request['method']),
      url: asText(request['url']),
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

interface EntrySlice {
  readonly text: string;
  readonly offset: number;
}

function sliceEntryResources(text: string): ReadonlyMap<number, EntrySlice> {
  const slices = new Map<number, EntrySlice>();
  let depth = 0;
  let begin = -1;
  let index = -1;
  visitJson(text, {
    onObjectBegin: (offset, _length, _line, _character, path) => {
      depth++;
      if (depth !== 3) return;
      const [first, position, last] = path();
      if (first === 'entry' && typeof position === 'number' && last === 'resource') {
        begin = offset;
        index = position;
      }
    },
    onObjectEnd: (offset, length) => {
      if (depth === 3 && begin >= 0) {
        slices.set(index, { text: toOneLine(text.slice(begin, offset + length)), offset: begin });
        begin = -1;
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
