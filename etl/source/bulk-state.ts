import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ChiasmError } from '../../base/error.ts';
import { isMissing, writeDurably } from '../../base/files.ts';

const instant = z.string();

/** Up to when a type is complete. `type` is `*` for exports that name no types. */
const watermark = z.object({
  endpoint: z.string(),
  level: z.string(),
  type: z.string(),
  filter: z.string(),
  /** The server's transactionTime; null: nothing is complete yet. */
  time: instant.nullable(),
  /** Where nothing is complete yet: since when records of the type may have landed, so that their deletes matter. */
  landedFrom: instant.nullable(),
  /** transactionTime of the last complete export of everything of the type. */
  fullTime: instant.nullable(),
});

const bulkFile = z.object({
  kind: z.enum(['output', 'deleted', 'outcome']),
  index: z.number().int(),
  type: z.string().optional(),
  url: z.string(),
  count: z.number().optional(),
  size: z.number().optional(),
});

const exportJob = z.object({
  purpose: z.enum(['changes', 'full', 'window', 'backfill', 'members', 'joiners']),
  types: z.array(z.string()).nullable(),
  since: instant.nullable(),
  until: instant.nullable(),
  patients: z.array(z.string()).nullable(),
  elements: z.array(z.string()).nullable(),
  /** Its success moves watermarks. */
  settles: z.boolean(),
  statusUrl: z.string().nullable(),
  kickedOffAt: z.number().nullable(),
  /** How often the server has forgotten it. */
  restarts: z.number().int(),
  manifest: z
    .object({
      transactionTime: instant,
      requiresAccessToken: z.boolean(),
      files: z.array(bulkFile),
    })
    .nullable(),
});

/** What will be true once the landing run is committed. */
const settlement = z.object({
  run: z.string(),
  watermarks: z.array(watermark),
  members: z.array(z.string()).nullable(),
});

const bulkState = z.object({
  format: z.literal(1),
  watermarks: z.array(watermark),
  /** Hashed ids of a group's patients, as of the last export. */
  members: z.array(z.object({ endpoint: z.string(), level: z.string(), ids: z.array(z.string()) })),
  /** The exports under way. */
  current: z
    .object({
      plan: z.string(),
      version: z.enum(['stu2', 'stu3', 'ballot4']),
      startedAt: z.number(),
      jobs: z.array(exportJob),
      settlement: settlement.nullable(),
    })
    .nullable(),
  /** Jobs at the server that are done with and still have to be deleted. */
  deletions: z.array(z.object({ statusUrl: z.string(), attempts: z.number().int() })),
});

export type Watermark = Readonly<z.infer<typeof watermark>>;
export type ExportJob = z.infer<typeof exportJob>;
export type BulkState = z.infer<typeof bulkState>;

const EMPTY: BulkState = { format: 1, watermarks: [], members: [], current: null, deletions: [] };

/** The state of one source; a source that never ran has none. Throws `bulk-state-invalid`. */
export async function loadBulkState(path: string): Promise<BulkState> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return structuredClone(EMPTY);
    throw error;
  }
  const parsed = bulkState.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new ChiasmError(
    'bulk-state-invalid',
    `${path} cannot be read: restore it from a backup, or delete it to export everything again`,
    { params: { path } },
  );
}

export async function saveBulkState(path: string, state: BulkState): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeDurably(path, `${JSON.stringify(state)}\n`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
