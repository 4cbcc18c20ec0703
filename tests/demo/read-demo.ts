import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

export type Json = { readonly [key: string]: unknown };

/** All files below a folder, by path. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** One hash over the names and bytes of all files below a folder. */
export function hashFolder(folder: string): string {
  const hash = createHash('sha256');
  for (const path of filesBelow(folder)) hash.update(relative(folder, path)).update(readFileSync(path));
  return hash.digest('hex');
}

export interface FhirSet {
  /** in file order; the same id may come twice */
  readonly resources: readonly Json[];
  readonly broken: number;
}

export function readFhir(folder: string): FhirSet {
  const resources: Json[] = [];
  let broken = 0;
  for (const path of filesBelow(folder)) {
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      if (line === '') continue;
      try {
        resources.push(JSON.parse(line) as Json);
      } catch {
        broken += 1;
      }
    }
  }
  return { resources, broken };
}

/** The newest version of each resource of a type. */
export function newest(set: FhirSet, type: string): readonly Json[] {
  const byId = new Map<string, Json>();
  for (const resource of set.resources) {
    if (resource['resourceType'] !== type) continue;
    const id = String(resource['id']);
    const known = byId.get(id);
    if (known === undefined || lastUpdated(resource) > lastUpdated(known)) byId.set(id, resource);
  }
  return [...byId.values()];
}

export function lastUpdated(resource: Json): number {
  return Date.parse(String((resource['meta'] as Json)['lastUpdated']));
}

/** Calls back with every (path, value) of a resource; array indexes are left out of the path. */
export function walk(value: unknown, visit: (path: string, value: unknown) => void, path = ''): void {
  visit(path, value);
  if (Array.isArray(value)) for (const item of value) walk(item, visit, path);
  else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) walk(item, visit, path === '' ? key : `${path}.${key}`);
  }
}
