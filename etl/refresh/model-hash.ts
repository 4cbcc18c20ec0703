import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../base/package-root.ts';
import { listSiteFiles } from '../../models/code-tables.ts';
import { type RuleParameters, ruleValues } from '../../models/rule-parameters.ts';

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
const FLATTENING_VERSION = 4;

/** What a site sets beside its sources: its own codes, and parameters of the rules. */
export interface SiteSettings {
  /** Folder of the site's own rows for the code tables. */
  readonly codes?: string;
  readonly rules?: RuleParameters;
}

/** Fingerprint of the models, the SQL, the flattening code and what a site sets. */
export function modelHash(site: SiteSettings): string {
  return definitionHash(hashFolders(MODEL_FOLDERS, site.codes), JSON.stringify(ruleValues(site.rules ?? {})));
}

/** Fingerprint of what decides a mart's rows besides its SQL. */
export function codesHash(site: SiteSettings): string {
  return definitionHash(
    hashFolders(['models/codes'], site.codes),
    JSON.stringify(ruleValues(site.rules ?? {})),
  );
}

/** Fingerprint of the words that free texts of images are reduced to. */
export function wordsHash(site: SiteSettings): string {
  const own = site.codes === undefined ? [] : listSiteFiles(site.codes);
  const paths = own.filter(({ table }) => table === WORDS).map(({ path }) => path);
  const shipped = join(packageRoot, 'models', 'codes', `${WORDS}.csv`);
  return definitionHash(...[shipped, ...paths].map((path) => readFileSync(path, 'utf8')));
}

const WORDS = 'imaging_word';

/** Fingerprint of some texts and of the flattening code. */
export function definitionHash(...texts: readonly string[]): string {
  return createHash('sha256')
    .update([String(FLATTENING_VERSION), ...texts].join('\0'))
    .digest('hex')
    .slice(0, 32);
}

/** Fingerprint of a table that a SQL file makes; `fingerprint` is that of what it may read besides its tables. */
export function sqlDefinition(sql: string, fingerprint: string): string {
  return createHash('sha256').update(`${fingerprint}|${sql}`).digest('hex').slice(0, 32);
}

function hashFolders(folders: readonly string[], siteCodes: string | undefined): string {
  const hash = createHash('sha256').update(`${FLATTENING_VERSION}|`);
  for (const folder of folders) hashFolder(join(packageRoot, folder), folder, hash);
  for (const { file, path } of siteCodes === undefined ? [] : listSiteFiles(siteCodes)) {
    hash.update(`site/${file}\0`).update(readFileSync(path)).update('\0');
  }
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
