import { z } from 'zod';
import { STAGE_NAMES } from './stages.ts';

const count = z.number().int().nonnegative();

/** What a run found in one source. */
const sourceRecord = z.object({
  source: z.string(),
  /** `landed`: something was new. `unchanged`: nothing was. `failed`: it could not be read, or not wholly. */
  status: z.enum(['landed', 'unchanged', 'failed']),
  errorCode: z.string().nullable(),
  /** Types of which something is missing, so that the next run asks for them again; `*`: all. */
  failedTypes: z.array(z.string()),
  /** A folder of records in which no file has any. */
  isEmpty: z.boolean().default(false),
  /** Of a folder with `deletes: anti-join`: types of which no file has a record; nothing of them was deleted. */
  missingTypes: z.array(z.string()).default([]),
  /** So are records of these types, but files that may have them could not be read as a whole. */
  undecidedTypes: z.array(z.string()).default([]),
  files: count,
  /** Records and deletions that landed. */
  read: count,
  quarantined: count,
  /** Bytes of the lines that landed. */
  bytes: count,
  seconds: z.number(),
});

/** What became of the lines of one source and type that a run applied, also of those that another had landed. */
const typeRecord = z.object({
  source: z.string(),
  type: z.string(),
  /** Versions and deletions: each is current, deleted, shadowed or superseded. */
  read: count,
  current: count,
  deleted: count,
  shadowed: count,
  superseded: count,
  bytes: count,
  /** Records, against what was published before. */
  recordsNew: count,
  recordsChanged: count,
  recordsDeleted: count,
});

/** What a run did to one table. Tables that stayed as they were are not listed. */
const tableRecord = z.object({
  table: z.string(),
  /** `merged`: the rows of what changed. `replaced`: all rows were made anew. */
  how: z.enum(['merged', 'replaced']),
  rows: count,
  rowsAdded: count,
  rowsRemoved: count,
  bytesWritten: count,
  seconds: z.number(),
});

const runDetail = z.object({
  stages: z.array(z.object({ stage: z.enum(STAGE_NAMES), seconds: z.number() })),
  sources: z.array(sourceRecord),
  types: z.array(typeRecord),
  tables: z.array(tableRecord),
});

/** Bytes on the disk below the data directory. */
const diskUse = z.object({ landing: count, private: count, warehouse: count, state: count, vault: count });

/** One run, as it ended. */
export const runRecord = z.object({
  runId: z.string(),
  startedAt: z.string(),
  /** NULL while it runs, and for ever where it was killed. */
  finishedAt: z.string().nullable(),
  status: z.enum(['running', 'published', 'unchanged', 'held', 'failed', 'killed']),
  /** The stage in which it is, failed or was killed; null where it came to its end. */
  stage: z.enum(STAGE_NAMES).nullable(),
  snapshot: z.number().nullable(),
  recordsNew: count,
  recordsChanged: count,
  recordsDeleted: count,
  recordsQuarantined: count,
  errorCode: z.string().nullable(),
  /** Names, paths and counts that belong to the error; never what a record says. */
  errorParams: z.record(z.string(), z.union([z.string(), z.number()])),
  bytesWritten: count,
  disk: diskUse.nullable(),
  /** Kept of the newest runs only. */
  detail: runDetail.nullable(),
});

/** Where a run runs. `pidStartedAt` tells one process from a later one with the same number; null where unknown. */
const runProcess = z.object({ host: z.string(), pid: z.number(), pidStartedAt: z.string().nullable() });

/** A line of `state/runs.ndjson`. */
export const runLogLine = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('started'),
    runId: z.string(),
    startedAt: z.string(),
    ...runProcess.shape,
  }),
  z.object({ event: z.literal('stage'), runId: z.string(), stage: z.enum(STAGE_NAMES) }),
  z.object({ event: z.literal('ended'), ...runRecord.shape }),
]);

export type SourceRecord = Readonly<z.infer<typeof sourceRecord>>;
export type TypeRecord = Readonly<z.infer<typeof typeRecord>>;
export type TableRecord = Readonly<z.infer<typeof tableRecord>>;
export type RunDetail = Readonly<z.infer<typeof runDetail>>;
export type DiskUse = Readonly<z.infer<typeof diskUse>>;
export type RunRecord = Readonly<z.infer<typeof runRecord>>;
export type RunProcess = Readonly<z.infer<typeof runProcess>>;
export type RunLogLine = Readonly<z.infer<typeof runLogLine>>;

/** A run of which nothing is known but that it started. */
export function startedRun(runId: string, startedAt: string): RunRecord {
  return {
    runId,
    startedAt,
    finishedAt: null,
    status: 'running',
    stage: null,
    snapshot: null,
    recordsNew: 0,
    recordsChanged: 0,
    recordsDeleted: 0,
    recordsQuarantined: 0,
    errorCode: null,
    errorParams: {},
    bytesWritten: 0,
    disk: null,
    detail: null,
  };
}
