import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../base/package-root.ts';

/** Everything that decides what the tables look like; a change in any of it asks for a rebuild. */
const MODEL_FOLDERS = [
  'models/fhir',
  'models/dicom',
  'models/codes',
  'models/marts',
  'models/privacy',
  'sql',
];

/**
 * The version of the code that turns records into rows. Raise it with any change in `etl/view`, `etl/privacy`,
 * `etl/identity` or `etl/refresh` that changes a row.
 */
const FLATTENING_VERSION = 3;

/** Fingerprint of the models, the SQL and the flattening code. */
export function modelHash(): string {
  return hashFolders(MODEL_FOLDERS);
}

/** Fingerprint of what decides a mart's rows besides its SQL. */
export function codesHash(): string {
  return hashFolders(['models/codes']);
}

/** Fingerprint of some texts and of the flattening code. */
export function definitionHash(...texts: readonly string[]): string {
  return createHash('sha256')
    .update([String(FLATTENING_VERSION), ...texts].join('\0'))
    .digest('hex')
    .slice(0, 32);
}

function hashFolders(folders: readonly string[]): string {
  const hash = createHash('sha256').update(`${FLATTENING_VERSION}|`);
  for (const folder of folders) hashFolder(join(packageRoot, folder), folder, hash);
  return hash.digest('hex').slice(0, 32);
}

function hashFolder(path: string, name: string, hash: ReturnType<typeof createHash>): void {
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) hashFolder(below, `${name}/${entry.name}`, hash);
    else if (!entry.name.endsWith('.ts'))
      hash.update(`${name}/${entry.name}\0`).update(readFileSync(below)).update('\0');
  }
}
