import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ChiasmError } from '../../base/error.ts';
import { isMissing } from '../../base/files.ts';
import { manifestPath } from './snapshot-paths.ts';

const snapshotFile = z.object({
  /** Relative to the warehouse directory, or to the private directory for private tables. */
  path: z.string(),
  rows: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  sha256: z.string(),
  /** The private file that says, row by row, which record each row came from. Relative to the private directory. */
  lineage: z.string().optional(),
});

const snapshotTable = z.object({
  /** `private` tables are the refresh's own memory: identified, never rendered, never served. */
  schema: z.enum(['staging', 'marts', 'private']),
  name: z.string(),
  /** Fingerprint of the view or SQL that made the table: another one asks for a rebuild of this table. */
  definition: z.string(),
  rows: z.number().int().nonnegative(),
  files: z.array(snapshotFile).min(1),
});

/** `snapshots/<n>.json`: the truth about one published state of the warehouse. */
export const snapshotManifest = z.object({
  format: z.literal(1),
  number: z.number().int().positive(),
  createdAt: z.string(),
  profile: z.string(),
  /** Fingerprint of the pseudonymisation key: rows of different epochs never join. */
  keyEpoch: z.string(),
  /** The vault that minted the persons, and the number of the one it had minted last. */
  vault: z.object({ id: z.string(), minted: z.number().int().nonnegative() }).optional(),
  /** Fingerprint of views, SQL, code tables and compilers that made the tables. */
  modelHash: z.string(),
  /** Fingerprint of the landed records and of the identity they were flattened with. */
  inputHash: z.string(),
  /** The landing runs that the tables stand on, as `source/run`. */
  runs: z.array(z.string()),
  tables: z.array(snapshotTable),
});

export type SnapshotFile = Readonly<z.infer<typeof snapshotFile>>;
export type SnapshotTable = Readonly<z.infer<typeof snapshotTable>>;
export type SnapshotManifest = Readonly<z.infer<typeof snapshotManifest>>;

/** The manifest of a snapshot, or undefined where there is none. Throws `warehouse-damaged`. */
export async function readManifest(warehouse: string, number: number): Promise<SnapshotManifest | undefined> {
  let text: string;
  try {
    text = await readFile(manifestPath(warehouse, number), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return snapshotManifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new ChiasmError(
      'warehouse-damaged',
      `the manifest of snapshot ${number} cannot be read: restore snapshots/${number}.json from a backup`,
      { params: { file: `snapshots/${number}.json` }, cause },
    );
  }
}
