import { isResourceType } from './fhir-shape.ts';

/**
 * The types of the records that may be in a piece of a file that could not be read, as far as its path says, such as
 * `2024/Observation.000.ndjson.gz`. A JSON document may be a Bundle of anything, and so may a directory.
 */
export function typesInDoubt(path: string): readonly string[] | 'all' {
  if (path.endsWith('/') || /\.json(\.gz|\.zst)?$/i.test(path)) return 'all';
  const named = path.split(/[^A-Za-z]+/).filter((word) => isResourceType(word));
  return named.length === 0 || named.some((word) => CARRIERS.includes(word)) ? 'all' : named;
}

/** Resources that hold others. */
const CARRIERS: readonly string[] = ['Bundle', 'Parameters'];
