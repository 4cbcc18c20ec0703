import { dictionary } from 'dcmjs/dictionary';
import { choiceTypePaths, path2Type, type2Parent } from 'fhirpath/fhir-context/r4';
import type { Schema } from './schema-lookup.ts';
import type { Type } from './type.ts';

/** The candidate that a word was most likely meant to be, or null when none is close. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const lower = word.toLowerCase();
  let best: { readonly candidate: string; readonly cost: number } | null = null;
  for (const candidate of candidates) {
    if (candidate === word) continue;
    const limit = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const cost = candidate.toLowerCase() === lower ? 0 : distance(lower, candidate.toLowerCase());
    if (cost <= limit && (best === null || cost < best.cost)) best = { candidate, cost };
  }
  return best?.candidate ?? null;
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function distance(a: string, b: string): number {
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((old[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (old[j - 1] ?? 0) + same);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (older[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    [older, old] = [old, row];
  }
  return old[b.length] ?? 0;
}

/** The element of a type that `name` was meant to be: how to write it, or null. */
export function nearestElement(type: Type, name: string, schema: Schema): string | null {
  if (type.kind !== 'complex') return null;
  const concrete = concreteChoice(type.names, name, schema);
  if (concrete !== null) return concrete;
  const known = [...elementNames(schema)].filter((each) =>
    type.names.some((owner) => schema.lookUp(owner, each) !== null),
  );
  return nearest(name, known);
}

/** `valueQuantity` is JSON; FHIRPath says `value.ofType(Quantity)`. */
function concreteChoice(types: readonly string[], name: string, schema: Schema): string | null {
  for (const type of types) {
    for (let end = name.length - 1; end > 0; end--) {
      const base = name.slice(0, end);
      const found = schema.lookUp(type, base);
      const alternative =
        found?.kind === 'choice' ? found.alternatives.find((each) => each.name === name) : undefined;
      if (alternative === undefined) continue;
      const its = alternative.type;
      return `${base}.ofType(${its.kind === 'primitive' ? its.name : (its.names[0] ?? '')})`;
    }
  }
  return null;
}

const names = new Map<Schema['name'], ReadonlySet<string>>();

/** Every name that some element of the schema has. */
function elementNames(schema: Schema): ReadonlySet<string> {
  const found = names.get(schema.name) ?? new Set(schema.name === 'dicom' ? dicomNames() : fhirNames());
  names.set(schema.name, found);
  return found;
}

function fhirNames(): readonly string[] {
  return [...Object.keys(path2Type), ...Object.keys(choiceTypePaths)].map((path) =>
    path.slice(path.lastIndexOf('.') + 1),
  );
}

function dicomNames(): readonly string[] {
  const own = ['id', '_file', '_encoder', '_vm', '_truncated', '_frames', '_private', '_unknown'];
  const keywords = Object.values(dictionary).flatMap(({ name }) => (name === undefined ? [] : [name]));
  return [...own, 'uri', 'size', 'transferSyntax', 'headerHash', 'hasPixelData', ...FRAME_NAMES, ...keywords];
}

const FRAME_NAMES = ['count', 'segments', 'segmentNumber', 'frames', 'creator', 'group', 'element', 'value'];

/** Names of the types of FHIR, resources among them. */
export function typeNames(): readonly string[] {
  return Object.keys(type2Parent);
}
