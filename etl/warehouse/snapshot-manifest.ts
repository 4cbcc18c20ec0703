import { z } from 'zod';

const snapshotFile = z.object({
  /** Relative to the warehouse directory. */
  path: z.string(),
  rows: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  sha256: z.string(),
});

const snapshotTable = z.object({
  schema: z.enum(['staging', 'marts']),
  name: z.string(),
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
  /** Fingerprint of views, SQL, code tables and compilers that made the tables. */
  modelHash: z.string(),
  /** Fingerprint of the landed records and of the identity they were flattened with. */
  inputHash: z.string(),
  tables: z.array(snapshotTable),
});

export type SnapshotFile = Readonly<z.infer<typeof snapshotFile>>;
export type SnapshotTable = Readonly<z.infer<typeof snapshotTable>>;
export type SnapshotManifest = Readonly<z.infer<typeof snapshotManifest>>;
